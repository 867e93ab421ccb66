using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>The commands of the README on the job of the README.</summary>
public sealed class MainCommandTests(FinishedRuns finished)
{
    private const int Rounds = 30;

    private readonly string _data = finished.Quickstart;

    private FedResult Fed(params ReadOnlySpan<string> arguments) => FedHere.Run([.. arguments, "--data", _data]);

    private FedResult Program(params ReadOnlySpan<string> arguments) => FedProcess.Run([.. arguments, "--data", _data]);

    [Fact]
    public void Quickstart_reports_every_round_and_comes_close_to_the_pooled_baseline()
    {
        Report report = new(_data);
        Assert.Equal(Enumerable.Range(1, Rounds), report.Root.GetProperty("rounds").EnumerateArray().Select(static round => round.GetProperty("round").GetInt32()));
        Assert.All(report.Root.GetProperty("rounds").EnumerateArray(), static round =>
        {
            Assert.Matches("^[0-9a-f]{64}$", round.GetProperty("modelSha256").GetString());
            Assert.True(round.GetProperty("loss").GetDouble() > 0);
            Assert.Equal(5, round.GetProperty("contributors").GetArrayLength());
        });
        Assert.Equal(report.RoundSha256[^1], report.FinalSha256);
        Assert.InRange(report.Number("final", "accuracy") - report.Number("baselines.pooled", "accuracy"), -0.01, 0.01);
        Assert.InRange(report.Number("final", "auc") - report.Number("baselines.pooled", "auc"), -0.005, 0.005);
        Assert.True(report.Number("final", "loss") < report.Root.GetProperty("rounds")[0].GetProperty("loss").GetDouble());
        Assert.True(report.Root.GetProperty("elapsedSeconds").GetDouble() > 0);

        JsonElement alone = report.Root.GetProperty("baselines").GetProperty("alone");
        Assert.Equal(["site-0", "site-1", "site-2", "site-3", "site-4"], alone.EnumerateArray().Select(static site => site.GetProperty("site").GetString()!));
        Assert.All(alone.EnumerateArray(), static site =>
        {
            Assert.InRange(site.GetProperty("accuracy").GetDouble(), 0.5, 1);
            Assert.InRange(site.GetProperty("auc").GetDouble(), 0.5, 1);
            Assert.True(site.GetProperty("loss").GetDouble() > 0);
        });
    }

    [Fact]
    public void Html_report_is_well_formed_and_needs_nothing_from_outside()
    {
        string text = File.ReadAllText(Path.Combine(_data, "jobs", "quickstart-1", "report.html"));
        var page = XDocument.Parse(text);
        Assert.All(
            page.Descendants().Attributes().Where(static a => a.Name.LocalName is "src" or "href" or "action" or "data"),
            static a => Assert.StartsWith("#", a.Value, StringComparison.Ordinal));
        Assert.DoesNotContain(page.Descendants(), static e => e.Name.LocalName is "script" or "link" or "iframe" or "object" or "img");
        Assert.DoesNotMatch("(?i)url\\(|@import", text);
        Assert.Contains(page.Descendants(), static e => e.Name.LocalName == "svg");
        Assert.Contains(new Report(_data).FinalSha256[..12], text, StringComparison.Ordinal);
    }

    [Fact]
    public void Model_file_holds_the_parameters_whose_hash_is_journaled()
    {
        var model = ModelParameters.Read(Path.Combine(_data, "jobs", "quickstart-1", "model.safetensors"));
        string expected = new Report(_data).FinalSha256;
        Assert.Equal(expected, model.Sha256);
        Assert.Equal(expected, model.ClaimedSha256);
        Assert.Equal(31, model.Values.Length);   // 30 coefficients and the intercept
    }

    [Fact]
    public void Exported_model_is_the_same_in_both_formats()
    {
        using Workspace workspace = new();
        string tensors = workspace.PathOf("model.safetensors"), json = workspace.PathOf("model.json");
        Fed("model", "export", "--format", "safetensors", "--out", tensors).Succeeded();
        Fed("model", "export", "--format", "json", "--out", json).Succeeded();
        var model = ModelParameters.Read(tensors);
        Assert.Equal(new Report(_data).FinalSha256, model.Sha256);

        using var document = JsonDocument.Parse(File.ReadAllText(json));
        JsonElement[] numbers = [.. Tensor(document.RootElement, "coefficients"), .. Tensor(document.RootElement, "intercept")];
        Assert.Equal(model.Values, numbers.Select(static n => n.GetDouble()));
    }

