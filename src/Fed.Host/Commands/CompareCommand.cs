using System.CommandLine;
using Fed.Host.Comparisons;

namespace Fed.Host.Commands;

/// <summary>What <c>fed compare</c> is asked to do.</summary>
/// <param name="File">The configuration with its <c>compare</c> block.</param>
/// <param name="Out">Folder for compare.json and compare.html; null for one below the data folder.</param>
internal sealed record CompareCommandOptions(string File, string? Out);

/// <summary><c>fed compare FILE [--out FOLDER]</c></summary>
internal sealed class CompareCommand : Verb<CompareCommandOptions>
{
    private readonly Argument<string> _file = new("FILE") { Description = "The configuration (HOCON) with a compare block." };
    private readonly Option<string?> _out = new("--out") { Description = "Folder for compare.json and compare.html (default DATA/compare/<file>).", HelpName = "FOLDER" };

    public CompareCommand() : base("compare", "Runs several configurations over several seeds and tabulates them; called again it goes on where it was.", "./fed compare hocon/compare-digits.conf")
    {
        Add(_file);
        Add(_out);
    }

    /// <inheritdoc/>
    protected override CompareCommandOptions Read(ParseResult parse)
    {
        string? folder = parse.GetValue(_out);
        if (folder is not null && (string.IsNullOrWhiteSpace(folder) || File.Exists(folder))) throw new UserException($"--out '{folder}' is no folder; name one");
        return new CompareCommandOptions(parse.GetRequiredValue(_file), folder);
    }

    /// <inheritdoc/>
    protected override int Run(CompareCommandOptions options, CommandContext context) => CompareRun.Run(options, context);
}
