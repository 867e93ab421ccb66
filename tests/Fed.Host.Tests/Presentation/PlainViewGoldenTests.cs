using Fed.Host.Presentation;
using Xunit;

namespace Fed.Host.Tests.Presentation;

public sealed class PlainViewGoldenTests
{
    [Fact]
    public void A_run_in_a_pipe_reads_like_this()
    {
        const string Expected = """
            job 20261121-101500-ab12: breast cancer, fedavg logistic, 3 sites, 168 training rows, at most 2 rounds
            warning: site north: column 'age' is constant
            round 1/2: loss 0.2500  accuracy 0.9000  auc 0.9500  (3 sites, 768 B up, 0.25 s)
            round 2: attempt 1 failed, 1 of 3 updates accepted; absent: east, west
            round 2/2: loss 0.1250  accuracy 0.9756  auc 0.9900  (2 sites, 512 B up, 0.25 s, 2 attempts; refused: west)

            breast cancer: 2 rounds in 12.3 s, all planned
            +-------------------------+----------+--------+--------+
            | on the shared test rows | accuracy |    auc |   loss |
            |-------------------------+----------+--------+--------|
            | federated               |   0.9756 | 0.9900 | 0.1250 |
            | all data pooled         |   0.9766 | 0.9900 | 0.1230 |
            | one site alone, mean    |   0.9546 | 0.9800 | 0.2250 |
            | one site alone, lowest  |   0.9536 | 0.9800 | 0.2250 |
            | one site alone, highest |   0.9556 | 0.9800 | 0.2250 |
            |   east alone            |   0.9556 | 0.9800 | 0.2250 |
            |   north alone           |   0.9536 | 0.9800 | 0.2250 |
            |   west alone            |        - |      - |      - |
            +-------------------------+----------+--------+--------+
            Not every metric is defined for 1 site alone; report.html gives the reasons.

            loss on test rows (nats)   (- all data pooled 0.1230)
            0.25 +*****
                 |     *********
                 |              *********
            0.20 +                       *********
                 |                                ********
                 |                                        *********
            0.15 +                                                 *********
                 |                                                          *********
                 |-- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -*****
            0.10 +
                 ++----------------------------------------------------------------------+
                  1                                                                      2
                                                   round

            model   0000000200000002000000020000000200000002000000020000000200000002
            files   fed-data/jobs/x/report.html, report.json, model.safetensors

            """;
        Assert.Equal(Expected, Run(Story.Small, TerminalProfile.Plain(hasUnicode: false)));
    }

    [Fact]
    public void A_resumed_run_says_where_it_carries_on() =>
        Assert.EndsWith("at most 30 rounds, carried on after round 12\n", Run([Story.Start(SampleReports.Small, committed: 12)], TerminalProfile.Plain()), StringComparison.Ordinal);

    [Fact]
    public void Many_missing_sites_are_counted_not_named()
    {
        IEnumerable<RunProgress> story =
        [
            Story.Start(SampleReports.Districts),
            new RunProgress.RoundChanged(1, RoundStage.Training, 1, 0, 30),
            .. SampleReports.Districts.Sites.Take(7).Select(site => new RunProgress.SiteChanged(site.Name, SiteState.Absent)),
            new RunProgress.RoundCommitted(SampleReports.Districts.Rounds[0]),
        ];
        Assert.Contains("; absent: 7 sites)", Run(story, TerminalProfile.Plain()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_protected_run_says_so_in_its_first_line() => Assert.Equal(
        "job 20261121-101500-ab12: breast cancer, fedavg logistic, under secagg, c = 1, 3 sites, 168 training rows, at most 30 rounds\n",
        Run([Story.Start(SampleReports.Small) with { Protection = "secagg, c = 1" }], TerminalProfile.Plain()));

    [Theory]
    [InlineData("secagg, c = 1", "  round 1: sharing, 2 of 3 sites\n  round 1: sharing, 2 of 3 sites\n")]
    [InlineData(null, "")]
    public void A_protected_run_that_is_silent_says_every_ten_seconds_in_which_phase_it_is(string? protection, string said)
    {
        ManualClock clock = new();
        using StringWriter text = new();
        using (PlainView view = new(text, TerminalProfile.Plain(), clock))
        {
            view.Observe(Story.Start(SampleReports.Small) with { Protection = protection });
            view.Observe(new RunProgress.RoundChanged(1, RoundStage.Sharing, 1, 2, 3));
            clock.Advance(TimeSpan.FromSeconds(29));
            view.Observe(new RunProgress.Finished(SampleReports.Small, "x"));
            clock.Advance(TimeSpan.FromSeconds(29));
        }

        string[] lines = [.. text.ToString().Split('\n').Skip(1).TakeWhile(static line => line.StartsWith("  ", StringComparison.Ordinal))];
        Assert.Equal(said, string.Concat(lines.Select(static line => line + "\n")));
        Assert.EndsWith("model.safetensors\n", text.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Hostile_names_bring_neither_escape_codes_nor_lines_of_their_own(bool hasUnicode)
    {
        RunReport report = SampleReports.Hostile;
        IEnumerable<RunProgress> story =
        [
            Story.Start(report),
            new RunProgress.Warning("bad \u001b[31m\r\nround 7/30: forged"),
            new RunProgress.RoundChanged(1, RoundStage.Training, 1, 0, 3),
            .. report.Sites.Select(site => new RunProgress.SiteChanged(site.Name, SiteState.Refused)),
            new RunProgress.RoundCommitted(report.Rounds[0]),
            new RunProgress.Finished(report, "x\u001b[2J"),
        ];
        string text = Run(story, TerminalProfile.Plain(hasUnicode));
        Assert.DoesNotContain(text, c => c != '\n' && char.IsControl(c));
        Assert.DoesNotContain('\u202e', text);
        string[] lines = text.Split('\n');
        Assert.Single(lines, line => line.StartsWith("round", StringComparison.Ordinal));
        if (!hasUnicode) Assert.DoesNotContain(text, c => c > '~');
    }

    private static string Run(IEnumerable<RunProgress> story, TerminalProfile profile)
    {
        using var text = new StringWriter { NewLine = "\r\n" };   // must not show: lines end as ours do on every system
        using (var view = new PlainView(text, profile))
            foreach (RunProgress progress in story) view.Observe(progress);
        return text.ToString();
    }
}
