using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Round;
using Fed.Host.History;
using Fed.Host.Presentation;
using Fed.Host.Simulation;
using Xunit;

namespace Fed.Host.Tests.Presentation;

/// <summary>What people are told of sites that did what they should not: one sentence, in plain lines and in the picture, whatever the coordinator repeats.</summary>
public sealed class RunMonitorTests
{
    private static readonly CollectionId Training = new(3, 1, "training");
    private static readonly RoundEvent.RekeyingAsked Asked = new(new SiloId("north"), new SiloId("east"), new SiteEpoch(7, Digest.Of("heard"u8)), new SiteEpoch(5, Digest.Of("own"u8)), DateTimeOffset.UnixEpoch);

    [Fact]
    public void A_site_whose_shares_are_wrong_is_told_of_once() => Told(
        new RoundEvent.LiarsNamed(Training, [new SiloId("north")]), RoundDecider.Accusation(Training, new SiloId("north")), "'north' released shares for ", "they do not count");

    [Fact]
    public void A_restored_site_is_told_of_once_with_what_to_do() => Told(Asked, RoundDecider.Accusation(Asked), "'north' was restored from an old copy ('east' knows its epoch ", "submit a new job to have it back");

    [Fact]
    public void What_names_no_round_is_shown_in_the_one_that_was_under_way()
    {
        RoundEvent first = new RoundEvent.RoundPlanned(0, Digest.Of("a"u8), default), drawn = new RoundEvent.GraphDrawn(Digest.Of("n"u8), Digest.Of("g"u8)), second = new RoundEvent.RoundPlanned(2, Digest.Of("b"u8), default);
        RoundEvent settled = new RoundEvent.SiloSettled(new SiloId("north"), 1), third = new RoundEvent.RoundPlanned(3, Digest.Of("c"u8), default);
        IEnumerable<(RoundEvent, DateTimeOffset)> log = new[] { first, drawn, second, settled, Asked, third }.Select(static e => (e, DateTimeOffset.UnixEpoch));
        Assert.Equal([drawn, settled], RoundsShow.Of(log, 1).Select(static e => e.Event));
        Assert.Equal([second, Asked], RoundsShow.Of(log, 2).Select(static e => e.Event));
        Assert.Equal([third], RoundsShow.Of(log, 3).Select(static e => e.Event));
    }

    private static void Told(RoundEvent happened, string refused, params string[] parts)
    {
        using StringWriter output = new();
        RunState state = RunState.Empty.After(new RunProgress.RunStarted("job-1", "job", "fedavg", "logistic", [new SiteSamples("north", 10)], 5, 0), TimeSpan.Zero);
        using (PlainView plain = new(output, TerminalProfile.Plain()))
        {
            RunMonitor monitor = new(new Both(plain, progress => state = state.After(progress, TimeSpan.Zero)), TimeProvider.System, entries: 4, parts: 0);
            monitor.Journaled(NodeAddress.Coordinator, default!, happened);
            monitor.Refused(NodeAddress.Coordinator, refused);
            monitor.Refused(NodeAddress.Coordinator, refused);
            Assert.Equal(2, monitor.RefusedCount);
        }

        string line = Assert.Single(output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        string drawn = Assert.Single(LiveFrame.Lines(state, TimeSpan.Zero, 400, 40, hasColor: false, hasUnicode: true), static shown => shown.StartsWith("warning: ", StringComparison.Ordinal)).TrimEnd();
        Assert.StartsWith("warning: " + parts[0], line, StringComparison.Ordinal);
        Assert.EndsWith(parts[1], line, StringComparison.Ordinal);
        Assert.Equal(line, drawn);
    }

    private sealed class Both(PlainView plain, Action<RunProgress> also) : IRunObserver
    {
        public void Observe(RunProgress progress)
        {
            plain.Observe(progress);
            also(progress);
        }

        public void Dispose()
        {
        }
    }
}
