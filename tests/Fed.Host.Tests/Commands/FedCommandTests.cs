using System.Text.Json;
using Fed.Host.Commands;
using Fed.Host.Tests.Configuration;
using Xunit;

namespace Fed.Host.Tests.Commands;

/// <summary>The program as its user meets it: arguments in, text and exit code out.</summary>
public sealed class FedCommandTests
{
    [Theory]
    [InlineData("")]
    public void Without_arguments_help_is_printed_and_the_exit_code_is_2(string line)
    {
        (int code, string output, string error) = Fed(line);
        Assert.Equal(2, code);
        Assert.Contains("Usage:\n  fed [command] [options]", output, StringComparison.Ordinal);
        Assert.Empty(error);
    }

    [Theory]
    [InlineData("simulte x", "fed: unknown command 'simulte'; did you mean 'simulate'; see 'fed --help'")]
    [InlineData("frobnicate", "fed: unknown command 'frobnicate'; see 'fed --help'")]
    [InlineData("rounds", "fed: expected one of the commands list, metrics, show, replay; see 'fed rounds --help'")]
    [InlineData("rounds lst", "fed: unknown command 'lst'; did you mean 'list'; see 'fed rounds --help'")]
    [InlineData("simulate", "fed: expected FILE after 'fed simulate'; see 'fed simulate --help'")]
    [InlineData("simulate x.conf --resum", "fed: unknown option '--resum'; did you mean '--resume'; see 'fed simulate --help'")]
    [InlineData("jobs list extra", "fed: unknown argument 'extra'; see 'fed jobs list --help'")]
    [InlineData("jobs list --data", "fed: expected DIR after --data; see 'fed jobs list --help'")]
    [InlineData("rounds show", "fed: expected N after 'fed rounds show'; see 'fed rounds show --help'")]
    [InlineData("rounds show three", "fed: expected the number of a round, from 0, found 'three'; 'fed rounds list' shows them")]
    [InlineData("cluster up --sites 5 --tls maybe", "fed: expected --tls on or off, found 'maybe'")]
    [InlineData("cluster up --sites x", "fed: expected --sites from 1 to 1000, found 'x'")]
    [InlineData("cluster up --sites 0", "fed: expected --sites from 1 to 1000, found '0'")]
    [InlineData("jobs pause a/b", "fed: no job can be called 'a/b'; './fed jobs list' tells which there are")]
    [InlineData("audit verify --receipts .", "fed: the export '.' is a folder; name the files in it, each written by './fed audit export JOB --site DIR --json' at a site")]
    [InlineData("rounds replay 0", "fed: expected the number of a round, from 1, found '0'; 'fed rounds list' shows them")]
    [InlineData("model export --format json", "fed: expected the option --out FILE; see 'fed model export --help'")]
    [InlineData("model export --format pickle --out m", "fed: expected --format safetensors, json or onnx, found 'pickle'")]
    [InlineData("config check nowhere.conf", "fed: the configuration file 'nowhere.conf' does not exist; check its path")]
    public void A_mistake_on_the_command_line_is_one_sentence_with_exit_code_2(string line, string expected)
    {
        (int code, string output, string error) = Fed(line);
        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Equal(expected + "\n", error);
    }

