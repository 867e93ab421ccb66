using Fed.Host.Configuration;
using Fed.Learning.Algorithms.FedAvg;
using Fed.Learning.Algorithms.FedSgd;
using Fed.Learning.Data;
using Fed.Learning.Models;
using Fed.Learning.Program;
using Fed.Vectors;
using Xunit;

namespace Fed.Host.Tests.Configuration;

public sealed class FedConfigTests
{
    [Fact]
    public void Defaults_are_those_of_reference_conf()
    {
        FedConfig config = ConfigFile.Load("");
        Assert.Equal(new FedAvgOptions(null, 1, 0, 0.1, 1), config.Job.Algorithm);
        Assert.Equal(GridOptions.For(RingWidth.Ring64), config.Job.Grid.Stated);
        Assert.Equal(Quorum.All, config.Job.Quorum);
        Assert.Equal(int.MaxValue, config.Job.RetainContributions);
        Assert.Equal(new StoppingOptions(), config.Job.Stop);
        Assert.Equal(new SplitRule.EveryNth(5, 4), config.Simulation.Split);
        Assert.Equal(new PartitionSource.Iid(4, config.Job.Seed), config.Simulation.Partition);
        Assert.Equal(Environment.ProcessorCount, config.Simulation.Workers);
        Assert.Equal(TimeSpan.FromMinutes(10), config.Job.Timing.RoundDeadline);
        Assert.Null(config.Node.DataDirectory);
    }

