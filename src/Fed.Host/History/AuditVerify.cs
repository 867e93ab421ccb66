using Fed.Actors.Persistence;
using Fed.Cluster.Identity.Enrolment;
using Fed.Cluster.Journals;
using Fed.Cluster.Stores;
using Fed.Host.Cluster;
using Fed.Host.Commands;

namespace Fed.Host.History;

/// <summary>The body of <c>fed audit verify</c>: of a simulation's folder, of a cluster by a coordinator's kit, or of a site by its own.</summary>
internal static class AuditVerify
{
    public static int Run(AuditVerifyOptions options, CommandContext context)
    {
        (string File, SiteStatement Statement)[] exports = [.. options.Receipts.Select(static file => (file, StatementFile.Read(file)))];
        using AuditTally audit = Audit(exports, context);
        Table table = new("journal", "log", "event", "fault", "finding");
        foreach ((string journal, AuditFinding finding) in audit.Findings) table.Add(journal, finding.PersistenceId, finding.Sequence, finding.Fault.ToString(), finding.Message);
        bool isClean = audit.Findings.IsEmpty;
        if (context.Json)
        {
            Table.WriteAll(context, ("findings", table), ("receipts", Receipts(audit)), ("counts", Counts(audit)));
            return isClean ? ExitCodes.Success : ExitCodes.Environment;
        }

        Table.WriteAll(context, ("receipts", Receipts(audit)));
        foreach ((string journal, AuditFinding finding) in audit.Findings) context.Out.WriteLine($"{journal}: {finding.Message}");
        if (!audit.Unheard.IsEmpty) context.Out.WriteLine($"not held against the journal: what {string.Join(", and ", audit.Unheard.GroupBy(static part => part.Job, static part => part.Site).Select(static job => $"{string.Join(", ", job)} would tell of job {job.Key}"))}; bring './fed audit export JOB --site DIR --json' of each with --receipts");
        context.Out.WriteLine(
            $"audit: {audit.Events} events in {audit.Logs} logs of {audit.Journals} journals, {audit.Receipts} signed receipts, {audit.Manifests} signed updates, {audit.Statements} statements of sites, {audit.Blobs} blobs: "
            + (isClean ? "all verified" : $"{audit.Findings.Length} finding{(audit.Findings.Length == 1 ? "" : "s")}"));
        return isClean ? ExitCodes.Success : ExitCodes.Environment;
    }

    private static AuditTally Audit((string File, SiteStatement Statement)[] exports, CommandContext context)
    {
        if (!IsOfSite(context.DataDirectory))
        {
            using NodeReader reader = NodeReader.OpenRunning(context);
            return FederationAudit.Of(reader, exports);
        }

        if (exports.Length > 0) throw new UserException($"'{context.DataDirectory}' is a site's; exports of sites are held against a coordinator's journal: name its kit with --data");
        using SiteJournal site = SiteJournal.Open(context.DataDirectory);
        return SiteAudit.Of(site);
    }

    /// <summary>True for a site's kit.</summary>
    private static bool IsOfSite(string folder)
    {
        NodeFolder kit = new(folder);
        return File.Exists(new DataDirectory(kit.Data).Node.Journal) && (!File.Exists(kit.Configuration) || NodeConfig.Load(kit.Configuration).Role == Fed.Cluster.Identity.NodeRole.Silo);
    }

    /// <summary>Up to which event each site has the coordinator's signature: nothing before it can be changed without the site's journal showing it.</summary>
    private static Table Receipts(AuditTally audit)
    {
        Table table = new("site", "log", "event", "head", "verified");
        foreach ((string site, SignedHead head) in audit.Newest)
            table.Add(site, head.PersistenceId, head.Sequence, head.Hash.ToString(), !audit.Findings.Any(found => found.Finding.PersistenceId == head.PersistenceId));
        return table;
    }

    private static Table Counts(AuditTally audit)
    {
        Table table = new("journals", "logs", "events", "receipts", "updates", "statements", "blobs", "unheard");
        table.Add(audit.Journals, audit.Logs, audit.Events, audit.Receipts, audit.Manifests, audit.Statements, audit.Blobs, audit.Unheard.Select(static part => $"{part.Job}/{part.Site}"));
        return table;
    }
}
