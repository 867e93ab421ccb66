using System.CommandLine;
using Fed.Host.History;

namespace Fed.Host.Commands;

/// <summary>Nothing beyond what every command takes.</summary>
internal sealed record NoOptions
{
    /// <summary>The one instance.</summary>
    public static NoOptions Instance { get; } = new();
}

/// <summary><c>fed jobs list</c></summary>
internal sealed class JobsListCommand() : Verb<NoOptions>("list", "Lists the jobs in the data folder.", "./fed jobs list")
{
    /// <inheritdoc/>
    protected override NoOptions Read(ParseResult parse) => NoOptions.Instance;

    /// <inheritdoc/>
    protected override int Run(NoOptions options, CommandContext context) => JobsList.Run(context);
}
