using System.CommandLine;
using Fed.Actors.Protocol;
using Fed.Host.Cluster;
using Fed.Host.Configuration;
using Fed.Host.History;

namespace Fed.Host.Commands;

/// <summary>Nothing beyond what every command takes.</summary>
internal sealed record NoOptions
{
    /// <summary>The one instance.</summary>
    public static NoOptions Instance { get; } = new();
}

/// <summary>What <c>fed jobs pause</c>, <c>resume</c> and <c>cancel</c> are asked to do.</summary>
/// <param name="Job">The job.</param>
/// <param name="Reason">Why; null where nothing was said.</param>
internal sealed record JobRequestOptions(string Job, string? Reason);

/// <summary><c>fed jobs pause|resume|cancel JOB [--reason TEXT]</c></summary>
internal sealed class JobRequestCommand : Verb<JobRequestOptions>
{
    private readonly RequestKind _kind;
    private readonly Argument<string> _job = new("JOB") { Description = "The job, as ./fed jobs list names it." };
    private readonly Option<string?> _reason = new("--reason") { Description = "Why; it goes into the journal.", HelpName = "TEXT" };

    /// <summary>The command for a kind of request.</summary>
    public JobRequestCommand(RequestKind kind, string summary) : base(Kebab.From(kind.ToString()), summary, $"./fed jobs {Kebab.From(kind.ToString())} trial-5f2c8a01")
    {
        _kind = kind;
        Add(_job);
        Add(_reason);
    }

    /// <inheritdoc/>
    protected override JobRequestOptions Read(ParseResult parse) => parse.GetRequiredValue(_job) is var job && JobId.IsName(job)
        ? new(job, OperatorText.Of(parse, _reason))
        : throw new UserException($"no job can be called '{job}'; './fed jobs list' tells which there are");

    /// <inheritdoc/>
    protected override int Run(JobRequestOptions options, CommandContext context) => JobRequests.Run(_kind, options, context);
}

/// <summary><c>fed jobs list</c></summary>
internal sealed class JobsListCommand() : Verb<NoOptions>("list", "Lists the jobs in the data folder.", "./fed jobs list")
{
    /// <inheritdoc/>
    protected override NoOptions Read(ParseResult parse) => NoOptions.Instance;

    /// <inheritdoc/>
    protected override int Run(NoOptions options, CommandContext context) => JobsList.Run(context);
}
