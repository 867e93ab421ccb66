using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>The same plan and data give the same bits, whatever happens in what order.</summary>
public sealed class DeterminismTests(FinishedRuns finished, ITestOutputHelper output)
{
    [Theory]
    [InlineData("simulation.workers = 1")]
    [InlineData("simulation.workers = 2")]
    [InlineData("simulation.workers = 4")]
    [InlineData("simulation.arrival-shuffle-seed = 1", "simulation.workers = 1")]
    [InlineData("simulation.arrival-shuffle-seed = 2", "simulation.workers = 4")]
    [InlineData("simulation.arrival-shuffle-seed = 1234567")]
    public void Threads_and_order_of_arrival_do_not_change_a_bit(params string[] settings)
    {
        using Workspace workspace = new();
        workspace.Fed("simulate", workspace.Conf(Repository.Quickstart, [$"job.rounds = {FinishedRuns.ShortRounds}", .. settings])).Succeeded();
        Assert.Equal(new Report(finished.Short).RoundSha256, new Report(workspace.Data).RoundSha256);
    }

    [Fact]
    public void Another_seed_gives_another_model()
    {
        using Workspace workspace = new();
        workspace.Fed("simulate", workspace.Conf(Repository.Quickstart, $"job.rounds = {FinishedRuns.ShortRounds}", "job.seed = 1")).Succeeded();
        Assert.NotEqual(new Report(finished.Short).FinalSha256, new Report(workspace.Data).FinalSha256);
    }

    /// <summary>Within a class of vector instructions bits match; between classes local training may differ in last bits (docs/learning.md), which the grid rounds away or turns into single steps.</summary>
    [Theory]
    [InlineData("DOTNET_EnableAVX2")]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    public void Processors_without_wide_vectors_repeat_themselves_and_stay_close(string switchedOff)
    {
        const double Bound = 1e-6;
        Dictionary<string, string> environment = new() { [switchedOff] = "0" };
        Report[] reports = new Report[2];
        double difference = 0;
        for (int i = 0; i < reports.Length; i++)
        {
            using Workspace workspace = new();
            FedProcess.Run(environment, "simulate", Repository.Quickstart, "--data", workspace.Data).Succeeded();
            reports[i] = new Report(workspace.Data);
            difference = ParametersOf(workspace.Data).MaxDifference(ParametersOf(finished.Quickstart));
        }

        Report usual = new(finished.Quickstart);
        int same = usual.RoundSha256.Zip(reports[0].RoundSha256, static (a, b) => a == b).Count(static isSame => isSame);
        output.WriteLine($"{switchedOff}=0: {SimdClass(reports[0])} against {SimdClass(usual)}, largest difference of a parameter {difference:R}, {same} of {usual.RoundSha256.Length} rounds bit-identical");
        Assert.NotEqual(SimdClass(usual), SimdClass(reports[0]));
        Assert.Equal(reports[0].RoundSha256, reports[1].RoundSha256);
        Assert.InRange(difference, 0, Bound);
    }

    private static ModelParameters ParametersOf(string data) => ModelParameters.Read(Path.Combine(data, "jobs", "quickstart-1", "model.safetensors"));

    private static string SimdClass(Report report) => report.Root.GetProperty("environment").GetProperty("simdClass").GetString()!;
}
