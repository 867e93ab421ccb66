using System.CommandLine;
using Fed.Host.Policy;

namespace Fed.Host.Commands;

/// <summary>What <c>fed site approve</c> and <c>fed site refuse</c> are asked to do.</summary>
/// <param name="Job">The job, or the beginning of its plan's hash.</param>
/// <param name="Site">The site's folder.</param>
/// <param name="By">Who decides.</param>
/// <param name="Reason">Why, or null.</param>
internal sealed record SiteDecideOptions(string Job, string Site, string By, string? Reason);

/// <summary><c>fed site pending --site DIR</c></summary>
internal sealed class SitePendingCommand : Verb<string>
{
    private readonly Option<string> _site = SiteOption.Create();

    public SitePendingCommand() : base("pending", "Lists the jobs that wait at a site: for a person, or for a place.", "./fed site pending --site north") => Add(_site);

    /// <inheritdoc/>
    protected override string Read(ParseResult parse) => FolderOption.Value(parse, _site);

    /// <inheritdoc/>
    protected override int Run(string options, CommandContext context) => SiteSteps.Pending(options, context);
}

/// <summary><c>fed site approve JOB --site DIR [--by NAME] [--reason TEXT]</c></summary>
internal sealed class SiteApproveCommand() : SiteDecision("approve", "Lets a job pass that waits for a person.", "./fed site approve trial-1 --site north --by anna")
{
    /// <inheritdoc/>
    protected override int Run(SiteDecideOptions options, CommandContext context) => SiteSteps.Decide(options, isApproved: true, context);
}

/// <summary><c>fed site refuse JOB --site DIR [--by NAME] [--reason TEXT]</c></summary>
internal sealed class SiteRefuseCommand() : SiteDecision("refuse", "Refuses a job that waits, for good.", "./fed site refuse trial-1 --site north --by anna")
{
    /// <inheritdoc/>
    protected override int Run(SiteDecideOptions options, CommandContext context) => SiteSteps.Decide(options, isApproved: false, context);
}

/// <summary>A person's decision about a job.</summary>
internal abstract class SiteDecision : Verb<SiteDecideOptions>
{
    private readonly Argument<string> _job = new("JOB") { Description = "The job, or the beginning of its plan's hash." };
    private readonly Option<string> _site = SiteOption.Create();
    private readonly Option<string?> _by = new("--by") { Description = "Who decides (default: who is logged in).", HelpName = "NAME" };
    private readonly Option<string?> _reason = new("--reason") { Description = "Why; it goes into the journal and, with a refusal, to the coordinator.", HelpName = "TEXT" };

    protected SiteDecision(string name, string summary, string example) : base(name, summary, example)
    {
        Add(_job);
        Add(_site);
        Add(_by);
        Add(_reason);
    }

    /// <inheritdoc/>
    protected override SiteDecideOptions Read(ParseResult parse) =>
        new(parse.GetRequiredValue(_job), FolderOption.Value(parse, _site), OperatorText.Of(parse, _by) ?? Environment.UserName, OperatorText.Of(parse, _reason));
}

/// <summary>The option that names a site's folder.</summary>
internal static class SiteOption
{
    public static Option<string> Create() => new("--site") { Description = "The site's folder, with data/ in it.", HelpName = "DIR", Required = true };
}
