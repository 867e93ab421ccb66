using System.Collections.Immutable;
using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>The same plan but for its protection: every round's model is the same to the bit, whatever the algorithm, the grid, the model and the figures, and again with other cryptographic randomness.</summary>
public sealed class ProtectedPlansTests
{
    private static readonly Lazy<ImmutableArray<string>> OneRound = new(static () => RunHere.Hashes(Repository.Quickstart, "job.rounds = 1"));

    /// <summary>What is kept at the server or at sites from round to round, a grid of 16 bits whose steps adapt, several sums a round, standardisation and blocks, survival.</summary>
    [Theory]
    [InlineData("hocon/quickstart.conf", "job { algorithm = fedavgm, fedavgm { local-steps = 5, learning-rate = 0.1 } }")]
    [InlineData("hocon/quickstart.conf", "job { algorithm = fedadam, fedadam { local-steps = 5, learning-rate = 0.1 } }")]
    [InlineData("hocon/scaffold.conf", "job.grid { ring = 32, step = adaptive }")]
    [InlineData("hocon/breast_cancer.conf", "job.class-figures.cohort = block")]
    [InlineData("hocon/digits.conf", "job { model { hidden = [6] }, fedavg { local-epochs = 1 }, grid { ring = 32, step = adaptive } }, simulation.partition { from = iid, sites = 4, file = null, column = null }")]
    [InlineData("hocon/lung.conf", "simulation.partition { from = iid, sites = 7, column = null }")]
    public void Every_rounds_model_is_that_of_the_plain_run(string plan, string change)
    {
        string path = Repository.PathOf(plan);
        ImmutableArray<string> plain = RunHere.Hashes(path, "job.rounds = 2", change);
        Assert.Equal(2, plain.Distinct().Count());
        Assert.Equal(plain, RunHere.Hashes(path, "job.rounds = 2", change, "job.protection = secagg"));
        Assert.Equal(plain, RunHere.Hashes(path, "job.rounds = 2", change, "job.protection = ckks"));
    }

    /// <summary>Keys, masks, shares and encryptions are drawn anew by the operating system in each run; each level of verification sends other messages.</summary>
    [Theory]
    [InlineData("job.protection = secagg")]
    [InlineData("job.protection = secagg", "job.aggregators = 2")]
    [InlineData("job.protection { mode = ckks, verification = fingerprint }")]
    [InlineData("job.protection { mode = ckks, colluding = 1, verification = assigned }")]
    [InlineData("job.protection { mode = ckks, verification = full }")]
    [InlineData("job.protection { mode = ckks, verification = assigned }", "job.aggregators = 3")]
    public void Two_runs_with_other_cryptographic_randomness_are_the_plain_run_twice(params string[] settings)
    {
        Assert.Equal(OneRound.Value, RunHere.Hashes(Repository.Quickstart, ["job.rounds = 1", .. settings]));
        Assert.Equal(OneRound.Value, RunHere.Hashes(Repository.Quickstart, ["job.rounds = 1", .. settings]));
    }
}
