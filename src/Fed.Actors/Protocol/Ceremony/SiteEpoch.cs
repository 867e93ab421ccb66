using System.Buffers.Binary;
using Fed.Actors.Persistence;

namespace Fed.Actors.Protocol.Ceremony;

/// <summary>
/// How far a site has given its word in a job: how many lists it has confirmed, and a hash over all of them. Sites tell each other what they have heard of one another, so a site whose memory was
/// restored from an old copy hears of an epoch that it does not know.
/// </summary>
/// <param name="Number">Lists confirmed, from 0.</param>
/// <param name="Mark">Hash over them, one after another; zero before the first.</param>
public readonly record struct SiteEpoch(long Number, Digest Mark)
{
    /// <summary>Length of <see cref="ToBytes"/>.</summary>
    public const int Bytes = sizeof(long) + Digest.Size;

    /// <summary>The epoch after one more list.</summary>
    /// <param name="list">Hash of the list; it names round, sum and attempt.</param>
    public SiteEpoch After(Digest list) => new(Number + 1, Digest.Of(Encoding.UTF8.GetBytes($"fedactors/site-epoch/1\n{Number + 1}\n{Mark}\n{list}")));

    /// <summary>The number in eight bytes, little-endian, and the mark.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Bytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Number);
        Mark.CopyTo(bytes.AsSpan(sizeof(long)));
        return bytes;
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote; null for bytes of another length.</summary>
    public static SiteEpoch? Read(ReadOnlySpan<byte> bytes) =>
        bytes.Length == Bytes ? new SiteEpoch(BinaryPrimitives.ReadInt64LittleEndian(bytes), new Digest(bytes[sizeof(long)..])) : null;

    /// <inheritdoc/>
    public override string ToString() => Number == 0 ? "0" : $"{Number} ({Mark.ToString()[..8]})";
}

/// <summary>What a site remembers of epochs: its own, every one of them, and the highest that it has heard of others.</summary>
/// <param name="Marks">Marks of its own epochs, that of epoch 1 first.</param>
/// <param name="Peers">The highest epochs heard of others, signed by them.</param>
public sealed record EpochMemory(ImmutableList<Digest> Marks, ImmutableSortedDictionary<SiloId, SiteEpoch> Peers)
{
    /// <summary>Nothing confirmed, nothing heard.</summary>
    public static EpochMemory None { get; } = new([], ImmutableSortedDictionary<SiloId, SiteEpoch>.Empty);

    /// <summary>The site's own epoch.</summary>
    public SiteEpoch Own => Marks.IsEmpty ? default : new(Marks.Count, Marks[^1]);

    /// <summary>True for an epoch that was this site's own; false for one that only a later, or another, self of it can have had.</summary>
    public bool Knows(SiteEpoch own) => own.Number == 0 || (own.Number > 0 && own.Number <= Marks.Count && Marks[(int)own.Number - 1] == own.Mark);

    /// <summary>After the site has confirmed a list.</summary>
    public EpochMemory Confirm(Digest list) => this with { Marks = Marks.Add(Own.After(list).Mark) };

    /// <summary>What is news among the epochs of others; null where nothing is.</summary>
    public ImmutableSortedDictionary<SiloId, SiteEpoch>? News(SiloId self, ImmutableSortedDictionary<SiloId, SiteEpoch> heard)
    {
        ImmutableSortedDictionary<SiloId, SiteEpoch> news =
            heard.Where(pair => pair.Key != self && pair.Value.Number > Peers.GetValueOrDefault(pair.Key).Number).ToImmutableSortedDictionary(static pair => pair.Key, static pair => pair.Value);
        return news.IsEmpty ? null : news;
    }

    /// <summary>What this site tells the others: of each site of the roster, in its order, the highest epoch heard; null where it has heard of none.</summary>
    public byte[]? Tell(ImmutableArray<SiloId> roster) => Peers.IsEmpty ? null : [.. roster.SelectMany(silo => Peers.GetValueOrDefault(silo).ToBytes())];

    /// <summary>What somebody told of one site; the epoch of number 0 where nothing.</summary>
    /// <param name="told">From <see cref="Tell"/> of that other site.</param>
    /// <param name="roster">The plan's roster.</param>
    /// <param name="of">Of whom.</param>
    public static SiteEpoch Told(ReadOnlyMemory<byte>? told, ImmutableArray<SiloId> roster, SiloId of) =>
        told is { } bytes && roster.IndexOf(of) is >= 0 and var place && bytes.Length == roster.Length * SiteEpoch.Bytes
            ? SiteEpoch.Read(bytes.Span.Slice(place * SiteEpoch.Bytes, SiteEpoch.Bytes)) ?? default
            : default;

    /// <summary>After hearing of others.</summary>
    public EpochMemory Hear(ImmutableSortedDictionary<SiloId, SiteEpoch>? news) => news is null ? this : this with { Peers = Peers.SetItems(news) };
}
