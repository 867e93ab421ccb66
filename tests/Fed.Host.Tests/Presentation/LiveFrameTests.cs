using System.Collections.Immutable;
using Fed.Host.Presentation;
using FsCheck;
using FsCheck.Fluent;
using Spectre.Console.Rendering;
using Xunit;

namespace Fed.Host.Tests.Presentation;

public sealed class LiveFrameTests
{
    private static readonly TimeSpan Now = TimeSpan.FromSeconds(13);

    [Fact]
    public void Five_sites_on_a_classic_terminal_look_like_this()
    {
        RunState state = After(
            SampleReports.Quickstart,
            [
                .. SampleReports.Quickstart.Rounds.Take(12).Select(round => new RunProgress.RoundCommitted(round)),
                new RunProgress.RoundChanged(13, RoundStage.Collecting, 2, 3, 5),
                new RunProgress.SiteChanged("hospital-1", SiteState.Training, 45),
                new RunProgress.SiteChanged("hospital-2", SiteState.Uploaded),
                new RunProgress.SiteChanged("hospital-3", SiteState.Accepted),
                new RunProgress.SiteChanged("hospital-4", SiteState.Refused),
                new RunProgress.Warning("site hospital-5 has one class only"),
            ],
            TimeSpan.FromSeconds(12));
        const string Expected = """
            Breast cancer, five hospitals  fedavg, logistic  job 20261121-101500-ab12
            ━━━━━━━━━━━━━━━━━━━━━━━━───────────────────────────────────── 12/30 rounds 40 %
            round 13: collecting, 3 of 5 accepted, attempt 2
            loss 0.09143  accuracy 0.9810  auc 0.9965   █▆▅▄▃▃▂▂▂▁▁▁
            elapsed 00:13   remaining about 00:17
            ╭────────────┬─────────────────┬─────────╮
            │ site       │ state           │ samples │
            ├────────────┼─────────────────┼─────────┤
            │ hospital-1 │ training  45 %  │      61 │
            │ hospital-2 │ uploaded        │      92 │
            │ hospital-3 │ accepted        │     123 │
            │ hospital-4 │ refused         │     154 │
            │ hospital-5 │ waiting         │     185 │
            ╰────────────┴─────────────────┴─────────╯
            warning: site hospital-5 has one class only
            """;
        Assert.Equal(Expected, string.Join('\n', LiveFrame.Lines(state, Now, 80, 24, hasColor: false, hasUnicode: true)));
    }

    [Fact]
    public void Sixty_sites_are_folded_and_the_busy_ones_stay_in_sight()
    {
        RunState state = After(
            SampleReports.Districts,
            [
                new RunProgress.RoundChanged(1, RoundStage.Training, 1, 0, 30),
                .. SampleReports.Districts.Sites.Take(40).Select(site => new RunProgress.SiteChanged(site.Name, SiteState.Accepted)),
                new RunProgress.SiteChanged("district-60", SiteState.Training, 10),
                new RunProgress.SiteChanged("district-59", SiteState.Absent),
            ],
            TimeSpan.Zero);
        ImmutableArray<string> lines = LiveFrame.Lines(state, Now, 80, 24, hasColor: false, hasUnicode: true);
        Assert.InRange(lines.Length, 10, 23);
        Assert.Contains("district-60", lines[8], StringComparison.Ordinal);
        Assert.Contains("district-59", lines[9], StringComparison.Ordinal);
        Assert.Contains("and 47 more", lines[^2], StringComparison.Ordinal);
        Assert.Contains("mostly accepted", lines[^2], StringComparison.Ordinal);
    }

    [Fact]
    public void Without_colours_there_is_no_escape_code_and_without_unicode_only_ascii()
    {
        RunState state = After(SampleReports.Hostile, [new RunProgress.RoundCommitted(SampleReports.Hostile.Rounds[0]), new RunProgress.Warning("\u001b[31mü")], TimeSpan.Zero);
        Assert.DoesNotContain(LiveFrame.Lines(state, Now, 80, 24, hasColor: false, hasUnicode: true), line => line.Contains('\u001b'));
        Assert.DoesNotContain(LiveFrame.Lines(state, Now, 80, 24, hasColor: false, hasUnicode: false), line => line.Any(c => c is < ' ' or > '~'));
    }

    [Fact]
    public void Names_in_brackets_are_shown_not_obeyed()
    {
        RunReport report = SampleReports.Small with { Name = "[red]x[/] [", Sites = [SampleReports.Site("[bold]", 1, 1)] };
        ImmutableArray<string> lines = LiveFrame.Lines(After(report, [], TimeSpan.Zero), Now, 80, 24, hasColor: true, hasUnicode: true);
        Assert.Contains("[red]x[/] [", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.Contains("[bold]", StringComparison.Ordinal));
    }

    [Fact]
    public void Any_run_fits_any_window() =>
        Prop.ForAll<(byte Sites, byte Columns, byte Rows), (byte Site, byte State)[], NonNull<string>>((size, changes, name) =>
        {
            int columns = 41 + size.Columns, rows = 10 + (size.Rows % 60);
            RunReport report = SampleReports.Small with
            {
                Name = name.Get,
                Sites = [.. Enumerable.Range(0, size.Sites).Select(k => SampleReports.Site($"{k:000} {name.Get} 東京", k, 1))],
            };
            RunState state = After(
                report, [.. changes.Select(change => new RunProgress.SiteChanged($"{change.Site:000} {name.Get} 東京", (SiteState)(change.State % 6), change.State)), new RunProgress.Warning(name.Get)], TimeSpan.Zero);
            ImmutableArray<string> lines = LiveFrame.Lines(state, Now, columns, rows, hasColor: false, hasUnicode: true);
            Assert.InRange(lines.Length, 1, rows - 1);
            Assert.All(lines, line => Assert.InRange(new Segment(line).CellCount(), 0, columns - 1));
        }).QuickCheckThrowOnFailure();

    private static RunState After(RunReport report, IEnumerable<RunProgress> story, TimeSpan at) =>
        story.Aggregate(RunState.Empty.After(Story.Start(report), TimeSpan.Zero), (state, progress) => state.After(progress, at));
}
