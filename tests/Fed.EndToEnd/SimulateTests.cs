using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>Runs beside and after each other, and a federation of many small sites.</summary>
public sealed class SimulateTests(FinishedRuns finished)
{
    [Fact]
    public void Second_run_starts_a_new_job_beside_the_first_and_gives_the_same_model()
    {
        using Workspace workspace = new Workspace().With(finished.Short);
        FedResult second = workspace.Fed("simulate", FinishedRuns.ShortConf(workspace), "--json").Succeeded();
        Assert.Empty(second.Error);
        Assert.Equal("quickstart-2", second.Json().GetProperty("jobId").GetString());
        Assert.Equal(new Report(finished.Short).FinalSha256, new Report(workspace.Data, "quickstart-2").FinalSha256);   // seeds know of no job id
        Assert.Equal(
            ["quickstart-1", "quickstart-2"],
            workspace.Fed("jobs", "list", "--json").Succeeded().Json().GetProperty("jobs").EnumerateArray().Select(static job => job.GetProperty("job").GetString()!));
        Assert.Contains("all verified", workspace.Fed("audit", "verify").Succeeded().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Figures_of_rounds_are_a_csv_file_with_a_row_for_each_round()
    {
        using Workspace workspace = new();
        string file = workspace.PathOf("rounds.csv");
        FedHere.Run(["rounds", "metrics", "--csv", file, "--data", finished.Short]).Succeeded();
        string[] lines = File.ReadAllText(file).Split("\r\n");
        Assert.Equal("job,round,planned,committed,seconds,preparing seconds,collecting seconds,opening seconds,stepping seconds,attempts,contributors,bytes up,model,accuracy,", lines[0][..(lines[0].IndexOf("accuracy,", StringComparison.Ordinal) + 9)]);
        Assert.Equal("", lines[^1]);
        string[][] rows = [.. lines[1..^1].Select(static line => line.Split(','))];
        Assert.Equal(Enumerable.Range(1, FinishedRuns.ShortRounds).Select(static round => $"{round}"), rows.Select(static row => row[1]));
        Assert.All(rows, row => Assert.Equal(lines[0].Split(',').Length, row.Length));
        Assert.Equal(new Report(finished.Short).FinalSha256, rows[^1][12]);
        FedHere.Run(["rounds", "metrics", "--csv", workspace.PathOf("."), "--data", finished.Short]).Refused(2, "is a folder; name a file with --csv");
    }

    [Fact]
    public void Reading_commands_work_beside_a_run_and_a_second_run_is_refused()
    {
        using Workspace workspace = new();
        string conf = workspace.Conf(Repository.Quickstart, "job.rounds = 5000", "job.retain-contributions = 2");   // outlasts the commands; killed in the end
        using FedProcess run = workspace.Start("simulate", conf);
        Assert.True(run.WaitForLines(4));
        foreach (string command in (string[])["jobs list", "rounds list", "rounds show 2", "rounds replay 2", "audit verify", "audit verify"]) workspace.Fed(command.Split(' ')).Succeeded();
        workspace.Fed("model", "export", "--format", "safetensors", "--out", workspace.PathOf("now.safetensors")).Succeeded();
        Assert.Equal("unfinished", workspace.Fed("jobs", "list", "--json").Json().GetProperty("jobs")[0].GetProperty("status").GetString());
        workspace.Fed("simulate", conf).Refused(2, "is in use by process", "--data");
        workspace.Fed("simulate", conf, "--resume").Refused(2, "is in use by process");
        Assert.True(run.Kill());
    }

    [Fact]
    public void Replay_says_what_it_did_not_recompute_once_contributions_are_forgotten()
    {
        using Workspace workspace = new();
        workspace.Fed("simulate", workspace.Conf(Repository.Quickstart, $"job.rounds = {FinishedRuns.ShortRounds}", "job.retain-contributions = 2")).Succeeded();
        Assert.Equal(new Report(finished.Short).FinalSha256, new Report(workspace.Data).FinalSha256);
        string replay(int round) => workspace.Fed("rounds", "replay", $"{round}").Succeeded().Out;
        Assert.EndsWith($"round {FinishedRuns.ShortRounds}: bit-identical", replay(FinishedRuns.ShortRounds), StringComparison.Ordinal);
        Assert.Contains("round 3: server step identical (the sum was not recomputed", replay(3), StringComparison.Ordinal);
        Assert.DoesNotContain("bit-identical", replay(3), StringComparison.Ordinal);
        Assert.Contains("all verified", workspace.Fed("audit", "verify").Succeeded().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Sixty_districts_train_with_half_of_them_in_a_round()
    {
        using Workspace workspace = new();
        FedResult run = workspace.Fed("simulate", workspace.Conf(Repository.Contraception, "job.rounds = 3")).Succeeded();
        Assert.Empty(run.Error);
        Assert.DoesNotContain("refused", run.Out, StringComparison.Ordinal);   // who comes after the thirtieth is late, and that is as planned
        Report report = new(workspace.Data, "contraception-1");
        string[][] contributors = [.. report.Root.GetProperty("rounds").EnumerateArray().Select(static round => round.GetProperty("contributors").EnumerateArray().Select(static c => c.GetString()!).ToArray())];
        int sites = report.Root.GetProperty("sites").GetArrayLength();
        Assert.Equal(60, sites);
        Assert.All(contributors, round => Assert.Equal(sites / 2, round.Distinct().Count()));
        Assert.NotEqual(contributors[0], contributors[1]);
        Assert.InRange(report.Number("final", "auc"), 0.5, 1);
        Assert.Contains("all verified", workspace.Fed("audit", "verify").Succeeded().Out, StringComparison.Ordinal);
        Assert.EndsWith("round 2: bit-identical", workspace.Fed("rounds", "replay", "2").Succeeded().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Interrupted_run_can_only_be_carried_on_with_resume_and_with_its_own_plan()
    {
        using Workspace workspace = new();
        string conf = FinishedRuns.ShortConf(workspace);
        using (FedProcess run = workspace.Start("simulate", conf))
        {
            Assert.True(run.WaitForLines(3));
            Assert.True(run.Kill());
        }

        workspace.Fed("simulate", conf).Refused(2, "quickstart-1", "unfinished", "--resume");
        workspace.Fed("simulate", workspace.Conf(Repository.Quickstart, "job.rounds = 9"), "--resume").Refused(2, "no longer gives the plan of job quickstart-1");
        workspace.Fed("simulate", workspace.Conf(Repository.Quickstart, $"job.rounds = {FinishedRuns.ShortRounds}", "job.seed = 7"), "--resume").Refused(2, "no longer gives the plan");
        workspace.Fed("simulate", conf, "--resume").Succeeded();
        Assert.Equal(new Report(finished.Short).FinalSha256, new Report(workspace.Data).FinalSha256);
        workspace.Fed("simulate", conf, "--resume").Refused(2, "no unfinished job");
    }

    [Fact]
    public void Run_that_is_asked_to_end_says_so_and_is_carried_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are those of Unix");
        using Workspace workspace = new();
        string conf = FinishedRuns.ShortConf(workspace);
        using (FedProcess run = workspace.Start("simulate", conf))
        {
            Assert.True(run.WaitForLines(3));
            run.Terminate();
            run.Result().Refused(1, "stopped before the end", "what was committed is safe");
        }

        workspace.Fed("simulate", conf, "--resume").Succeeded();
        Assert.Equal(new Report(finished.Short).RoundSha256, new Report(workspace.Data).RoundSha256);
    }

    [Fact]
    public void Process_killed_as_it_created_its_journal_is_no_obstacle()
    {
        using Workspace workspace = new();
        workspace.Layout.Node.Create();
        File.WriteAllBytes(workspace.Layout.Node.Journal, []);
        workspace.Fed("simulate", FinishedRuns.ShortConf(workspace)).Succeeded();
        Assert.Equal(new Report(finished.Short).FinalSha256, new Report(workspace.Data).FinalSha256);
    }

    [Fact]
    public void Resume_without_a_job_is_refused_and_leaves_nothing()
    {
        using Workspace workspace = new();
        workspace.Fed("simulate", Repository.Quickstart, "--resume").Refused(2, "no unfinished job", "leave --resume out");
        Assert.True(workspace.IsUntouched);
    }
}
