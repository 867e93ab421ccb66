using Fed.Host.Configuration;
using Fed.Learning.Algorithms.FedAvg;
using Fed.Learning.Data;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;
using Fed.Learning.Training;
using Xunit;

namespace Fed.Host.Tests.Configuration;

/// <summary>The configurations that come with the product are valid and ask for what their documentation says.</summary>
public sealed class ExampleConfigurationTests
{
    [Fact]
    public void Quickstart_is_five_hospitals_with_a_full_quorum()
    {
        FedConfig config = FedConfig.Load(Repository.File("hocon/quickstart.conf"));
        Assert.Equal(ModelKind.Logistic, config.Job.Model);
        Assert.Equal(Quorum.All, config.Job.Quorum);
        Assert.Equal(1.0 / 456, config.Job.L2);
        Assert.Equal(Vectors.RingWidth.Ring64, config.Job.Grid.Stated.Ring);
        Assert.Equal(32, config.Job.Grid.Stated.TrainingFractionBits);
        Assert.IsType<FedAvgOptions>(config.Job.Algorithm);
        DataTable table = TableReader.Read(config.Simulation.Source, config.Schema);
        Assert.Equal(30, table.Features.Length);
        Assert.Equal(5, Partitioner.Divide(table, config.Simulation.Partition, config.Job.Data.Classes, config.Simulation.SiteNames).Length);
    }

    [Fact]
    public void Digits_is_a_network_with_adam_at_ten_sites()
    {
        FedConfig config = FedConfig.Load(Repository.File("hocon/digits.conf"));
        NetworkOptions network = config.Job.Network!;
        Assert.Equal((ModelKind.Network, ModelTask.Classes, NetworkPrecision.Float32, 1.0 / 16, 7L), (config.Job.Model, network.Task, network.Precision, network.InputScale, network.Seed));
        Assert.Equal([64], Assert.IsType<MlpOptions>(network.Architecture).Hidden);
        Assert.Equal(OptimizerKind.Adam, config.Job.Optimizer!.Kind);
        DataTable table = TableReader.Read(config.Simulation.Source, config.Schema);
        Assert.Null(config.Job.LearningPlan(table.Features).Check());
        Assert.Equal(10, Partitioner.Divide(table, config.Simulation.Partition, config.Job.Data.Classes, config.Simulation.SiteNames).Length);
    }

    [Fact]
    public void Contraception_selects_a_fraction_with_a_quorum_below_all()
    {
        FedConfig config = FedConfig.Load(Repository.File("hocon/contraception.conf"));
        config.CheckSites(60);
        int target = config.Job.Participation.Target(60, everyone: false);
        Assert.Equal(30, target);
        Assert.Equal(18, config.Job.Participation.Quorum(target));
        Assert.Equal(new PartitionSource.FromColumn("district"), config.Simulation.Partition);
        Assert.Equal(6, config.Job.Data.Columns.Length);
        DataTable table = TableReader.Read(config.Simulation.Source, config.Schema);
        Assert.Equal(["livch=1", "livch=2", "livch=3+", "age", "urban"], table.Features);
        Assert.Equal(60, Partitioner.Divide(table, config.Simulation.Partition, config.Job.Data.Classes, config.Simulation.SiteNames).Length);
    }
}
