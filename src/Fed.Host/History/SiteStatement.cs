using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Silo;

namespace Fed.Host.History;

/// <summary>What a site tells of its part in a job: what left it, and what it has the coordinator's signature for. Hashes and lengths alone.</summary>
/// <param name="Site">The site.</param>
/// <param name="Job">The job.</param>
/// <param name="Plan">Hash of the plan that it approved; null where it approved none.</param>
/// <param name="Departures">What left, in order.</param>
/// <param name="Receipts">The rounds' ends, in order of the rounds.</param>
internal sealed record SiteStatement(string Site, string Job, Digest? Plan, ImmutableArray<Departure> Departures, ImmutableArray<SiteReceipt> Receipts)
{
    private const string Purpose = "fedactors/site-statement/1";

    /// <summary>Who has signed it; null where nobody has.</summary>
    public StatementSignature? Signature { get; init; }

    /// <summary>What the events of a site's own journal come to.</summary>
    public static SiteStatement Of(string site, string job, ImmutableArray<(SiloEvent Event, DateTimeOffset At)> events) => new(
        site,
        job,
        events.Select(static e => e.Event).OfType<SiloEvent.PlanApproved>().FirstOrDefault()?.Hash,
        Departure.Of(events),
        [.. events.Select(static e => e.Event).OfType<SiloEvent.RoundSettled>().DistinctBy(static e => e.Round).OrderBy(static e => e.Round).Select(static e => new SiteReceipt(e.Round, e.Committed, e.TookPart, e.Head))]);

    /// <summary>A log's events, and when they were decided.</summary>
    public static ImmutableArray<(SiloEvent Event, DateTimeOffset At)> Read(IJournalReader journal, string log) =>
        [.. journal.Read(log).Select(static stored => (ProtocolSerializers.Silo.Read(stored.Tag, stored.Version, stored.Payload.Span), stored.At))];

    /// <summary>The same, signed by the site.</summary>
    public SiteStatement SignedBy(ISigner signer) => this with { Signature = new StatementSignature(signer.KeyId, signer.Sign(Purpose, Content()).ToArray()) };

    /// <summary>Whether its signature is what it says it is.</summary>
    public bool IsSigned(AuditTally audit) => Signature is { } own && audit.IsSigned(own.KeyId, Purpose, Content(), own.Signature);

    /// <summary>How times are told.</summary>
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private byte[] Content()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{Site}\n{Job}\n{Plan}\n");
        foreach (Departure left in Departures)
            text.Append(CultureInfo.InvariantCulture, $"{Time(left.At)}\t{left.Round}\t{left.Attempt}\t{left.Purpose}\t{left.What}\t{left.Hash}\t{left.Bytes}\t{left.Base}\t{left.Schema}\t{string.Join(' ', left.Sites ?? [])}\n");
        foreach (SiteReceipt receipt in Receipts)
            text.Append(CultureInfo.InvariantCulture, $"{receipt.Round}\t{receipt.Committed}\t{receipt.TookPart}\t{receipt.Head?.PersistenceId}\t{receipt.Head?.Sequence}\t{receipt.Head?.Hash}\t{receipt.Head?.KeyId}\t{Convert.ToBase64String(receipt.Head?.Signature ?? [])}\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}

/// <summary>The end of a round, as a site has it.</summary>
/// <param name="Round">The round.</param>
/// <param name="Committed">Whether it was committed.</param>
/// <param name="TookPart">Whether the site was in one of its sums.</param>
/// <param name="Head">The end of the coordinator's log by then, signed; null where none was sent.</param>
internal sealed record SiteReceipt(int Round, bool Committed, bool TookPart, SignedHead? Head);

/// <summary>A signature under a site's statement.</summary>
/// <param name="KeyId">Of the key.</param>
/// <param name="Signature">Over the whole of it.</param>
internal sealed record StatementSignature(Digest KeyId, byte[] Signature);
