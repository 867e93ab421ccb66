using System.Text.Json;
using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>The examples on images, sequences and text learn what their data sets' references say they can; long ones in a shortened form.</summary>
public sealed class ExampleDataTests
{
    // reference.json: a network of the same 9,098 parameters reaches 0.937 after one pass over all 5,000 images and 0.979 after six; these are three rounds of one pass.
    [Fact]
    public void Ten_sites_train_a_convolutional_network_on_digits()
    {
        using Workspace workspace = new();
        Report report = Run(workspace, "mnist6k", "job.rounds = 3", "job.fedavg.local-epochs = 1", "simulation.baselines = false");
        Assert.InRange(report.Number("final", "accuracy"), 0.92, 1);
        Assert.Equal(10, report.Root.GetProperty("sites").GetArrayLength());
    }

    // reference.json: 0.9545 for softmax regression on all rows.
    [Fact]
    public void Five_laboratories_tell_splice_sites_as_well_as_with_pooled_data()
    {
        using Workspace workspace = new();
        Report report = Run(workspace, "dna_splice", "simulation.baselines = false");
        Assert.InRange(report.Number("final", "accuracy"), 0.95, 1);
        Assert.InRange(report.Number("final", "loss"), 0, 0.2);
        Assert.Equal(637, report.Root.GetProperty("sites").EnumerateArray().Sum(static site => site.GetProperty("testSamples").GetInt32()));
    }

    // reference.json, bits per character: order-1 Markov model 3.391, order 2 2.699. Eight passes over every eighth place of the texts.
    [Fact]
    public void Six_libraries_predict_the_next_character_better_than_from_the_last_one_alone()
    {
        using Workspace workspace = new();
        Report report = Run(workspace, "austen", "job.rounds = 4", "job.fedavg.local-epochs = 2", "simulation.data.stride = 8", "simulation.baselines = false");
        Assert.InRange(report.Number("final", "loss") / Math.Log(2), 2, 3.391);
        Assert.Equal(["emma", "mansfieldpark", "northangerabbey", "persuasion", "prideprejudice", "sensesensibility"], report.Root.GetProperty("sites").EnumerateArray().Select(static site => site.GetProperty("name").GetString()!));
    }

    [Fact]
    public void Data_report_shows_what_the_sites_would_read_and_writes_nothing()
    {
        using Workspace workspace = new();
        JsonElement report = workspace.Fed("data", "report", Repository.Quickstart, "--json").Succeeded().Json();
        JsonElement[] sites = [.. report.GetProperty("sites").EnumerateArray()];
        Assert.Equal(["site-0", "site-1", "site-2", "site-3", "site-4"], sites.Select(static site => site.GetProperty("site").GetString()!));
        Assert.Equal((456, 113), (sites.Sum(static site => site.GetProperty("train").GetInt32()), sites.Sum(static site => site.GetProperty("test").GetInt32())));
        Assert.All(sites, static site => Assert.Equal(site.GetProperty("train").GetInt32(), site.GetProperty("classes").GetProperty("0").GetInt32() + site.GetProperty("classes").GetProperty("1").GetInt32()));
        Assert.All(sites, static site => Assert.Equal(30, site.GetProperty("columns").GetArrayLength()));
        string text = workspace.Fed("data", "report", Repository.Quickstart).Succeeded().Out;
        Assert.Contains("mean_radius", text, StringComparison.Ordinal);
        Assert.Contains($"schema {report.GetProperty("schemaSha256").GetString()}", text, StringComparison.Ordinal);
        Assert.True(workspace.IsUntouched);
    }

    private static Report Run(Workspace workspace, string name, params string[] settings)
    {
        workspace.Fed("simulate", workspace.Conf(Repository.PathOf($"hocon/{name}.conf"), settings)).Succeeded();
        return new Report(workspace.Data, $"{name.Replace('_', '-')}-1");
    }
}
