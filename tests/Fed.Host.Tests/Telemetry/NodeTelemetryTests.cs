using System.Collections.Immutable;
using System.Diagnostics;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Round;
using Fed.Cluster.Identity;
using Fed.Host.Cluster;
using Fed.Host.Telemetry;
using Fed.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Fed.Host.Tests.Telemetry;

/// <summary>What a collector hears of a node's rounds.</summary>
public sealed class NodeTelemetryTests
{
    private const string Metrics = "/v1/metrics", Traces = "/v1/traces";
    private static readonly JobId Job = new("trial-1");
    private static readonly Digest Some = Digest.Of("some"u8);
    private static readonly CollectionId Training = new(3, 1, "training");

    private static NodeTelemetry Node(OtlpReceiver receiver, NodeRole role, string name) => new(new TelemetryOptions(new Uri(receiver.Address), TimeSpan.FromMinutes(10)), new NodeIdentity("lung", role, name));

    private static void Tell(NodeTelemetry node, NodeAddress address, params object[] events)
    {
        IFederationObserver observer = node.Observing(Job, new NodeObserver(NullLogger.Instance));
        foreach (object happened in events) observer.Journaled(address, default, happened);
    }

    private static RoundEvent[] WholeRound() =>
    [
        new RoundEvent.RoundPlanned(3, Some, default), new RoundEvent.AttemptStarted(Training, [], 1, 1, TimeSpan.FromSeconds(1)), new RoundEvent.CollectionRequested(Training, Some),
        new RoundEvent.SumSealed(Training, [], Some, default), new RoundEvent.SumOpened(Training, Some),
        new RoundEvent.RoundCommitted(3, new StepSummary(Some, null, ImmutableSortedDictionary<string, double>.Empty.Add("accuracy", 0.7312), null), [], null, null, default),
    ];

    [Fact]
    public void Round_is_a_trace_with_a_span_for_each_section_and_counted_under_its_outcome()
    {
        using OtlpReceiver receiver = new();
        using (NodeTelemetry node = Node(receiver, NodeRole.Coordinator, "node-1")) Tell(node, NodeAddress.Coordinator, WholeRound());
        Assert.True(receiver.Has(Traces, "node-1", "lung", "coordinator", "round", "preparing", "collecting", "opening", "stepping", "trial-1", "committed"));
        Assert.True(receiver.Has(Metrics, "fed.rounds", "committed", "fed.round.duration", "fed.round.section.duration", "training", "fed.events", "SumSealed"));
        Assert.False(receiver.Has(Metrics, "accuracy"));   // figures are in the journal and in reports
        Assert.False(receiver.Has(Traces, "accuracy"));
    }

    [Fact]
    public void Spans_of_all_nodes_are_of_one_trace_that_nobody_had_to_be_told()
    {
        using OtlpReceiver receiver = new();
        using (NodeTelemetry node = Node(receiver, NodeRole.Coordinator, "node-1")) Tell(node, NodeAddress.Coordinator, WholeRound());
        using (NodeTelemetry node = Node(receiver, NodeRole.Aggregator, "sums"))
        {
            Tell(
                node, NodeAddress.Aggregator, new AggregationEvent.CollectionOpened(new CollectionRequest(Job, Training, Some, Some, default!, [], 1, 1, TimeSpan.FromSeconds(1), false), default, default),
                new AggregationEvent.UpdateAccepted(Training, new UpdateManifest(new SiloId("north"), Job, 3, "training", Some, Some, "schema", Some, 8, new byte[1]), null, default));
        }

        using (NodeTelemetry node = Node(receiver, NodeRole.Silo, "north"))
            node.Timing(Job, new Idle()).Compute(new LocalRequest(3, "training", default, null, default, null!), static _ => { }, TestContext.Current.CancellationToken);
        byte[] trace = new byte[16];
        RoundInstruments.TraceOf("lung", Job, 3).CopyTo(trace);
        Assert.Equal(3, receiver.Of(Traces).Count(body => body.AsSpan().IndexOf(trace) >= 0));
        Assert.True(receiver.Has(Traces, "sums", "contribution", "north"));
        Assert.True(receiver.Has(Traces, "compute", "north"));
        Assert.NotEqual(RoundInstruments.TraceOf("lung", Job, 3), RoundInstruments.TraceOf("lung", Job, 4));
        Assert.Null(Activity.Current);   // whoever tells of a span is not in it afterwards
    }

    [Fact]
    public void Round_that_fails_is_told_with_its_reason_and_one_that_another_leader_began_without_a_duration()
    {
        using OtlpReceiver receiver = new();
        using (NodeTelemetry node = Node(receiver, NodeRole.Coordinator, "node-1"))
            Tell(node, NodeAddress.Coordinator, new RoundEvent.RoundPlanned(3, Some, default), new RoundEvent.RoundFailed(3, "2 of 3 sites answered", default));
        Assert.True(receiver.Has(Traces, "failed", "2 of 3 sites answered"));
        using OtlpReceiver second = new();
        using (NodeTelemetry node = Node(second, NodeRole.Coordinator, "node-2")) Tell(node, NodeAddress.Coordinator, WholeRound()[^1]);
        Assert.True(second.Has(Metrics, "fed.rounds", "committed"));
        Assert.False(second.Has(Metrics, "fed.round.duration"));
    }

    [Fact]
    public void Collector_that_is_away_holds_nobody_up()
    {
        using NodeTelemetry node = new(new TelemetryOptions(new Uri("http://127.0.0.1:9"), TimeSpan.FromMinutes(10)), new NodeIdentity("lung", NodeRole.Coordinator, "node-1"));
        NodeObserver own = new(NullLogger.Instance);
        List<object> seen = [];
        own.Happened += (_, happened) => seen.Add(happened);
        IFederationObserver observer = node.Observing(Job, own);
        foreach (RoundEvent happened in WholeRound()) observer.Journaled(NodeAddress.Coordinator, default, happened);
        Assert.Equal(WholeRound().Length, seen.Count);
    }

    [Theory]
    [InlineData("", null, null)]
    [InlineData("telemetry.otlp = \"http://collector.example.org:4318\"", "http://collector.example.org:4318/", null)]
    [InlineData("telemetry.otlp = \"collector:4318\"", null, "expected node.telemetry.otlp to be an address such as http://127.0.0.1:4318, found 'collector:4318'")]
    public void Nothing_is_sent_but_where_the_node_s_configuration_says_so(string setting, string? address, string? refusal)
    {
        string folder = Directory.CreateTempSubdirectory("fed-test-").FullName;
        try
        {
            string file = Path.Combine(folder, "node.conf");
            File.WriteAllText(file, $"node {{\n name = north\n role = silo\n broker.host = broker.example.org\n {setting}\n}}\n");
            if (refusal is null) Assert.Equal(address, NodeConfig.Load(file).Member.Telemetry?.Otlp.AbsoluteUri);
            else Assert.Contains(refusal, Assert.ThrowsAny<UserException>(() => NodeConfig.Load(file)).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed class Idle : ILocalComputation
    {
        public bool KeepsSiloState => false;

        public LocalResult Compute(LocalRequest request, Action<int> progressPercent, CancellationToken cancel) => new(new double[1], 1);

        public byte[]? NextSiloState(LocalRequest request, LocalResult result, ReadOnlySpan<double> contributed) => null;
    }
}
