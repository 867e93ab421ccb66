using System.Collections.Immutable;
using Fed.Host.Cluster.Local;
using Fed.Host.Configuration;
using Fed.Host.Tests.Configuration;
using Fed.Host.Trainers;
using Xunit;

namespace Fed.Host.Tests.Trainers;

/// <summary>Who may say what about trainers: the plan its id and hash, the site everything else.</summary>
public sealed class TrainerConfigTests
{
    private const string External = "job.model { kind = external, trainer = mine, sha256 = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa }\n";

    [Fact]
    public void Sites_say_how_trainers_are_started()
    {
        FedConfig config = ConfigFile.Load(External + """
            job.model.settings { hidden = "64,32", deep { rate = 0.5 } }
            simulation.trainer.mine { command = ["/usr/bin/python3", "train.py", "--fast"], files = ["train.py", "lib"], env { A = 1 }, silence = 30s, max-memory = 512 MiB, restarts = 0 }
            node.trainer { mine { command = ["/bin/true"], files = ["x"] }, "other.one" { kind = process, command = ["/bin/true"], files = ["x"] } }
            """);
        TrainerOptions mine = config.Simulation.Trainers["mine"];
        Assert.Equal(["/usr/bin/python3", "train.py", "--fast"], mine.Command);
        Assert.Equal(["train.py", "lib"], mine.Files.Select(Path.GetFileName));
        Assert.Equal(("1", TimeSpan.FromSeconds(30), 512L << 20, 0), (mine.Environment["A"], mine.Silence, mine.MemoryMax, mine.Restarts));
        TrainerOptions other = config.Node.Trainers["other.one"];
        Assert.Equal((TrainerOptions.SilenceDefault, TrainerOptions.MemoryMaxDefault, TrainerOptions.RestartsDefault), (other.Silence, other.MemoryMax, other.Restarts));
        Assert.Equal(("mine", new string('a', 64), null), (config.Job.External!.Trainer, config.Job.External.Sha256, config.Job.External.Initial));
        Assert.Equal([new("deep.rate", "0.5"), new("hidden", "64,32")], config.Job.External.Settings);
    }

    [Fact]
    public void Trainer_in_a_local_clusters_kit_is_the_one_of_the_file()
    {
        TrainerOptions written = new(
            "other.one", ["/usr/bin/python3", "a \"b\" ${c}.py"], ["/opt/a b", "/opt/c.py"], ImmutableSortedDictionary<string, string>.Empty.Add("A.B", "1 \\ 2").Add("C", ""), TimeSpan.FromSeconds(90), 5_000_000_000, 7);
        TrainerOptions read = ConfigFile.Load($"node {{\n{LocalTrainer.Text(written)}}}").Node.Trainers["other.one"];
        Assert.Equal(written.Command, read.Command);
        Assert.Equal(written.Files, read.Files);
        Assert.Equal(written.Environment, read.Environment);
        Assert.Equal((written.Silence, written.MemoryMax, written.Restarts), (read.Silence, read.MemoryMax, read.Restarts));
    }

    [Theory]
    [InlineData("job.model.command = [rm]", "t.conf:4:21: job.model.command: a plan never says what a site executes")]
    [InlineData("job { model { settings { shell { command = x } } } }", "job.model.settings.shell.command: a plan never says what a site executes")]
    [InlineData("job.trainer.mine { command = [x] }", "job.trainer.mine.command: a plan never says what a site executes; let it name a trainer by id and sha256 (job.model), and write the command as trainer.ID.command in the site's own node block, or in simulation when simulating")]
    [InlineData("job.data.columns = [ { name = a, type = key, command = x } ]", "job.data.columns.command: a plan never says what a site executes")]
    [InlineData("job.model { kind = external }", "job.model.trainer is not set; kind = external needs the id of a trainer that every site knows")]
    [InlineData("job.model { kind = external, trainer = \"../x\" }", "expected the id of a trainer of 1 to 40 letters, digits, '.', '-' and '_' for job.model.trainer, found '../x'")]
    [InlineData("job.model { kind = external, trainer = x, sha256 = abc }", "expected the SHA-256 of the trainer's files in 64 hexadecimal digits for job.model.sha256, found 'abc'")]
    [InlineData("job.model { kind = external, trainer = x, hidden = [3] }", "job.model.hidden has no use with kind = external; remove it")]
    [InlineData("job.model { kind = external, trainer = x, precision = float32 }", "job.model.precision has no use with kind = external: the trainer chooses its own; remove it")]
    [InlineData("job.model { kind = mlp, settings.a = 1 }", "job.model.settings has no use with kind = mlp; remove it")]
    [InlineData("job.model { kind = mlp, trainer = x }", "job.model.trainer has no use with kind = mlp; remove it")]
    [InlineData("simulation.trainer.mine { files = [x] }", "simulation.trainer.mine.command is not set; write the program and its arguments, such as [\"/usr/bin/python3\", \"train.py\"]")]
    [InlineData("simulation.trainer.mine { command = [x] }", "simulation.trainer.mine.files is not set; list the files that the command runs")]
    [InlineData("node.trainer.mine { command = [x], files = [x], silent = 3s }", "unknown key 'node.trainer.mine.silent'; did you mean 'silence'?")]
    [InlineData("node.trainer.mine { command = [x], files = [x], max-memory = 1 MiB }", "expected a size from 16 MiB to 16777216 MiB for node.trainer.mine.max-memory, found '1 MiB'")]
    [InlineData("node.trainer.mine { command = [x], files = [x], kind = http }", "expected process for node.trainer.mine.kind, found 'http'")]
    [InlineData("job { algorithm = pooled, model { kind = external, trainer = x } }", "job.algorithm = pooled trains without a federation, which a trainer of the sites' does not")]
    public void What_stands_in_the_wrong_place_is_refused(string additions, string expected) => Assert.Contains(expected, ConfigFile.Error(additions), StringComparison.Ordinal);
}
