using System.Security.Cryptography;
using System.Text.Json;
using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>Federations whose sites train in processes of their own, by Debian's Python with numpy.</summary>
public sealed class TrainerTests
{
    private const string Python = NumpyHere.Python;
    private const int Rounds = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly string Example = Repository.PathOf("hocon/trainer.conf");

    [Fact]
    public void Page_of_numpy_gives_the_model_that_the_built_in_one_gives()
    {
        NeedNumpy();
        using Workspace outside = new(), inside = new();
        outside.Program("simulate", outside.Conf(Example, $"job.rounds = {Rounds}")).Succeeded();
        inside.Program("simulate", inside.Conf(Repository.Quickstart, $"job.rounds = {Rounds}")).Succeeded();
        Dictionary<string, double[]> own = Tensors(outside), builtIn = Tensors(inside);
        Assert.Equal(30, own["coefficients"].Length);
        foreach (string tensor in (string[])["coefficients", "intercept", "feature_mean", "feature_scale"])
            for (int i = 0; i < own[tensor].Length; i++) Assert.Equal(builtIn[tensor][i], own[tensor][i], 1e-9);
        Report there = new(outside.Data, "trainer-1"), here = new(inside.Data);
        Assert.Equal(here.Number("final", "accuracy"), there.Number("final", "accuracy"));
        Assert.Equal(here.Number("final", "auc"), there.Number("final", "auc"));
        Assert.Equal(here.Number("final", "loss"), there.Number("final", "loss"), 1e-9);
        Assert.Contains("all verified", outside.Program("audit", "verify").Succeeded().Out, StringComparison.Ordinal);
        Assert.EndsWith($"round {Rounds}: bit-identical", outside.Program("rounds", "replay", $"{Rounds}").Succeeded().Out, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateDirectories(Path.Combine(outside.Data, "sites")), static site => Directory.Exists(Path.Combine(site, "trainer")));
    }

