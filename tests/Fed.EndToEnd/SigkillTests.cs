using System.Collections.Immutable;
using Fed.EndToEnd.Journals;
using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>
/// Real runs are killed at seeded moments and carried on. FED_CHAOS_KILLS sets how many moments (default 10), FED_CHAOS_SEED the first seed.
/// </summary>
public sealed class SigkillTests(FinishedRuns finished, ITestOutputHelper output)
{
    private const int TriesMax = 5;

    private static int Kills => int.TryParse(Environment.GetEnvironmentVariable("FED_CHAOS_KILLS"), out int kills) && kills > 0 ? kills : 10;

    private static int FirstSeed => int.TryParse(Environment.GetEnvironmentVariable("FED_CHAOS_SEED"), out int seed) ? seed : 1;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(FirstSeed, Kills)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Killed_run_carried_on_ends_with_the_same_models_and_the_same_history(int seed)
    {
        output.WriteLine($"again: FED_CHAOS_SEED={seed} ./test.sh chaos --kills 1");
        Check(new Random(seed), strikes: 1, roundsBefore: FinishedRuns.ShortRounds);
    }

    [Theory]
    [InlineData(1001)]
    [InlineData(1002)]
    public void Run_killed_twice_ends_with_the_same_models_and_the_same_history(int seed) =>
        Check(new Random(seed), strikes: 2, roundsBefore: FinishedRuns.ShortRounds / 2);

    private void Check(Random random, int strikes, int roundsBefore)
    {
        for (int tries = 1; ; tries++)
        {
            using Workspace workspace = new();
            string conf = FinishedRuns.ShortConf(workspace);
            List<int> inFlight = [];
            while (inFlight.Count < strikes && Strike(workspace, conf, KillMoment.Draw(random, roundsBefore)) is { } round) inFlight.Add(round);
            if (inFlight.Count < strikes && tries < TriesMax) continue;   // it ended before its moment: that was no kill
            Assert.Equal(strikes, inFlight.Count);
            using (FedProcess process = Simulate(workspace, conf)) process.Result().Succeeded();
            AssertUndisturbed(workspace, [.. inFlight]);
            return;
        }
    }

    /// <summary>Runs, or carries on, until the moment and kills.</summary>
    /// <returns>The round that was under way; null when the run ended first.</returns>
    private int? Strike(Workspace workspace, string conf, KillMoment moment)
    {
        using FedProcess process = Simulate(workspace, conf);
        bool landed = moment.Kill(process, workspace.Layout);
        int round = Ledger.Read(workspace.Layout).RoundInFlight;
        output.WriteLine($"{moment}: " + (landed ? $"killed in round {round}" : "the run ended before"));
        return landed ? round : null;
    }

    /// <summary>Killed before its plan was journaled there is no job yet: then the user starts it again.</summary>
    private static FedProcess Simulate(Workspace workspace, string conf) =>
        Ledger.Read(workspace.Layout).Counts.Keys.Any(static e => e.Tag == "job-planned") ? workspace.Start("simulate", conf, "--resume") : workspace.Start("simulate", conf);

    private void AssertUndisturbed(Workspace workspace, ImmutableArray<int> inFlight)
    {
        Report expected = new(finished.Short), actual = new(workspace.Data);
        Assert.Equal(expected.RoundSha256, actual.RoundSha256);
        Assert.Equal(expected.FinalSha256, actual.FinalSha256);

        Ledger whole = Ledger.Read(new(finished.Short)), carriedOn = Ledger.Read(workspace.Layout);
        foreach ((Ledger.Entry entry, int surplus) in carriedOn.Beyond(whole))
        {
            output.WriteLine($"{entry}: {surplus:+0;-0} against the undisturbed run");
            if (entry.Tag == "silo-job-ended" && surplus == -1 && inFlight.Contains(FinishedRuns.ShortRounds)) continue;   // a job's end is said once, and who was killed just then has nothing more to ask
            Assert.True(surplus > 0, $"{entry} happened {-surplus} times less than in the undisturbed run");
            Assert.True(inFlight.Contains(entry.Round), $"{entry} happened {surplus} times more, and round {entry.Round} was not under way at a kill");
        }

        Assert.All(carriedOn.Counts.Where(static count => count.Key.Tag == "contribution-stored"), count => Assert.True(count.Value == 1, $"{count.Key} happened {count.Value} times"));
        Assert.Contains("all verified", workspace.Fed("audit", "verify").Succeeded().Out, StringComparison.Ordinal);
        foreach (int round in inFlight.Where(static round => round > 0).Append(FinishedRuns.ShortRounds).Distinct())
            Assert.EndsWith($"round {round}: bit-identical", workspace.Fed("rounds", "replay", $"{round}").Succeeded().Out, StringComparison.Ordinal);
    }
}
