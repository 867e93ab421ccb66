using System.Text.Json;
using Xunit;

namespace Fed.EndToEnd.Running;

/// <summary>What a command left when it ended.</summary>
internal sealed record FedResult(string CommandLine, int ExitCode, string Out, string Error)
{
    /// <summary>Asserts that all went well and nothing was said on standard error.</summary>
    public FedResult Succeeded()
    {
        Assert.True(ExitCode == 0, $"{CommandLine} ended with {ExitCode}\n{Error}\n{Out}");
        return this;
    }

    /// <summary>Asserts the form of every refusal: this exit code, one sentence on standard error that holds all of these parts, no stack trace.</summary>
    public FedResult Refused(int exitCode, params ReadOnlySpan<string> parts)
    {
        Assert.True(ExitCode == exitCode, $"{CommandLine} ended with {ExitCode}, not {exitCode}\n{Error}\n{Out}");
        string[] said = Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string sentence = Assert.Single(said, line => line.StartsWith("fed: ", StringComparison.Ordinal));
        Assert.All(said, line => Assert.True(line == sentence || line.StartsWith("warning: ", StringComparison.Ordinal), $"{CommandLine} said more than a sentence:\n{Error}"));
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
        Assert.DoesNotContain("an error in fed itself", Error, StringComparison.Ordinal);
        foreach (string part in parts) Assert.Contains(part, sentence, StringComparison.Ordinal);
        return this;
    }

    /// <summary>The one JSON document on standard output.</summary>
    public JsonElement Json()
    {
        using var document = JsonDocument.Parse(Out);   // throws when something follows the document
        return document.RootElement.Clone();
    }
}