    [Fact]
    public void Trainers_killed_in_the_middle_change_nothing()
    {
        NeedNumpy();
        using Workspace undisturbed = new(), disturbed = new();
        undisturbed.Program("simulate", undisturbed.Conf(Example, $"job.rounds = {Rounds}")).Succeeded();
        int killed = 0;
        using (FedProcess run = disturbed.Start("simulate", disturbed.Conf(Example, $"job.rounds = {Rounds}")))
        {
            for (int lines = 2; lines <= Rounds; lines++)
            {
                Assert.True(run.WaitForLines(lines));
                killed += NumpyHere.KillBelow(Path.Combine(disturbed.Data, "sites"));
            }

            FedResult result = run.Result().Succeeded();
            Assert.Contains("trainer 'numpy-logistic' failed: it exited with code 137", result.Error, StringComparison.Ordinal);
        }

        Assert.True(killed > 0);
        Assert.Equal(new Report(undisturbed.Data, "trainer-1").RoundSha256, new Report(disturbed.Data, "trainer-1").RoundSha256);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Trainer_that_heeds_nothing_does_not_outlive_its_site(bool isKilled)
    {
        Assert.SkipUnless(File.Exists(Python), $"there is no {Python}; on Debian: apt-get install python3");
        Assert.SkipUnless(File.Exists("/usr/bin/setpriv"), "there is no /usr/bin/setpriv, by which the kernel ties a trainer to its site");
        using Workspace workspace = new();
        string note = workspace.PathOf("note");
        workspace.Write("deaf.py", $"import os, time\nopen('{note}.new', 'w').write(str(os.getpid()))\nos.rename('{note}.new', '{note}')\ntime.sleep(3600)\n");
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(workspace.PathOf("deaf.py"))));
        string settings = $"job.model.sha256 = {sha256}\nsimulation.trainer.numpy-logistic {{ command = [\"{Python}\", \"deaf.py\"], files = [\"deaf.py\"], silence = 1h }}";
        using FedProcess run = workspace.Start("simulate", workspace.Conf(Example, settings));
        Assert.True(SpinWait.SpinUntil(() => File.Exists(note) || !run.IsRunning, Patience));
        string trainer = $"/proc/{File.ReadAllText(note)}/stat";
        if (isKilled) run.Kill();
        else run.Terminate();
        Assert.True(SpinWait.SpinUntil(() => !run.IsRunning && !IsAlive(trainer), Patience));
    }

    [Fact]
    public void Sites_whose_trainers_fail_decline_and_the_quorum_goes_on()
    {
        NeedNumpy();
        using Workspace workspace = new();
        string train = File.ReadAllText(Repository.PathOf("examples/numpy_logistic/train.py")).Replace(
            "    def train(self, task: Task) -> Result:\n",
            "    def train(self, task: Task) -> Result:\n        if len(self.train_y) < 60:\n            sys.exit('too few rows to bother')\n",
            StringComparison.Ordinal);
        workspace.Write("train.py", train);
        string sdk = Repository.PathOf("sdk/python/fedactors");
        string settings = $"job {{ rounds = 2, quorum = 2 }}\nsimulation.trainer.numpy-logistic {{ files = [\"train.py\", \"{sdk}\"], restarts = 0 }}";
        FedResult refused = workspace.Program("simulate", workspace.Conf(Example, settings)).Refused(2, "have the SHA-256 ", ", and the plan says ", "; nothing was started");
        Assert.True(workspace.IsUntouched);
        string sha256 = refused.Error.Split("have the SHA-256 ")[1][..64];
        FedResult run = workspace.Program("simulate", workspace.Conf(Example, settings, $"job.model.sha256 = {sha256}")).Succeeded();
        Assert.Contains("exited with code 1 (too few rows to bother)", run.Error, StringComparison.Ordinal);
        int sites = new Report(workspace.Data, "trainer-1").Root.GetProperty("sites").GetArrayLength();
        foreach (JsonElement round in new Report(workspace.Data, "trainer-1").Root.GetProperty("rounds").EnumerateArray())
            Assert.InRange(round.GetProperty("contributors").GetArrayLength(), 2, sites);
    }

    [Fact]
    public void What_a_plan_must_not_say_and_what_a_site_lacks_are_sentences()
    {
        using Workspace workspace = new();
        workspace.Program("simulate", workspace.Conf(Example, "job.model.command = [\"/bin/sh\"]")).Refused(2, "job.model.command: a plan never says what a site executes", "trainer.ID.command");
        workspace.Program("simulate", workspace.Conf(Example, "simulation.trainer = null")).Refused(2, "simulation.trainer");
        workspace.Program("simulate", workspace.Conf(Example, "job.model.trainer = other")).Refused(2, "nothing says how to start trainer 'other'", "simulation.trainer.other");
        workspace.Program("simulate", workspace.Conf(Example, "job.model.sha256 = null")).Refused(2, "job.model.sha256 is not set; the files of trainer 'numpy-logistic' have ");
        workspace.Program("simulate", workspace.Conf(Example, "simulation.trainer.numpy-logistic.command = [\"/usr/bin/python9\", \"train.py\"]")).Refused(2, "the program '/usr/bin/python9' does not exist; on Debian: apt-get install python3 python3-numpy");
        workspace.Program("simulate", workspace.Conf(Example, "job.algorithm = fedsgd")).Refused(2, "fedsgd with these settings needs gradients or losses");
        Assert.True(workspace.IsUntouched);
        NeedNumpy();
        workspace.Program("simulate", workspace.Conf(Example, "job.optimizer.kind = adam")).Refused(2, "needs the abilities optimizer, which it does not offer; it offers correction, proximal, penalty");
        workspace.Write("odd.safetensors", "odd");
        workspace.Program("simulate", workspace.Conf(Example, "job.model.initial = odd.safetensors")).Refused(2, "the initial parameters in ", "cannot be read");
        Assert.True(workspace.IsUntouched);
    }

    [Fact]
    public void Model_of_one_job_is_where_the_next_begins()
    {
        NeedNumpy();
        using Workspace workspace = new();
        string train = $"job.rounds = {Rounds}";
        workspace.Program("simulate", workspace.Conf(Example, train)).Succeeded();
        double before = new Report(workspace.Data, "trainer-1").Number("final", "loss");
        string exported = workspace.PathOf("data/jobs/trainer-1/model.safetensors"), initial = workspace.PathOf("initial.safetensors");
        using (FileStream source = File.OpenRead(exported), target = File.Create(initial))
        {
            // Without the scaling, which the next job finds again by itself, and in another order than the trainer names them.
            Learning.Files.TensorFile model = Learning.Files.Safetensors.Read(source);
            Learning.Files.Safetensors.Write(new Learning.Files.TensorFile([.. model.Tensors.Where(static tensor => !tensor.Name.StartsWith("feature_", StringComparison.Ordinal)).Reverse()]), target);
        }

        workspace.Program("simulate", workspace.Conf(Example, train, $"job.model.initial = \"{initial}\"")).Succeeded();
        Assert.True(new Report(workspace.Data, "trainer-2").Number("final", "loss") < before);
    }

    private static Dictionary<string, double[]> Tensors(Workspace workspace)
    {
        string file = workspace.PathOf("model.json");
        workspace.Program("model", "export", "--format", "json", "--out", file).Succeeded();
        using JsonDocument model = JsonDocument.Parse(File.ReadAllText(file));
        return model.RootElement.GetProperty("tensors").EnumerateObject().ToDictionary(static t => t.Name, static t => t.Value.GetProperty("values").EnumerateArray().Select(static v => v.GetDouble()).ToArray());
    }

    private static bool IsAlive(string stat)
    {
        try
        {
            return !File.ReadAllText(stat).Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void NeedNumpy() => Assert.SkipUnless(NumpyHere.IsInstalled, "there is no numpy for /usr/bin/python3; on Debian: apt-get install python3-numpy");
}
