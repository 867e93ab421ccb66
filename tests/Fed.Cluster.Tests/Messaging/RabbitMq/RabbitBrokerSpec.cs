using Fed.TestKit.Transport;
using Xunit;

namespace Fed.Cluster.Tests.Messaging.RabbitMq;

/// <summary>RabbitMQ does what the simulator's broker model promises.</summary>
[Collection(RabbitTests.Name)]
public sealed class RabbitBrokerSpec(RabbitFixture fixture) : BrokerSpec
{
    protected override ValueTask<IBrokerHarness> StartAsync()
    {
        _ = fixture.Server;   // skips where there is none
        return ValueTask.FromResult<IBrokerHarness>(new RabbitHarness(fixture));
    }
}
