using System.Runtime.Intrinsics.X86;
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
        workspace.Program("simulate", workspace.Conf(Repository.Quickstart, [$"job.rounds = {FinishedRuns.ShortRounds}", .. settings])).Succeeded();   // the number of threads is the process's
        Assert.Equal(new Report(finished.Short).RoundSha256, new Report(workspace.Data).RoundSha256);
    }

    [Fact]
    public void Another_seed_gives_another_model()
    {
        using Workspace workspace = new();
        workspace.Fed("simulate", workspace.Conf(Repository.Quickstart, $"job.rounds = {FinishedRuns.ShortRounds}", "job.seed = 1")).Succeeded();
        Assert.NotEqual(new Report(finished.Short).FinalSha256, new Report(workspace.Data).FinalSha256);
    }

    /// <summary>Training uses its own exp and log and sums in a declared order (docs/learning.md), so the bound between classes of processors is zero.</summary>
    [Theory]
    [InlineData("DOTNET_EnableAVX2")]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    public void Processors_without_wide_vectors_give_the_same_bits(string switchedOff)
    {
        Dictionary<string, string> environment = new() { [switchedOff] = "0" };
        Report usual = new(finished.Short);
        for (int repetition = 1; repetition <= 2; repetition++)
        {
            using Workspace workspace = new();
            FedProcess.Run(environment, "simulate", FinishedRuns.ShortConf(workspace), "--data", workspace.Data).Succeeded();
            Report report = new(workspace.Data);
            int same = usual.RoundSha256.Zip(report.RoundSha256, static (a, b) => a == b).Count(static isSame => isSame);
            double difference = ParametersOf(workspace.Data).MaxDifference(ParametersOf(finished.Short));
            output.WriteLine($"{switchedOff}=0: {SimdClass(report)} against {SimdClass(usual)}, largest difference of a parameter {difference:R}, {same} of {usual.RoundSha256.Length} rounds bit-identical");
            if (Avx2.IsSupported) Assert.NotEqual(SimdClass(usual), SimdClass(report));
            Assert.Equal(0, difference);
            Assert.Equal(usual.RoundSha256, report.RoundSha256);
        }
    }

    /// <summary>Networks have kernels of their own: fused multiply-adds, at four widths.</summary>
    [Fact]
    public void Networks_have_the_same_bits_without_wide_vectors_and_for_any_number_of_threads()
    {
        string[][] runs =
        [
            .. from environment in (string?[])[null, "DOTNET_EnableAVX512", "DOTNET_EnableAVX2"]
               from threads in environment is null ? [1, 3] : (int[])[2]
               select Rounds(environment, threads),
        ];
        Assert.Equal(2, runs[0].Length);
        Assert.All(runs, rounds => Assert.Equal(runs[0], rounds));

        static string[] Rounds(string? switchedOff, int threads)
        {
            using Workspace workspace = new();
            Dictionary<string, string> environment = switchedOff is null ? [] : new() { [switchedOff] = "0" };
            string conf = workspace.Conf(Repository.PathOf("hocon/digits.conf"), "job.rounds = 2", $"simulation.workers = {threads}");
            FedProcess.Run(environment, "simulate", conf, "--data", workspace.Data).Succeeded();
            return [.. new Report(workspace.Data, "digits-1").RoundSha256];
        }
    }

    private static ModelParameters ParametersOf(string data) => ModelParameters.Read(Path.Combine(data, "jobs", "quickstart-1", "model.safetensors"));

    private static string SimdClass(Report report) => report.Root.GetProperty("environment").GetProperty("simdClass").GetString()!;
}
