using Fed.Host.Configuration;
using Xunit;

namespace Fed.Host.Tests.Configuration;

/// <summary>The configurations that come with the product are valid and ask for what their documentation says.</summary>
public sealed class ExampleConfigurationTests
{
    [Fact]
    public void Quickstart_is_five_hospitals_with_a_full_quorum()
    {
        FedConfig config = FedConfig.Load(Repository.File("hocon/quickstart.conf"));
        Assert.Equal(ModelChoice.Logistic, config.Job.Model);
        Assert.Equal(Quorum.All, config.Job.Quorum);
        Assert.Equal(1.0 / 456, config.Job.L2);
        Assert.Equal(Vectors.RingWidth.Ring64, config.Job.Grid.Ring);
        Assert.Equal(32, config.Job.Grid.FractionBits);
        Assert.IsType<AlgorithmOptions.FedAvg>(config.Job.Algorithm);
        Assert.Equal(new PartitionOptions.FromFile(Repository.File("data/breast_cancer/partitions.csv"), "dirichlet_1"), config.Simulation.Partition);
    }

    [Fact]
    public void Contraception_selects_a_fraction_with_a_quorum_below_all()
    {
        FedConfig config = FedConfig.Load(Repository.File("hocon/contraception.conf"));
        config.CheckSites(60);
        int target = config.Job.Participation.Target(60, everyone: false);
        Assert.Equal(30, target);
        Assert.Equal(18, config.Job.Participation.Quorum(target));
        Assert.Equal(new PartitionOptions.FromColumn("district"), config.Simulation.Partition);
        Assert.Equal(6, config.Job.Data.Columns.Length);
        Assert.Equal(Repository.File("examples/data/contraception/data.csv"), config.Simulation.DataFile);
    }
}
