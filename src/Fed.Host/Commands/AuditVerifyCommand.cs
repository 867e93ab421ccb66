using System.CommandLine;
using Fed.Host.History;

namespace Fed.Host.Commands;

/// <summary>What <c>fed audit verify</c> is asked to do.</summary>
/// <param name="Receipts">What sites have exported.</param>
internal sealed record AuditVerifyOptions(IReadOnlyList<string> Receipts);

/// <summary><c>fed audit verify [--receipts FILE...]</c></summary>
internal sealed class AuditVerifyCommand : Verb<AuditVerifyOptions>
{
    private readonly Option<string[]> _receipts = new("--receipts")
    {
        Description = "What sites have written with 'fed audit export JOB --site DIR --json'; it is held against the coordinator's journal.", HelpName = "FILE", AllowMultipleArgumentsPerToken = true,
    };

    public AuditVerifyCommand() : base("verify", "Checks the hash chains of journals, signatures, receipts, what sites tell, and stored blobs.", "./fed audit verify") => Add(_receipts);

    /// <inheritdoc/>
    protected override AuditVerifyOptions Read(ParseResult parse) => new(parse.GetValue(_receipts) ?? []);

    /// <inheritdoc/>
    protected override int Run(AuditVerifyOptions options, CommandContext context) => AuditVerify.Run(options, context);
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
