using System.CommandLine;
using Fed.Host.Cluster;

namespace Fed.Host.Commands;

/// <summary>What <c>fed submit</c> is asked to do.</summary>
/// <param name="File">The configuration with the job.</param>
/// <param name="Watch">Show the job until it ends.</param>
internal sealed record SubmitOptions(string File, bool Watch)
{
    /// <summary>A data folder, and behind a colon a job, whose contributors each round is to have; null for those that the plan's rule gives.</summary>
    public string? ContributorsFrom { get; init; }
}

/// <summary><c>fed submit FILE [--watch] [--contributors-from DATA[:JOB]]</c></summary>
internal sealed class SubmitCommand : Verb<SubmitOptions>
{
    private readonly Argument<string> _file = new("FILE") { Description = "The configuration (HOCON); only its job block is read." };
    private readonly Option<bool> _watch = new("--watch") { Description = "Show the job until it ends, and write its report." };
    private readonly Option<string?> _contributors = ContributorsOption.Create();

    public SubmitCommand() : base("submit", "Gives a job to a running cluster.", "./fed submit hocon/quickstart.conf --watch")
    {
        Add(_file);
        Add(_watch);
        Add(_contributors);
    }

    /// <inheritdoc/>
    protected override SubmitOptions Read(ParseResult parse) => new(parse.GetRequiredValue(_file), parse.GetValue(_watch)) { ContributorsFrom = parse.GetValue(_contributors) };

    /// <inheritdoc/>
    protected override int Run(SubmitOptions options, CommandContext context) => SubmitRun.Run(options, context);
}
