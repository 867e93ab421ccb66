using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Ceremony;
using Fed.Host.Tests.Configuration;
using Fed.Host.Traffic;
using Xunit;

namespace Fed.Host.Tests.Traffic;

/// <summary>Bytes by round, phase and site.</summary>
public sealed class TrafficMeterTests
{
    private static readonly JobId Job = new("j");
    private static readonly CollectionId Training = new(3, 1, "training");
    private static readonly Digest Some = Digest.Of("some"u8);

    private static ProtocolMessage Answer(CeremonyStep step, int bytes) => new ProtocolMessage.AnswerStep(Job, new StepAnswer(new SiloId("a"), Job, Training, step, Some, Some, new byte[bytes], new byte[64]));

    [Fact]
    public void Messages_count_for_the_phase_and_the_round_that_they_belong_to()
    {
        TrafficMeter meter = new();
        meter.Message("a", isUp: false, new ProtocolMessage.Invite(Job, Training, Some, Some));
        meter.Message("a", isUp: true, new ProtocolMessage.Beat(Job, new SiloId("a"), Training, 50));
        meter.Message("a", isUp: true, Answer(CeremonyStep.AdvertiseKeys, 300));
        meter.Message("b", isUp: true, Answer(CeremonyStep.AdvertiseKeys, 600));
        meter.Message("a", isUp: false, new ProtocolMessage.CloseRound(Job, 3, true, ImmutableSortedDictionary<string, ImmutableSortedSet<SiloId>>.Empty, null));
        ImmutableArray<TrafficCount> counts = meter.Drain();
        Assert.Equal([(3, "advertise keys", "a"), (3, "advertise keys", "b"), (3, "close", "a"), (3, "compute", "a")], counts.Select(static count => (count.Round, count.Phase, count.Site)));
        Assert.All(counts.Take(2), static count => Assert.True(count.Up > 300 && count.Down == 0));
        Assert.True(counts[1].Up > counts[0].Up + 300);
        Assert.True(counts[3] is { Up: > 50, Down: > 50 });
        Assert.Empty(meter.Drain());
    }

    [Fact]
    public void Blobs_count_for_the_message_that_named_them()
    {
        TrafficMeter meter = new();
        FakeBulk inner = new();
        MeteredBulk site = new(inner, "a", meter), server = new(inner, null, meter);
        meter.Message("a", isUp: false, new ProtocolMessage.Invite(Job, Training, Some, Some));
        meter.Drain();
        site.FetchToMemory(NodeAddress.Coordinator, Some, static (_, _) => { });
        meter.Message("a", isUp: false, new ProtocolMessage.ShareKeys(Job, Training, [], Some));   // before the model has arrived
        inner.Finish(new byte[1_000]);
        site.FetchToMemory(NodeAddress.Coordinator, Some, static (_, _) => { });
        inner.Finish(new byte[70]);
        server.FetchToInbox(NodeAddress.Silo("a"), Some, 5_000, null!, "entry", static _ => { });
        inner.Finish(null);
        ImmutableArray<TrafficCount> counts = meter.Drain();
        Assert.Equal(1_000, Assert.Single(counts, static count => count.Phase == "compute").Down);
        Assert.True(Assert.Single(counts, static count => count.Phase == "share keys").Down > 70);
        Assert.Equal(new TrafficCount(3, "upload", "a", 5_000, 0), Assert.Single(counts, static count => count.Phase == "upload"));
    }

    [Fact]
    public void What_did_not_arrive_is_not_counted()
    {
        TrafficMeter meter = new();
        FakeBulk inner = new();
        new MeteredBulk(inner, null, meter).FetchToInbox(NodeAddress.Silo("a"), Some, 5_000, null!, "entry", static _ => { });
        inner.Fail("gone");
        Assert.Empty(meter.Drain());
    }

    [Fact]
    public void Notes_of_several_processes_add_up_and_a_torn_line_is_left_out()
    {
        using TemporaryFolder folder = new();
        foreach (int _ in (ReadOnlySpan<int>)[1, 2])
        {
            TrafficMeter meter = new();
            meter.Bulk("a", isUp: true, (1, "upload"), 10);
            meter.Bulk("b", isUp: false, (1, "compute"), 7);
            TrafficLog log = new(folder.Path);
            log.Note(meter);
            log.Note(meter);
        }

        File.AppendAllText(Path.Combine(folder.Path, "traffic.txt"), "1\tupload\ta\t9");
        Assert.Equal([new TrafficCount(1, "compute", "b", 0, 14), new TrafficCount(1, "upload", "a", 20, 0)], new TrafficLog(folder.Path).Read().OrderBy(static count => count.Phase, StringComparer.Ordinal));
        Assert.Empty(new TrafficLog(Path.Combine(folder.Path, "none")).Read());
    }

    [Fact]
    public void Phases_come_in_the_order_of_a_round_with_sums_and_extremes_over_the_sites()
    {
        ImmutableArray<PhaseTraffic> phases = PhaseTraffic.Of([new(1, "later things", "a", 1, 1), new(1, "upload", "a", 5, 0), new(2, "upload", "a", 5, 2), new(1, "upload", "b", 8, 1), new(1, "share keys", "b", 3, 4)]);
        Assert.Equal([new PhaseTraffic("share keys", 1, 3, 4, 3, 4), new PhaseTraffic("upload", 2, 18, 3, 10, 2), new PhaseTraffic("later things", 1, 1, 1, 1, 1)], phases);
    }

    [Fact]
    public void Every_message_between_nodes_can_be_measured()
    {
        foreach (Type type in typeof(ProtocolMessage).GetNestedTypes().Where(static type => type.IsSubclassOf(typeof(ProtocolMessage))))
        {
            ProtocolMessage message = (ProtocolMessage)System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(type);
            if (message is ProtocolMessage.AnswerStep) continue;   // above
            Assert.NotEmpty(MessageFacts.PhaseOf(message));
            MessageFacts.RoundOf(message);
        }
    }

    private sealed class FakeBulk : IBulkTransfer
    {
        private Action<byte[]?, string?> _done = static (_, _) => { };

        public void Finish(byte[]? content) => _done(content, null);

        public void Fail(string reason) => _done(null, reason);

        public void FetchToInbox(NodeAddress from, Digest hash, long length, IInbox inbox, string entryId, Action<string?> done) => _done = (_, failure) => done(failure);

        public void FetchToMemory(NodeAddress from, Digest hash, Action<byte[]?, string?> done, long lengthMax = long.MaxValue) => _done = done;

        public void FetchToStore(NodeAddress from, Digest hash, IBlobStore store, Action<string?> done) => _done = (_, failure) => done(failure);
    }
}
