using System.Collections.Immutable;
using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>What the user got wrong, in configuration or data: exit code 2, one sentence, and nothing half-written.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void Missing_configuration_is_named() => RefusedBeforeTheStart(_workspace.PathOf("nosuch.conf"), "nosuch.conf", "does not exist", "check its path");

    [Fact]
    public void Missing_data_file_is_named() => RefusedBeforeTheStart(Conf("simulation.data = nosuch.csv"), "nosuch.csv", "does not exist", "check the path");

    [Fact]
    public void Wrong_target_column_is_named_with_those_that_exist() => RefusedBeforeTheStart(Conf("job.data.target = targett"), "no target column 'targett'", "mean_radius");

    [Fact]
    public void Wrong_partition_column_is_named_with_those_that_exist() => RefusedBeforeTheStart(Conf("simulation.partition.column = nosuch"), "no column 'nosuch'", "dirichlet_1");

    [Theory]
    [InlineData("abc", "is not a number")]
    [InlineData("NaN", "is not a finite number")]
    [InlineData("Infinity", "is not a finite number")]
    [InlineData("-1e999", "is not a finite number")]
    public void Cell_that_is_no_number_is_named_by_row_and_column(string cell, string said) =>
        RefusedBeforeTheStart(Conf(Data((row, cells) => cells[3] = row == 9 ? cell : cells[3])), "row 9, column 'mean_area'", $"'{cell}'", said, "correct it");

    [Fact]
    public void Row_with_too_few_cells_is_named()
    {
        string[] lines = Table.Lines();
        lines[10] = lines[10][..lines[10].LastIndexOf(',')];
        RefusedBeforeTheStart(Conf($"simulation.data = \"{_workspace.Write("short.csv", string.Join('\n', lines))}\""), "row 9", "30 fields where the header has 31");
    }

    [Fact]
    public void Site_without_training_rows_is_named() =>
        RefusedBeforeTheStart(Conf(PartitionWithAnEmptySite()), "site site-9 has no training rows", "simulation.site-missing = drop");

    [Fact]
    public void Site_without_training_rows_is_left_out_on_request()
    {
        FedResult run = _workspace.Fed("simulate", Conf(PartitionWithAnEmptySite(), "simulation.site-missing = drop")).Succeeded();
        Assert.Contains("warning: site site-9 has no training rows and is left out", run.Out, StringComparison.Ordinal);
        Assert.Equal(5, new Report(_workspace.Data).Root.GetProperty("sites").GetArrayLength());
    }

    [Fact]
    public void One_class_in_the_whole_federation_fails_the_job() =>
        FailsTheJob(Conf(Data(static (_, cells) => cells[^1] = "1")), "round 0", "are of class 1", "check the target column");

    [Fact]
    public void Constant_column_in_the_whole_federation_fails_the_job() =>
        FailsTheJob(Conf(Data(static (_, cells) => cells[4] = "0.5")), "round 0", "column 'mean_smoothness' is constant", "declare it as ignore");

    [Fact]
    public void One_class_and_a_constant_column_at_one_site_are_only_warnings()
    {
        ImmutableArray<string> sites = Table.Sites();
        FedResult run = _workspace.Fed("simulate", Conf(Data((row, cells) =>
        {
            if (sites[row] == "0") (cells[4], cells[^1]) = ("0.5", "1");
        }))).Succeeded();
        Assert.Contains("warning: site site-0 has training rows of class 1 only", run.Out, StringComparison.Ordinal);
        Assert.Contains("warning: site site-0 column 'mean_smoothness' is constant in the training rows", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("warning: site site-1", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("job.quorumm = all", "unknown key 'job.quorumm'", "did you mean 'quorum'?")]
    [InlineData("job.quorum = 9", "job.quorum = 9 can never be reached", "lower the quorum")]
    [InlineData("job.grid { ring = 32, bits = 40 }", "job.grid.bits", "from 2 to 31")]
    [InlineData("job.grid { ring = 32, bits = 31 }", "fit a ring of 32 bits only up to 29 bits", "or a wider ring")]
    [InlineData("job { model = linear, stop.metric { name = auc, at-least = 0.9 } }", "a linear model has no auc", "job.stop.metric")]
    [InlineData("job.stop.gradient-norm = 0.1", "job.stop.gradient-norm", "fedsgd")]
    [InlineData("job.protection = hidden", "job.protection", "plain")]
    [InlineData("simulation.partition.from = column", "simulation.partition")]
    [InlineData("job.rounds = 0", "job.rounds", "found '0'")]
    [InlineData("job { rounds = 3", ":")]
    public void Settings_that_cannot_be_are_refused_with_their_place(string setting, params string[] parts) => RefusedBeforeTheStart(Conf(setting), [".conf", .. parts]);

    [Fact]
    public void Data_folder_that_cannot_be_made_is_named()
    {
        string file = _workspace.Write("a-file", "");
        FedHere.Run("simulate", Repository.Quickstart, "--data", Path.Combine(file, "data")).Refused(1, "a-file");
    }

    [Theory]
    [InlineData("simulat", "unknown command 'simulat'", "simulate")]
    [InlineData("simulate", "expected FILE")]
    [InlineData("rounds replay three", "expected the number of a round", "'three'")]
    [InlineData("model export --format pickle --out x", "safetensors, json or onnx", "'pickle'")]
    [InlineData("jobs list --jsn", "unknown option '--jsn'", "--json")]
    public void Mistyped_command_is_refused(string command, params string[] parts) => FedHere.Run(command.Split(' ')).Refused(2, parts);

    [Theory]
    [InlineData("jobs list")]
    [InlineData("rounds list")]
    [InlineData("rounds replay 1")]
    [InlineData("audit verify")]
    [InlineData("model export --format json --out never.json")]
    public void Reading_from_a_folder_without_jobs_is_refused_and_creates_nothing(string command)
    {
        _workspace.Fed(command.Split(' ')).Refused(2, "holds no jobs", "--data");
        Assert.False(Directory.Exists(_workspace.Data));
    }

    private string Conf(params ReadOnlySpan<string> settings) => _workspace.Conf(Repository.Quickstart, ["job.rounds = 3", .. settings]);

    private void RefusedBeforeTheStart(string conf, params ReadOnlySpan<string> parts)
    {
        _workspace.Fed("simulate", conf).Refused(2, parts);
        Assert.True(_workspace.IsUntouched, "something was written");
    }

    /// <summary>Seen only in the sums of all sites: so there is a job, it has failed, and nobody waits for it.</summary>
    private void FailsTheJob(string conf, params ReadOnlySpan<string> parts)
    {
        _workspace.Fed("simulate", conf).Refused(2, ["job quickstart-1 failed", .. parts]);
        Assert.Equal("failed", _workspace.Fed("jobs", "list", "--json").Succeeded().Json().GetProperty("jobs")[0].GetProperty("status").GetString());
        Assert.False(File.Exists(Path.Combine(_workspace.Layout.Job("quickstart-1"), "report.json")));
        _workspace.Fed("simulate", conf, "--resume").Refused(2, "no unfinished job");
        Assert.Contains("all verified", _workspace.Fed("audit", "verify").Succeeded().Out, StringComparison.Ordinal);
    }

    /// <summary>A copy of the data in which each row is changed.</summary>
    /// <param name="change">Gets the row's number, from 0, and its cells.</param>
    /// <returns>The setting that names it.</returns>
    private string Data(Action<int, string[]> change)
    {
        string[] lines = Table.Lines();
        for (int i = 1; i < lines.Length; i++)
        {
            string[] cells = lines[i].Split(',');
            change(i - 1, cells);
            lines[i] = string.Join(',', cells);
        }

        return $"simulation.data = \"{_workspace.Write("changed.csv", string.Join('\n', lines))}\"";
    }

    /// <summary>Row 4 is a test row: a site that holds no other has nothing to train with.</summary>
    private string PartitionWithAnEmptySite()
    {
        string[] lines = File.ReadAllLines(Repository.PathOf("data/breast_cancer/partitions.csv"));
        lines[5] = lines[5][..lines[5].LastIndexOf(',')] + ",9";
        return $"simulation.partition.file = \"{_workspace.Write("partitions.csv", string.Join('\n', lines))}\"";
    }

    private static class Table
    {
        public static string[] Lines() => File.ReadAllLines(Repository.PathOf("data/breast_cancer/data.csv"));

        /// <summary>The site of each row.</summary>
        public static ImmutableArray<string> Sites() => [.. File.ReadLines(Repository.PathOf("data/breast_cancer/partitions.csv")).Skip(1).Select(static line => line[(line.LastIndexOf(',') + 1)..])];
    }
}