    [Fact]
    public void A_cluster_s_folder_that_cannot_be_made_is_named_before_anything_is_started()
    {
        string file = Repository.File("hocon/quickstart.conf");
        (int code, _, string error) = Fed($"cluster up --sites 5 --from {file} --data {file}/data");
        Assert.Equal(2, code);
        Assert.Contains("/data/cluster' cannot be made; name another one with --data\n", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("jobs list --nonsense --json", "unknown option '--nonsense'; see 'fed jobs list --help'")]
    [InlineData("config check nowhere.conf --json", "the configuration file 'nowhere.conf' does not exist; check its path")]
    public void With_json_errors_are_json_too(string line, string expected)
    {
        (int code, string output, string error) = Fed(line);
        Assert.Empty(output);
        JsonElement report = JsonDocument.Parse(error).RootElement.GetProperty("error");
        Assert.Equal(expected, report.GetProperty("message").GetString());
        Assert.Equal(code, report.GetProperty("exitCode").GetInt32());
        Assert.Equal(2, code);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("simulate --help")]
    [InlineData("jobs --help")]
    [InlineData("jobs list --help")]
    [InlineData("rounds --help")]
    [InlineData("rounds list --help")]
    [InlineData("rounds metrics --help")]
    [InlineData("rounds show --help")]
    [InlineData("rounds replay --help")]
    [InlineData("audit verify --help")]
    [InlineData("audit export --help")]
    [InlineData("doctor --help")]
    [InlineData("federation --help")]
    [InlineData("federation create --help")]
    [InlineData("federation nodes --help")]
    [InlineData("federation broker --help")]
    [InlineData("federation server --help")]
    [InlineData("federation database --help")]
    [InlineData("site --help")]
    [InlineData("site pending --help")]
    [InlineData("site approve --help")]
    [InlineData("site refuse --help")]
    [InlineData("enroll --help")]
    [InlineData("enroll request --help")]
    [InlineData("enroll approve --help")]
    [InlineData("enroll import --help")]
    [InlineData("enroll revoke --help")]
    [InlineData("model export --help")]
    [InlineData("config check --help")]
    [InlineData("crypto --help")]
    [InlineData("crypto check --help")]
    [InlineData("version --help")]
    public void Every_help_text_ends_with_an_example_that_parses_and_names_the_shared_options(string line)
    {
        (int code, string output, _) = Fed(line);
        Assert.Equal(0, code);
        foreach (string option in (string[])["--data", "--json", "--verbose"]) Assert.Contains(option, output, StringComparison.Ordinal);
        string example = output.TrimEnd().Split('\n')[^1].Trim();
        Assert.StartsWith("./fed ", example, StringComparison.Ordinal);
        (_, _, string error) = Fed(example["./fed ".Length..] + " --data /nonexistent/fed-data --unheard-of");
        Assert.StartsWith("fed: unknown option '--unheard-of'", error, StringComparison.Ordinal); // nothing else is wrong with it
    }

    [Theory]
    [InlineData("version")]
    [InlineData("--version")]
    public void Version_is_printed(string line) => Assert.Equal((0, $"fed {VersionCommand.Number}\n", ""), Fed(line));

    [Fact]
    public void Version_is_available_as_json()
    {
        (int code, string output, _) = Fed("version --json");
        Assert.Equal(0, code);
        Assert.Equal(VersionCommand.Number, JsonDocument.Parse(output).RootElement.GetProperty("version").GetString());
    }

    [Fact]
    public void Config_check_prints_ok_and_the_plan()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("t.conf", ConfigFile.Valid + "job { name = trial, quorum = 75%, fedavg.local-steps = 1 }, simulation.workers = 2");
        (int code, string output, string error) = Fed($"config check {file}");
        Assert.Equal(0, code);
        Assert.Empty(error);
        Assert.Equal(
            """
            FOLDER/t.conf: ok

              job          trial, seed 1, at most 20 rounds
              model        logistic, l2 0, standardised, weights by samples
              algorithm    fedavg, 1 local step on all rows, learning rate 0.1, server 1
              sites        4, rows dealt out evenly (seed 1)
              rounds       all sites, quorum 75%, up to 3 attempts
              deadlines    round 10m, plan 5m, opening 10m
              stops early  never
              grid         ring 64, 48 bits, step 2^-32, stochastic rounding; statistics 2^-56; from 1000000 parameters on ring 32, 16 bits, adaptive steps
              protection   plain, contributions kept: all rounds
              data         FOLDER/x.csv, target y
              test rows    row i with i mod 5 = 4
              threads      2

            """,
            output.Replace(folder.Path, "FOLDER", StringComparison.Ordinal));
    }

    [Fact]
    public void Config_check_prints_every_setting_as_json()
    {
        using TemporaryFolder folder = new();
        (int code, string output, _) = Fed($"config check {folder.Write("t.conf", ConfigFile.Valid)} --json");
        Assert.Equal(0, code);
        JsonElement root = JsonDocument.Parse(output).RootElement;
        Assert.True(root.GetProperty("ok").GetBoolean());
        JsonElement job = root.GetProperty("config").GetProperty("job");
        Assert.Equal("y", job.GetProperty("data").GetProperty("target").GetString());
        Assert.Equal("10m", job.GetProperty("timing").GetProperty("round-deadline").GetString());
        Assert.Equal(JsonValueKind.Null, job.GetProperty("weight-cap").ValueKind);
    }

    [Fact]
    public void A_typo_in_a_configuration_ends_with_exit_code_2_and_no_stack_trace()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("t.conf", ConfigFile.Valid + "job.qourum = 3");
        (int code, _, string error) = Fed($"config check {file}");
        Assert.Equal(2, code);
        Assert.Equal($"fed: {file}:3:14: unknown key 'job.qourum'; did you mean 'quorum'?\n", error);
    }

    [Fact]
    public void Arguments_that_start_with_an_at_sign_are_no_response_files() =>
        Assert.Equal((2, "", "fed: the configuration file '@x' does not exist; check its path\n"), Fed("config check @x"));

    private static (int Code, string Output, string Error) Fed(string line)
    {
        StringWriter output = new() { NewLine = "\n" };
        StringWriter error = new() { NewLine = "\n" };
        int code = FedCommand.Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), output, error);
        return (code, output.ToString().ReplaceLineEndings("\n"), error.ToString());
    }
}
