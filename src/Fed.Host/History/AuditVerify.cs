using Fed.Actors.Persistence;
using Fed.Cluster.Journals;
using Fed.Host.Commands;

namespace Fed.Host.History;

/// <summary>The body of <c>fed audit verify</c>.</summary>
internal static class AuditVerify
{
    public static int Run(CommandContext context)
    {
        using NodeReader reader = NodeReader.Open(context);
        FederationAudit audit = FederationAudit.Of(reader);
        Table table = new("journal", "log", "event", "fault", "finding");
        foreach ((string journal, AuditFinding finding) in audit.Findings) table.Add(journal, finding.PersistenceId, finding.Sequence, finding.Fault.ToString(), finding.Message);
        bool isClean = audit.Findings.IsEmpty;
        if (context.Json)
        {
            Table.WriteAll(context, ("findings", table), ("receipts", Receipts(audit)));
            return isClean ? ExitCodes.Success : ExitCodes.Environment;
        }

        Table.WriteAll(context, ("receipts", Receipts(audit)));
        foreach ((string journal, AuditFinding finding) in audit.Findings) context.Out.WriteLine($"{journal}: {finding.Message}");
        context.Out.WriteLine(
            $"audit: {audit.Events} events in {audit.Logs} logs of {audit.Journals} journals, {audit.Receipts} signed receipts, {audit.Manifests} signed updates, {audit.Blobs} blobs: "
            + (isClean ? "all verified" : $"{audit.Findings.Length} finding{(audit.Findings.Length == 1 ? "" : "s")}"));
        return isClean ? ExitCodes.Success : ExitCodes.Environment;
    }

    /// <summary>Up to which event each site has the coordinator's signature: nothing before it can be changed without the site's journal showing it.</summary>
    private static Table Receipts(FederationAudit audit)
    {
        Table table = new("site", "log", "event", "head", "verified");
        foreach ((string site, SignedHead head) in audit.Newest)
            table.Add(site, head.PersistenceId, head.Sequence, head.Hash.ToString(), !audit.Findings.Any(found => found.Finding.PersistenceId == head.PersistenceId));
        return table;
    }
}
