using System.CommandLine;
using Fed.Host.History;

namespace Fed.Host.Commands;

/// <summary><c>fed audit verify</c></summary>
internal sealed class AuditVerifyCommand() : Verb<NoOptions>("verify", "Checks the journal's hash chains, signatures, receipts and stored blobs.", "./fed audit verify")
{
    /// <inheritdoc/>
    protected override NoOptions Read(ParseResult parse) => NoOptions.Instance;

    /// <inheritdoc/>
    protected override int Run(NoOptions options, CommandContext context) => AuditVerify.Run(context);
}

/// <summary>What <c>fed audit export</c> is asked to do.</summary>
/// <param name="Job">The job.</param>
/// <param name="Site">The site's folder.</param>
/// <param name="IsCsv">Comma-separated values instead of tables.</param>
internal sealed record AuditExportOptions(string Job, string Site, bool IsCsv);

/// <summary><c>fed audit export JOB --site DIR [--csv]</c></summary>
internal sealed class AuditExportCommand : Verb<AuditExportOptions>
{
    private readonly Argument<string> _job = new("JOB") { Description = "The job." };
    private readonly Option<string> _site = new("--site") { Description = "A node's folder, or DATA/sites/SITE of a simulation.", HelpName = "DIR", Required = true };
    private readonly Option<bool> _csv = new("--csv") { Description = "Print what left as comma-separated values." };

    public AuditExportCommand() : base("export", "Shows what left a site in a job, and the coordinator's signed receipts.", "./fed audit export quickstart-1 --site fed-data/sites/site-0")
    {
        Add(_job);
        Add(_site);
        Add(_csv);
    }

    /// <inheritdoc/>
    protected override AuditExportOptions Read(ParseResult parse) => new(parse.GetRequiredValue(_job), FolderOption.Value(parse, _site), parse.GetValue(_csv));

    /// <inheritdoc/>
    protected override int Run(AuditExportOptions options, CommandContext context)
    {
        if (options.IsCsv && context.Json) throw new UserException("--csv and --json exclude each other; name one");
        return AuditExport.Run(options, context);
    }
}
