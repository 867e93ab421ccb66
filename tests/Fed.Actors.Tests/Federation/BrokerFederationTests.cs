using Fed.TestKit.Federation;
using Fed.TestKit.Stores;
using Fed.TestKit.Transport;
using Xunit;

namespace Fed.Actors.Tests.Federation;

/// <summary>The federation with a broker between its processes: what was sent to a process that is away comes late, what was not acknowledged comes twice, and the models stay the same.</summary>
public sealed class BrokerFederationTests
{
    private static readonly FederationScenario Quiet = FederationScenario.Quiet(sites: 3, rounds: 2);

    [Fact]
    public void Federation_over_a_quiet_broker_gives_the_state_of_plain_links()
    {
        FederationResult result = SimulatedFederation.Run(Quiet with { Broker = BrokerFaults.None, Links = new LinkFaults { DelayMax = TimeSpan.FromMilliseconds(100) } });
        Assert.Equal((SimulatedFederation.Run(Quiet).State, 0), (result.State, result.Crashes));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Lost_connections_restarts_pauses_and_cuts_do_not_change_the_state_where_everybody_contributes(ulong seed)
    {
        FederationScenario rough = Quiet with
        {
            Seed = seed,
            AttemptsMax = 30,
            Broker = new BrokerFaults { ConnectionLossPer10K = 60, RestartsPer10K = 5, LengthMax = 50 },
            Links = new LinkFaults { DelayMax = TimeSpan.FromMilliseconds(300) },
            Disks = new StoreFaults { DelayMax = TimeSpan.FromMilliseconds(200) },
            CrashesPer10K = 20,
            PausesPer10K = 10,
            PartitionsPer10K = 10,
            OutageMax = TimeSpan.FromSeconds(20),   // beyond the heartbeat: a sleeper's messages go to nobody, and come to it again
        };
        using SimulatedFederation federation = new(rough);
        FederationResult result = federation.RunToEnd();
        Assert.True(result.IsCompleted, result.Reason);
        Assert.Equal(SimulatedFederation.Run(Quiet).State, result.State);
        Assert.Equal(0, federation.Broker!.Waiting);
    }

    [Fact]
    public void Seeds_keep_every_promise_over_a_broker()
    {
        const int Seeds = 60;
        List<string> violations = [];
        Parallel.For(1, Seeds + 1, seed =>
        {
            try
            {
                FederationScenario drawn = FederationScenario.FromSeed((ulong)seed);
                SimulatedFederation.Run(drawn with { Broker = new BrokerFaults { ConnectionLossPer10K = seed % 4 * 20, RestartsPer10K = seed % 3 * 3, LengthMax = seed % 5 == 0 ? 10 : null } });
            }
            catch (FederationViolationException violation)
            {
                lock (violations) violations.Add(violation.Message);
            }
        });
        Assert.Empty(violations);
    }
}
