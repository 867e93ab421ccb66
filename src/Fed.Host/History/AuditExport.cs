using System.Collections.Immutable;
using System.Globalization;
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
    private static readonly string[] Headings = ["at", "round", "attempt", "purpose", "what", "bytes", "took part", "sha256", "base", "schema"];

    public static int Run(AuditExportOptions options, CommandContext context)
    {
        using SiteJournal site = SiteJournal.Open(options.Site);
        (string log, string name) = site.Find(options.Job);
        AuditReport chains = JournalAudit.VerifyChains(site.Journal, ProtocolSerializers.NewestVersion);
        ImmutableArray<(SiloEvent Event, DateTimeOffset At)> events = NodeReader.Damaged(() => Read(site.Journal, log));
        ImmutableArray<Departure> departures = Departure.Of(events);
        ImmutableDictionary<int, SiloEvent.RoundSettled> ends = events.Select(static e => e.Event).OfType<SiloEvent.RoundSettled>().DistinctBy(static e => e.Round).ToImmutableDictionary(static e => e.Round);
        Table left = new(Headings);
        foreach (Departure departure in departures) left.Add(Row(departure, ends));
        if (options.IsCsv) left.WriteCsv(context.Out);
        else Table.WriteAll(context, ("departures", left), ("receipts", Receipts(site, ends)));
        long bytes = departures.Sum(static departure => departure.Bytes ?? 0);
        if (!context.Json && !options.IsCsv) context.Out.WriteLine($"site {name}, job {options.Job}: {departures.Length} things left or were ready to, {bytes} bytes of contributions, {ends.Count} rounds with a receipt.");
        foreach (AuditFinding finding in chains.Findings) context.Error.WriteLine($"fed: the site's journal is damaged: {finding.Message}");
        return chains.Findings.IsEmpty ? ExitCodes.Success : ExitCodes.Environment;
    }

    private static object?[] Row(Departure departure, ImmutableDictionary<int, SiloEvent.RoundSettled> ends)
    {
        bool? tookPart = departure is { Bytes: not null, Round: { } round } && ends.TryGetValue(round, out SiloEvent.RoundSettled? end) ? end is { Committed: true, TookPart: true } : null;
        return [Time(departure.At), departure.Round, departure.Attempt, departure.Purpose, departure.What, departure.Bytes, tookPart, departure.Hash?.ToString(), departure.Base?.ToString(), departure.Schema];
    }

    private static Table Receipts(SiteJournal site, ImmutableDictionary<int, SiloEvent.RoundSettled> ends)
    {
        using LocalSigner verifier = LocalSigner.CreateEphemeral();
        Table table = new("round", "committed", "took part", "log", "event", "head", "signed by", "signature");
        foreach ((int round, SiloEvent.RoundSettled end) in ends.OrderBy(static end => end.Key))
        {
            SignedHead? head = end.Head;
            table.Add(
                round, end.Committed, end.TookPart, head?.PersistenceId, head?.Sequence, head?.Hash.ToString(), head is null ? "nobody: the site has none" : site.Judge(head, verifier),
                head is null ? null : Convert.ToBase64String(head.Signature));
        }

        return table;
    }

    private static ImmutableArray<(SiloEvent Event, DateTimeOffset At)> Read(IJournalReader journal, string log) =>
        [.. journal.Read(log).Select(static stored => (ProtocolSerializers.Silo.Read(stored.Tag, stored.Version, stored.Payload.Span), stored.At))];

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
