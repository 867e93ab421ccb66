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
            table.Write(context, "findings");
            return isClean ? ExitCodes.Success : ExitCodes.Environment;
        }

        foreach ((string journal, AuditFinding finding) in audit.Findings) context.Out.WriteLine($"{journal}: {finding.Message}");
        context.Out.WriteLine(
            $"audit: {audit.Events} events in {audit.Logs} logs of {audit.Journals} journals, {audit.Receipts} signed receipts, {audit.Manifests} signed updates, {audit.Blobs} blobs: "
            + (isClean ? "all verified" : $"{audit.Findings.Length} finding{(audit.Findings.Length == 1 ? "" : "s")}"));
        return isClean ? ExitCodes.Success : ExitCodes.Environment;
    }
}