    [Fact]
    public void Every_setting_reaches_its_option()
    {
        JobOptions job = ConfigFile.Load("""
            job {
              name = trial, seed = 7, rounds = 3, model = softmax, algorithm = fedsgd, fedsgd.learning-rate = 0.25, l2 = 0.5
              weights = samples, weight-cap = 100, standardise = false
              selection { fraction = 50%, over-selection = 1.3 }
              quorum = 60%, max-attempts = 9
              timing { round-deadline = 90s, plan-deadline = 1m, opening-deadline = 2m, retry-backoff = 0s, resend-interval = 3s, beat-interval = 4s }
              stop { parameter-change { relative = 1e-6 }, gradient-norm = 0.01, metric { name = accuracy, at-least = 0.9 }, loss-change { relative = 0.001, window = 4 } }
              grid { ring = 32, bits = 20, fraction-bits = 10, rounding = nearest, statistic-fraction-bits = 24 }
              retain-contributions = 2, data.classes = 10
            }
            """).Job;
        Assert.Equal(("trial", 7L, 3, ModelKind.Softmax), (job.Name, job.Seed, job.Rounds, job.Model));
        Assert.Equal(new FedSgdOptions(0.25), job.Algorithm);
        Assert.Equal((0.5, SiteWeights.Samples, 100L, false), (job.L2, job.Weights, job.WeightCap, job.Standardise));
        Assert.Equal(new Actors.Protocol.Job.ParticipationRule(500_000, 1_300_000, 0, 600_000), job.Participation);
        Assert.Equal(9, job.MaxAttempts);
        Assert.Equal(
            new TimingOptions(TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(90), TimeSpan.FromMinutes(2), TimeSpan.Zero, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4)),
            job.Timing);
        Assert.Equal(new StoppingOptions(new ParameterChangeRule(0, 1e-6, 3), 0.01, new MetricRule("accuracy", 0.9), new LossChangeRule(0.001, 4)), job.Stop);
        Assert.Equal(GridOptions.For(RingWidth.Ring32, GridRounding.Nearest) with { TrainingBits = 20, TrainingFractionBits = 10, StatisticFractionBits = 24 }, job.Grid.Stated);
        Assert.Equal(2, job.RetainContributions);
        Assert.Equal(10, job.Data.Classes);
        Assert.Null(job.LearningPlan(["x"]).Check());
        Assert.Equal(new Actors.Protocol.Job.PlanTimings(TimeSpan.FromSeconds(90), TimeSpan.FromMinutes(2), TimeSpan.Zero, TimeSpan.FromMinutes(1)), job.Timing.Plan);
    }

    [Theory]
    [InlineData("step = adaptive, ring = 32", 16, 15)]      // A range of +-1 to begin with,
    [InlineData("step = adaptive, ring = 32, bits = 8", 8, 7)]
    [InlineData("step = adaptive, ring = 32, fraction-bits = 10", 16, 10)]
    [InlineData("step = adaptive", 48, 32)]                 // unless entries are so wide that it does not matter.
    [InlineData("step = adaptive, bits = 20", 20, 19)]
    public void Adaptive_steps_begin_where_they_are_told_or_at_a_range_of_one(string grid, int bits, int fraction)
    {
        GridOptions stated = ConfigFile.Load($"job.grid {{ {grid} }}").Job.Grid.Stated;
        Assert.Equal((StepRule.Adaptive, bits, fraction), (stated.Step, stated.TrainingBits, stated.TrainingFractionBits));
    }

    [Theory]
    [InlineData("", 999_999, false)]
    [InlineData("", 1_000_000, true)]
    [InlineData("rounding = nearest", 1_000_000, true)]
    [InlineData("ring = 64", 1_000_000, false)]
    [InlineData("step = fixed", 1_000_000, false)]
    [InlineData("bits = 40", 1_000_000, false)]
    public void Grid_left_open_is_narrow_and_adaptive_for_large_models(string grid, int parameters, bool isNarrow)
    {
        GridChoice choice = ConfigFile.Load($"job.grid {{ {grid} }}").Job.Grid;
        GridOptions expected = isNarrow ? GridOptions.For(RingWidth.Ring32, choice.Stated.Rounding, StepRule.Adaptive) : choice.Stated;
        Assert.Equal(expected, choice.For(parameters));
    }

    [Fact]
    public void Columns_are_read_with_their_policies()
    {
        DataOptions data = ConfigFile.Load("""
            job.data { target = use, default-type = null, default-missing = mean, columns = [
              { name = woman, type = ignore }
              { name = district, type = key }
              { name = use, type = integer }
              { name = livch, type = category, categories = [0, 1, "3+"] }
              { name = age, type = numeric }
              { name = urban, type = integer, missing = drop-row }
            ] }
            """).Job.Data;
        Assert.Null(data.DefaultType);
        Assert.Equal(["ignore", "key", "integer", "category", "numeric", "integer"], data.Columns.Select(static c => Kebab.From(c.Kind.ToString())));
        Assert.Equal(["0", "1", "3+"], data.Columns[3].Categories);
        Assert.Equal(MissingPolicy.Error, data.Columns[2].Missing); // the target cannot be filled in
        Assert.Equal(MissingPolicy.Mean, data.Columns[4].Missing);
        Assert.Equal(MissingPolicy.DropRow, data.Columns[5].Missing);
    }

    [Theory]
    [InlineData("job.model = logistic", 2)]
    [InlineData("job.model = linear", 0)]
    [InlineData("job { model = softmax, data.classes = 7 }", 7)]
    [InlineData("job { model = softmax, data.columns = [ { name = y, type = category, categories = [a, b, c] } ] }", 3)]
    public void Classes_follow_from_model_and_target(string additions, int expected)
    {
        FedConfig config = ConfigFile.Load(additions);
        Assert.Equal(expected, config.Schema.Classes);
        Assert.Null(config.Job.LearningPlan(["x"]).Check());
    }

    [Fact]
    public void A_column_that_divides_the_rows_is_a_key_without_being_listed()
    {
        FedConfig config = ConfigFile.Load("simulation.partition { from = column, sites = null, column = ward }");
        ColumnSpec key = Assert.Single(config.Schema.Columns);
        Assert.Equal(("ward", ColumnKind.Key), (key.Name, key.Kind));
    }

    [Fact]
    public void Settings_come_from_the_environment_where_the_file_says_so()
    {
        Assert.Equal(42, ConfigFile.Load("job.seed = ${?FED_SEED}", ("FED_SEED", "42")).Job.Seed);
        Assert.Equal(1, ConfigFile.Load("job.seed = ${?FED_SEED}").Job.Seed);
    }

    [Fact]
    public void A_bad_value_from_the_environment_names_the_variable()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("t.conf", ConfigFile.Valid + "job.seed = ${FED_SEED}");
        UserException error = Assert.ThrowsAny<UserException>(() => FedConfig.Load(file, static name => name == "FED_SEED" ? "x" : null));
        Assert.Equal("environment variable FED_SEED: expected an integer of at least 0 for job.seed, found 'x'", error.Message);
    }

    [Fact]
    public void A_users_file_may_be_called_reference_conf()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("reference.conf", ConfigFile.Valid + "job.fedavg { local-steps = 3, local-epochs = 1 }");
        Assert.Equal($"{file}:3:46: job.fedavg.local-epochs and local-steps are both set; keep one of them", Assert.ThrowsAny<UserException>(() => FedConfig.Load(file)).Message);
    }

    [Fact]
    public void Paths_are_relative_to_the_file_that_names_them()
    {
        using TemporaryFolder folder = new();
        folder.Write("base/base.conf", "simulation.data = ../data/x.csv");
        string file = folder.Write("conf/t.conf", "include \"../base/base.conf\"\njob.data.target = y\nsimulation.partition { from = file, file = p.csv, column = site }\nnode.data-dir = /srv/fed");
        FedConfig config = FedConfig.Load(file);
        Assert.Equal(Path.Combine(folder.Path, "data", "x.csv"), config.Simulation.DataFile);
        Assert.Equal(new PartitionSource.FromFile(Path.Combine(folder.Path, "conf", "p.csv"), "site"), config.Simulation.Partition);
        Assert.Equal("/srv/fed", config.Node.DataDirectory);
    }

    [Fact]
    public void A_quorum_is_checked_against_the_sites_once_they_are_known()
    {
        FedConfig config = ConfigFile.Load("job.quorum = 3, job.selection.fraction = 0.5, simulation.partition.sites = 6");
        config.CheckSites(6);
        string message = Assert.ThrowsAny<UserException>(() => config.CheckSites(4)).Message;
        Assert.EndsWith("t.conf:4:14: job.quorum = 3 can never be reached: a round needs 2 of 4 sites; lower the quorum or raise job.selection.fraction", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nowhere.conf", "the configuration file 'nowhere.conf' does not exist; check its path")]
    [InlineData(".", "'.' is a folder; name a configuration file such as hocon/quickstart.conf")]
    public void A_file_that_is_not_there_is_the_users_mistake(string file, string expected) =>
        Assert.Equal(expected, Assert.ThrowsAny<UserException>(() => FedConfig.Load(file)).Message);
}
