using System.CommandLine;
using Fed.Host.Cluster;

namespace Fed.Host.Commands;

/// <summary>What <c>fed submit</c> is asked to do.</summary>
/// <param name="File">The configuration with the job.</param>
/// <param name="Watch">Show the job until it ends.</param>
internal sealed record SubmitOptions(string File, bool Watch);

/// <summary><c>fed submit FILE [--watch]</c></summary>
internal sealed class SubmitCommand : Verb<SubmitOptions>
{
    private readonly Argument<string> _file = new("FILE") { Description = "The configuration (HOCON); only its job block is read." };
    private readonly Option<bool> _watch = new("--watch") { Description = "Show the job until it ends, and write its report." };

    public SubmitCommand() : base("submit", "Gives a job to a running cluster.", "./fed submit hocon/quickstart.conf --watch")
    {
        Add(_file);
        Add(_watch);
    }

    /// <inheritdoc/>
    protected override SubmitOptions Read(ParseResult parse) => new(parse.GetRequiredValue(_file), parse.GetValue(_watch));

    /// <inheritdoc/>
    protected override int Run(SubmitOptions options, CommandContext context) => SubmitRun.Run(options, context);
}