    [Fact]
    public void Rounds_list_has_every_round_with_its_model()
    {
        JsonElement rounds = Fed("rounds", "list", "--json").Succeeded().Json().GetProperty("rounds");
        Assert.Equal(new Report(_data).RoundSha256, rounds.EnumerateArray().Select(static round => round.GetProperty("model").GetString()!));
        Assert.All(rounds.EnumerateArray(), static round => Assert.Equal("committed", round.GetProperty("status").GetString()));
        Assert.Equal(Rounds + 1, Fed("rounds", "list").Succeeded().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void Rounds_show_tells_how_a_round_came_about()
    {
        string[] events = [.. Fed("rounds", "show", "3", "--json").Succeeded().Json().GetProperty("events").EnumerateArray().Select(static e => e.GetProperty("event").GetString()!)];
        Assert.Equal(["planned", "attempt started", "collecting", "sealed", "opened", "applied"], events[..6]);
        Assert.Single(events, static e => e == "committed");
        Assert.Equal(5, events.Count(static e => e == "settled"));
        Assert.Equal(10, events.Count(static e => e == "update accepted"));   // training and evaluation of five sites
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(Rounds)]
    public void Replayed_round_is_bit_identical(int round) =>
        Assert.EndsWith($"round {round}: bit-identical", Fed("rounds", "replay", $"{round}").Succeeded().Out, StringComparison.Ordinal);

    [Fact]
    public void Replay_of_a_round_that_never_was_is_refused() => Fed("rounds", "replay", "31").Refused(2, "no committed round 31", "rounds up to 30");

    [Fact]
    public void Audit_of_a_finished_job_verifies_all() => Assert.Contains("all verified", Program("audit", "verify").Succeeded().Out, StringComparison.Ordinal);

    [Fact]
    public void Jobs_list_names_the_job_and_its_model()
    {
        JsonElement job = Assert.Single(Fed("jobs", "list", "--json").Succeeded().Json().GetProperty("jobs").EnumerateArray());
        Assert.Equal("quickstart-1", job.GetProperty("job").GetString());
        Assert.Equal("completed", job.GetProperty("status").GetString());
        Assert.Equal(new Report(_data).FinalSha256, job.GetProperty("model").GetString());
    }

    [Fact]
    public void Unknown_job_is_refused_with_those_that_exist() => Fed("rounds", "list", "--job", "nosuch-7").Refused(2, "no job 'nosuch-7'", "quickstart-1");

    [Fact]
    public void Version_is_printed() => Assert.Matches("^fed [0-9]+\\.[0-9]+\\.[0-9]+$", Program("version").Succeeded().Out);

    [Theory]
    [InlineData("version")]
    [InlineData("jobs list")]
    [InlineData("rounds list")]
    [InlineData("rounds show 2")]
    [InlineData("rounds replay 2")]
    [InlineData("audit verify")]
    [InlineData("config check hocon/quickstart.conf")]
    public void Output_for_programs_is_one_json_document(string command)
    {
        FedResult result = Fed([.. command.Split(' '), "--json"]).Succeeded();
        Assert.Equal(JsonValueKind.Object, result.Json().ValueKind);
        Assert.Empty(result.Error);
    }

    [Fact]
    public void Error_for_programs_is_one_json_document()
    {
        FedResult result = Program("rounds", "replay", "99", "--json");
        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Out);
        using var document = JsonDocument.Parse(result.Error);
        Assert.Equal(2, document.RootElement.GetProperty("error").GetProperty("exitCode").GetInt32());
    }

    [Fact]
    public void Run_in_a_pipe_prints_a_line_per_round_and_no_escape_codes()
    {
        string text = finished.QuickstartResult.Out;
        Assert.DoesNotContain('\e', text);
        Assert.DoesNotContain('\r', text);
        Assert.Equal(Rounds, Regex.Count(text, "^round [0-9]+/30: loss ", RegexOptions.Multiline));
        Assert.Contains(new Report(_data).FinalSha256, text, StringComparison.Ordinal);
        Assert.Contains("all data pooled", text, StringComparison.Ordinal);
        Assert.Empty(finished.QuickstartResult.Error);
    }

    private static IEnumerable<JsonElement> Tensor(JsonElement model, string name)
    {
        JsonElement tensor = model.GetProperty("tensors").GetProperty(name);
        return tensor.GetProperty("values").EnumerateArray();
    }
}
