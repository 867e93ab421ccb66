using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Silo;
using Fed.Cluster.Identity;
using Fed.Cluster.Journals;
using Fed.Host.Commands;

namespace Fed.Host.History;

/// <summary>
/// The body of <c>fed audit export</c>: what left a site in a job, from the site's own journal, beside the receipts that the coordinator signed for it. For the site's auditor, who needs nothing of anybody else's. Hashes and lengths
/// alone: the export has no content either.
/// </summary>
internal static class AuditExport
{
    private static readonly string[] Headings = ["at", "round", "attempt", "purpose", "what", "bytes", "took part", "sha256", "base", "schema", "sites"];

    public static int Run(AuditExportOptions options, CommandContext context)
    {
        using SiteJournal site = SiteJournal.Open(options.Site);
        (string log, string name) = site.Find(options.Job);
        AuditReport chains = JournalAudit.VerifyChains(site.Journal, ProtocolSerializers.NewestVersion);
        ImmutableArray<(SiloEvent Event, DateTimeOffset At)> events = site.Read(log);
        SiteStatement statement = SiteStatement.Of(name, options.Job, events);
        Table left = new(Headings);
        foreach (Departure departure in statement.Departures) left.Add(Row(departure, statement));
        if (options.IsCsv) left.WriteCsv(context.Out);
        else if (context.Json) Table.WriteAll(context, ("about", About(Signed(statement, site, events))), ("departures", left), ("receipts", Receipts(site, statement)));
        else Table.WriteAll(context, ("departures", left), ("receipts", Receipts(site, statement)));
        long bytes = statement.Departures.Sum(static departure => departure.Bytes ?? 0);
        if (!context.Json && !options.IsCsv) context.Out.WriteLine($"site {name}, job {options.Job}: {statement.Departures.Length} things left or were ready to, {bytes} bytes of contributions, {statement.Receipts.Length} rounds with a receipt.");
        foreach (AuditFinding finding in chains.Findings) context.Error.WriteLine($"fed: the site's journal is damaged: {finding.Message}");
        return chains.Findings.IsEmpty ? ExitCodes.Success : ExitCodes.Environment;
    }

    /// <summary>Signed with the key that the plan names for the site, where that is here.</summary>
    private static SiteStatement Signed(SiteStatement statement, SiteJournal site, ImmutableArray<(SiloEvent Event, DateTimeOffset At)> events)
    {
        if (events.Select(static e => e.Event).OfType<SiloEvent.PlanApproved>().FirstOrDefault()?.Plan.Roster.FirstOrDefault(entry => entry.Silo.Value == statement.Site) is not { } own) return statement;
        using LocalSigner? signer = site.OpenSigner(own.KeyId);
        return signer is null ? statement : statement.SignedBy(signer);
    }

    private static Table About(SiteStatement statement)
    {
        Table about = new("site", "job", "plan", "key", "signature");
        about.Add(statement.Site, statement.Job, statement.Plan?.ToString(), statement.Signature?.KeyId.ToString(), statement.Signature is { } own ? Convert.ToBase64String(own.Signature) : null);
        return about;
    }

    private static object?[] Row(Departure departure, SiteStatement statement)
    {
        bool? tookPart = departure is { Bytes: not null, Round: { } round } && statement.Receipts.FirstOrDefault(receipt => receipt.Round == round) is { } end ? end is { Committed: true, TookPart: true } : null;
        return [SiteStatement.Time(departure.At), departure.Round, departure.Attempt, departure.Purpose, departure.What, departure.Bytes, tookPart, departure.Hash?.ToString(), departure.Base?.ToString(), departure.Schema, departure.Sites?.AsEnumerable()];
    }

    private static Table Receipts(SiteJournal site, SiteStatement statement)
    {
        using LocalSigner verifier = LocalSigner.CreateEphemeral();
        Table table = new("round", "committed", "took part", "log", "event", "head", "signed by", "key", "signature");
        foreach (SiteReceipt receipt in statement.Receipts)
        {
            SignedHead? head = receipt.Head;
            table.Add(
                receipt.Round, receipt.Committed, receipt.TookPart, head?.PersistenceId, head?.Sequence, head?.Hash.ToString(), head is null ? "nobody: the site has none" : site.Judge(head, verifier),
                head?.KeyId.ToString(), head is null ? null : Convert.ToBase64String(head.Signature));
        }

        return table;
    }
}
