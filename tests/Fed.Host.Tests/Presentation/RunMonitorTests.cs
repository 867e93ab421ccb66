using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;
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

    [Fact]
    public void A_sum_that_a_site_finds_wrong_is_told_of_with_its_reason()
    {
        const string Told = "warning: round 3: 'north' finds that 'training' is not the sum of what was contributed: a piece does not add up";
        (string lines, ImmutableArray<string> frame) = Shown([new RoundEvent.SumDoubted(Training, new SiloId("north"), "a piece does not add up")]);
        Assert.Equal(Told, lines.TrimEnd());
        Assert.Contains(Told, frame.Select(static line => line.TrimEnd()));
    }

    [Fact]
    public void The_making_of_a_key_is_a_phase_and_its_failure_is_told_with_who_is_left_out()
    {
        ImmutableSortedSet<SiloId> sites = [new SiloId("east"), new SiloId("north"), new SiloId("west")];
        (string lines, ImmutableArray<string> frame) = Shown(
            [new JobEvent.KeyCeremonyStarted(1, sites, default), new JobEvent.KeyCeremonyFailed(1, KeyStep.Deal, "the deal of 'west' does not fit", [new SiloId("west")], null, default)]);
        Assert.Equal("warning: the making of key 1 failed: the deal of 'west' does not fit; it is made again without west", lines.TrimEnd());
        Assert.Contains("start-up: keying, 0 of 3 sites", frame.Select(static line => line.TrimEnd()));
        (_, frame) = Shown([new JobEvent.KeyCeremonyStarted(1, sites, default), new JobEvent.KeyStepClosed(1, KeyStep.Enter, sites, sites.ToImmutableSortedDictionary(static silo => silo, static _ => Digest.Of("given"u8)))]);
        Assert.Contains("start-up: keying, 3 of 3 sites", frame.Select(static line => line.TrimEnd()));
    }

    private static void Told(RoundEvent happened, string refused, params string[] parts)
    {
        (string lines, ImmutableArray<string> frame) = Shown([happened], refused, refused);
        string line = Assert.Single(lines.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("warning: " + parts[0], line, StringComparison.Ordinal);
        Assert.EndsWith(parts[1], line, StringComparison.Ordinal);
        Assert.Equal(line, Assert.Single(frame, static shown => shown.StartsWith("warning: ", StringComparison.Ordinal)).TrimEnd());
    }

    /// <summary>Plain lines and the picture of what the nodes journaled, and the coordinator then refused.</summary>
    private static (string Lines, ImmutableArray<string> Frame) Shown(object[] happened, params string[] refused)
    {
        using StringWriter output = new();
        RunState state = RunState.Empty.After(new RunProgress.RunStarted("job-1", "job", "fedavg", "logistic", [new SiteSamples("north", 10)], 5, 0), TimeSpan.Zero);
        using (PlainView plain = new(output, TerminalProfile.Plain()))
        {
            RunMonitor monitor = new(new Both(plain, progress => state = state.After(progress, TimeSpan.Zero)), TimeProvider.System, entries: 4, parts: 0);
            foreach (object e in happened) monitor.Journaled(e is JobEvent ? NodeAddress.Job : NodeAddress.Coordinator, default, e);
            foreach (string reason in refused) monitor.Refused(NodeAddress.Coordinator, reason);
            Assert.Equal(refused.Length, monitor.RefusedCount);
        }

        return (output.ToString(), LiveFrame.Lines(state, TimeSpan.Zero, columns: 400, rows: 40, hasColor: false, hasUnicode: true));
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
