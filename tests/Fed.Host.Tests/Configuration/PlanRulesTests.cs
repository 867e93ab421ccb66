using Fed.Host.Configuration;
using Xunit;

namespace Fed.Host.Tests.Configuration;

public sealed class PlanRulesTests
{
    [Theory]
    [InlineData(nameof(AlgorithmChoice.Cyclic), "secagg", "a round's sum is one site's vector")]
    [InlineData(nameof(AlgorithmChoice.Cyclic), "ckks", "job.protection = ckks cannot hold with job.algorithm = cyclic")]
    [InlineData(nameof(AlgorithmChoice.Pooled), "secagg", "job.protection = secagg has nothing to protect with job.algorithm = pooled: no federation happens")]
    [InlineData(nameof(AlgorithmChoice.LocalOnly), "ckks", "job.algorithm = local-only: no federation happens")]
    public void Runs_without_a_sum_of_sites_are_refused_under_protection(string algorithm, string protection, string part) =>
        Assert.Contains(part, PlanRules.ProtectionRefusal(Enum.Parse<AlgorithmChoice>(algorithm), protection), StringComparison.Ordinal);

    [Theory]
    [InlineData(nameof(AlgorithmChoice.Cyclic), "plain")]
    [InlineData(nameof(AlgorithmChoice.Pooled), "plain")]
    [InlineData(nameof(AlgorithmChoice.Fedavg), "secagg")]
    [InlineData(nameof(AlgorithmChoice.Scaffold), "ckks")]
    public void Everything_else_may_be(string algorithm, string protection) => Assert.Null(PlanRules.ProtectionRefusal(Enum.Parse<AlgorithmChoice>(algorithm), protection));

    [Fact]
    public void Cyclic_plans_say_so_and_others_do_not()
    {
        Assert.True(ConfigFile.Load("job.algorithm = cyclic").Job.Participation.IsCyclic);
        Assert.False(ConfigFile.Load("").Job.Participation.IsCyclic);
    }
}
