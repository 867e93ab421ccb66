using Fed.Host.Configuration;
using Fed.Host.Configuration.Hocon;
using Xunit;

namespace Fed.Host.Tests.Configuration;

/// <summary>The compare block: what is read, what is merged, and what is refused word for word.</summary>
public sealed class CompareBinderTests
{
    [Theory]
    [InlineData("seeds = []", "t.conf:4:19: compare.seeds is empty; name at least one seed")]
    [InlineData("seeds = [1, 2, 1]", "t.conf:4:19: compare.seeds lists a number twice; each stands once")]
    [InlineData("seeds = [-1]", "t.conf:4:20: expected compare.seeds to hold integers of at least 0, found '-1'")]
    [InlineData("target-accuracy = 1.5", "t.conf:4:29: expected compare.target-accuracy to be at most 1, since no accuracy is above it")]
    [InlineData("target-accuracy = 0", "t.conf:4:29: expected a number above 0 for compare.target-accuracy, found '0'")]
    [InlineData("seds = [1]", "t.conf:4:18: unknown key 'compare.seds'; did you mean 'seeds'?")]
    [InlineData("runs = [ { name = a }, { name = A } ]", "t.conf:4:43: the run 'A' is listed twice in compare.runs; names differ in more than case")]
    [InlineData("runs = [ { name = a, jbo { seed = 3 } } ]", "t.conf:4:36: unknown key 'compare.runs[0].jbo'; did you mean 'job'?")]
    [InlineData("runs = [ { name = \"../a\" } ]", "t.conf:4:29: expected a run's name of 1 to 40 letters, digits, '.', '-' and '_', found '../a'")]
    [InlineData("runs = [ { job { seed = 3 } } ]", "t.conf:4:20: expected a text for compare.runs[0].name, found nothing")]
    [InlineData("runs = [ { name = a, job = 3 } ]", "t.conf:4:38: expected an object in braces for compare.runs[0].job, found '3'")]
    [InlineData("runs = [ { name = a, tune { fedavg { learning-rate = 0.1 } } } ]", "t.conf:4:64: expected a list of values to try for job.fedavg.learning-rate, found '0.1'")]
    [InlineData("runs = [ { name = a, tune { fedavg.learning-rate = [] } } ]", "t.conf:4:62: expected a list of values to try for job.fedavg.learning-rate, found an empty list")]
    [InlineData("runs = [ { name = a, job { seed = 3 } } ]", "t.conf:4:45: the run 'a' has a seed of its own, which would not be used: every run is made with each of compare.seeds, and tried with compare.tune.seed; remove it")]
    [InlineData("runs = [ { name = a, tune { seed = [3, 4] } } ]", "t.conf:4:46: the run 'a' has a seed of its own, which would not be used: every run is made with each of compare.seeds, and tried with compare.tune.seed; remove it")]
    [InlineData("tune.budget = 3, runs = [ { name = a, tune { fedavg { learning-rate = [1, 2], local-steps = [1, 2] } } } ]", "t.conf:4:54: the run 'a' would try 4 combinations, and compare.tune.budget is 3 for every run; list fewer values")]
    public void A_compare_block_that_makes_no_sense(string block, string expected) => Assert.Equal(expected, ConfigFile.Error($"compare {{ {block} }}"));

    [Fact]
    public void A_target_accuracy_needs_classes() =>
        Assert.Contains("compare.target-accuracy has no use with a model that predicts no classes", ConfigFile.Error("job.model = linear\ncompare.target-accuracy = 0.9"), StringComparison.Ordinal);

    [Fact]
    public void Without_a_compare_block_there_are_no_runs() => Assert.Empty(ConfigFile.Load("").Compare.Entries);

    [Fact]
    public void Every_combination_is_tried_the_last_setting_varying_first()
    {
        CompareEntry entry = Assert.Single(ConfigFile.Load("compare.runs = [ { name = a, tune { fedprox { learning-rate = [0.1, 0.3], mu = [1, 2] } } } ]").Compare.Entries);
        Assert.Equal(
            ["0.1 1", "0.1 2", "0.3 1", "0.3 2"],
            entry.Combinations.Select(static combination => string.Join(' ', combination.Select(static setting => ((HoconScalar)setting.Value).Text))));
        Assert.Equal(["job.fedprox.learning-rate", "job.fedprox.mu"], entry.Combinations[0].Select(static setting => setting.Path));
    }

    [Fact]
    public void Overrides_are_merged_as_later_definitions_that_substitutions_of_the_file_see()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("t.conf", $"{ConfigFile.Valid}\njob {{ fedavg {{ learning-rate = 0.2, local-epochs = 3 }}, fedprox.learning-rate = ${{job.fedavg.learning-rate}} }}");
        HoconObject over = Host.Configuration.Hocon.Hocon.Parse("job { algorithm = fedprox, fedavg.learning-rate = 0.7 }", "run");
        JobOptions job = FedConfig.Load(file, static _ => null, over).Job;
        Assert.Equal("fedprox", job.AlgorithmName);
        Assert.Equal(0.7, job.Algorithm.LocalLearningRate);
        Assert.Equal(0.2, FedConfig.Load(file, static _ => null).Job.Algorithm.LocalLearningRate);
    }

    [Fact]
    public void A_wrong_override_is_refused_where_it_stands()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("t.conf", ConfigFile.Valid);
        HoconObject over = Host.Configuration.Hocon.Hocon.Parse("job { fedprox.muu = 3 }", "run.conf");
        Assert.Equal("run.conf:1:21: unknown key 'job.fedprox.muu'; did you mean 'mu'?", Assert.Throws<HoconException>(() => FedConfig.Load(file, static _ => null, over)).Message);
    }
}
