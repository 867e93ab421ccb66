using System.Globalization;
using System.Text.Json;
using Fed.Crypto.SelfTest;
using Fed.Host.Commands;
using Fed.Host.Crypto;
using Fed.Host.Tests.Configuration;
using Xunit;

namespace Fed.Host.Tests.Crypto;

/// <summary><c>fed crypto check</c>, and the page that quotes it.</summary>
public sealed class CryptoCheckTests
{
    [Fact]
    public void Every_check_passes_and_each_profile_shows_its_inequality()
    {
        (int code, string output) = Fed("crypto check");
        Assert.Equal(0, code);
        Assert.DoesNotContain("FAILED", output, StringComparison.Ordinal);
        Assert.Contains("  ok      key pair from a fixed seed: SEAL\n", output, StringComparison.Ordinal);
        Assert.Contains("silo-threshold  8192  4 x 49 bits     196    202  128-bit quantum  collective, opened by shares\n", output, StringComparison.Ordinal);
        Assert.Contains("smudging: sigma_f = sqrt(12 tau) 2^(s/2) t = 2^43.12", output, StringComparison.Ordinal);
        Assert.Contains("capacity: 2 (Delta M + B) = 2^183.0000 is below Q = 2^196.0000 by 2^195.9998, M = 6 fields of 22 bits, |sum| <= 2097088\n", output, StringComparison.Ordinal);
        Assert.EndsWith("checks passed\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_is_one_json_document()
    {
        (int code, string output) = Fed("crypto check --json");
        Assert.Equal(0, code);
        JsonElement root = JsonDocument.Parse(output).RootElement;
        Assert.True(root.GetProperty("ok").GetBoolean());
        Assert.All(root.GetProperty("checks").EnumerateArray(), static check => Assert.True(check.GetProperty("ok").GetBoolean()));
        JsonElement silo = root.GetProperty("profiles").EnumerateArray().Single(static p => p.GetProperty("name").GetString() == "silo-threshold");
        Assert.Equal((8192, 4, 196), (silo.GetProperty("n").GetInt32(), silo.GetProperty("primes").GetArrayLength(), silo.GetProperty("modulusBits").GetInt32()));
        JsonElement row = silo.GetProperty("capacity").EnumerateArray().Single(static r => r.GetProperty("summands").GetInt32() == 64 && r.GetProperty("gridBits").GetInt32() == 16);
        Assert.Equal((22, 6, 51), (row.GetProperty("fieldBits").GetInt32(), row.GetProperty("fields").GetInt32(), row.GetProperty("delta").GetInt32()));
        Assert.InRange(row.GetProperty("bytesPerValue").GetDouble(), 4.0, 4.2);
        Assert.InRange(row.GetProperty("shareBytesPerValue").GetDouble(), 4.0, 4.2);
        Assert.Contains("Delta = 2^51 > 2 B", string.Join('\n', row.GetProperty("computation").EnumerateArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void One_failed_check_is_exit_code_1() =>
        Assert.Equal((0, 1), (CryptoCheck.ExitCode([new SelfTestResult("a", null)]), CryptoCheck.ExitCode([new SelfTestResult("a", null), new SelfTestResult("b", "wrong")])));

    [Fact]
    public void The_page_quotes_the_rows_and_the_computation_that_the_command_prints()
    {
        string page = File.ReadAllText(Repository.File("docs/crypto.md")).ReplaceLineEndings("\n");
        Assert.All(CapacityRow.All, row => Assert.Contains(Markdown(row), page, StringComparison.Ordinal));
        CapacityRow shown = CapacityRow.All.Single(static row => row is { Profile.Name: "silo-threshold", Summands: 64, Bits: 16 });
        Assert.All([.. shown.Layout.Proof.Lines(), $"capacity: {shown.Inequality}"], line => Assert.Contains($"\n    {line}\n", page, StringComparison.Ordinal));
    }

    private static string Markdown(CapacityRow row) => string.Create(
        CultureInfo.InvariantCulture,
        $"| `{row.Profile.Name}` | {row.Summands} | {row.Bits} | {row.Run.Width} | {row.Run.Fields} | {row.Layout.Proof.StepLog2} | {row.BytesPerValue:0.00} | {row.ShareBytesPerValue?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-"} |\n");

    private static (int Code, string Output) Fed(string line)
    {
        StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        int code = FedCommand.Run(line.Split(' '), output, error, TestContext.Current.CancellationToken);
        Assert.Equal("", error.ToString());
        return (code, output.ToString().ReplaceLineEndings("\n"));
    }
}
