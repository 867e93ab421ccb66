using Fed.TestKit.Transport;

namespace Fed.Cluster.Tests.Simulated;

public abstract class BrokerModelSpec(ulong seed) : BrokerSpec
{
    protected override ValueTask<IBrokerHarness> StartAsync() => ValueTask.FromResult<IBrokerHarness>(new BrokerModelHarness(seed));
}

public sealed class BrokerModelSpecOfSeed1() : BrokerModelSpec(1);

public sealed class BrokerModelSpecOfSeed2() : BrokerModelSpec(2);

public sealed class BrokerModelSpecOfSeed3() : BrokerModelSpec(3);
