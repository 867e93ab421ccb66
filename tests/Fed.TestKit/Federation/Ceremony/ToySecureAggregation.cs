using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;
using Fed.Vectors;

namespace Fed.TestKit.Federation.Ceremony;

/// <summary>
/// Secure aggregation as it is built, with numbers of 61 bits in place of curves and ciphers: double masks that cancel, t-of-n shares, keys bound to their context. Fast, and readable for checks;
/// of no use against anybody.
/// </summary>
/// <param name="seed">What is random follows from it, in the order in which it is drawn.</param>
public sealed class ToySecureAggregation(ulong seed) : ISecureAggregation
{
    private const int Word = sizeof(ulong), SealedBytes = 3 * Word, DealtBytes = SealedBytes + (2 * Word), ReleasedBytes = 1 + Word;
    private const int SparseDegree = 40, SparseThreshold = 25;   // of 40 neighbours 15 may drop out: far more than tests let go

    private readonly SplitMix64 _random = new(seed);
    private readonly HashSet<ulong> _secrets = [];

    /// <summary>Every secret that was ever made: none of them may be found in a message, a journal, or a server's disk.</summary>
    public IReadOnlySet<ulong> Canaries => _secrets;

    /// <inheritdoc/>
    public (byte[] Secrets, byte[] Advert) AdvertiseKeys(CeremonyContext context, SiloId self)
    {
        ToySecrets made = new(Secret(), Secret(), Secret());
        return (made.ToBytes(), AdvertOf(made.MaskKey, made.ShareKey));
    }

    /// <summary>The public keys of two secrets.</summary>
    internal static byte[] AdvertOf(ulong maskKey, ulong shareKey)
    {
        byte[] advert = new byte[2 * Word];
        BinaryPrimitives.WriteUInt64LittleEndian(advert, ToyField.Public(maskKey));
        BinaryPrimitives.WriteUInt64LittleEndian(advert.AsSpan(Word), ToyField.Public(shareKey));
        return advert;
    }

    /// <inheritdoc/>
    public bool IsAdvert(CeremonyContext context, SiloId silo, ReadOnlySpan<byte> advert) => advert.Length == 2 * Word && ToyField.IsPublic(Keys(advert).Mask) && ToyField.IsPublic(Keys(advert).Share);

    /// <inheritdoc/>
    public ImmutableSortedSet<SiloId> HoldersOf(CeremonyContext context, SiloId silo)
    {
        if (!IsSparse(context)) return context.Invited;
        ImmutableArray<SiloId> ring = [.. context.Invited.OrderBy(other => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{context.Graph}\n{other}"))), StringComparer.Ordinal)];
        int place = ring.IndexOf(silo);
        return [.. Enumerable.Range(1, SparseDegree / 2).SelectMany(step => new[] { ring[(place + step) % ring.Length], ring[(place - step + ring.Length) % ring.Length] })];
    }

    /// <inheritdoc/>
    public (byte[] Nonce, byte[] Commitment) DrawNonce(GraphContext context, SiloId self)
    {
        byte[] nonce = new byte[Word];
        BinaryPrimitives.WriteUInt64LittleEndian(nonce, ToyField.Element(_random.Next()));   // no canary: it is shown
        return (nonce, SHA256.HashData(nonce));
    }

    /// <inheritdoc/>
    public Digest GraphSeed(GraphContext context, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> commitments, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> nonces)
    {
        foreach ((SiloId silo, ReadOnlyMemory<byte> commitment) in commitments)
            if (!nonces.TryGetValue(silo, out ReadOnlyMemory<byte> nonce) || !commitment.Span.SequenceEqual(SHA256.HashData(nonce.Span))) throw new CeremonyException($"the nonce of '{silo}' is not the one it committed to");
        return Digest.Of(CeremonyFrames.Write(nonces));
    }

    /// <inheritdoc/>
    public (byte[] Secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Shares) ShareKeys(
        CeremonyContext context,
        SiloId self,
        ReadOnlyMemory<byte> secrets,
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> adverts,
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> notes)
    {
        if (adverts.Any(pair => !IsAdvert(context, pair.Key, pair.Value.Span))) throw new CeremonyException("a member's keys are no keys");
        ToySecrets own = ToySecrets.Read(secrets);
        ImmutableSortedDictionary<SiloId, (ulong Mask, ulong Share)> members = adverts.ToImmutableSortedDictionary(static pair => pair.Key, static pair => Keys(pair.Value.Span));
        ulong[] maskKey = Polynomial(own.MaskKey, ThresholdOf(context)), ownSeed = Polynomial(own.Seed, ThresholdOf(context));
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>.Builder shares = ImmutableSortedDictionary.CreateBuilder<SiloId, ReadOnlyMemory<byte>>();
        ImmutableSortedDictionary<SiloId, (ulong, ulong)> held = ImmutableSortedDictionary<SiloId, (ulong, ulong)>.Empty;
        ImmutableSortedSet<SiloId> holders = HoldersOf(context, self);
        foreach ((SiloId member, (_, ulong shareKey)) in members)
        {
            if (!holders.Contains(member)) continue;
            int at = PlaceOf(context, member);
            (ulong MaskKey, ulong Seed) share = (ToyField.Evaluate(maskKey, at), ToyField.Evaluate(ownSeed, at));
            ReadOnlyMemory<byte> note = notes.TryGetValue(member, out ReadOnlyMemory<byte> told) ? told : default;
            if (member == self) held = held.Add(self, share);
            shares.Add(member, member == self ? Dealt(new byte[SealedBytes], share, []) : Seal(context, self, member, ToyField.Agree(own.ShareKey, shareKey), share, note.Span));
        }

        return ((own with { Members = members, Held = held }).ToBytes(), shares.ToImmutable());
    }

    /// <inheritdoc/>
    public (byte[] Secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Notes) ReceiveShares(
        CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> shares)
    {
        ToySecrets own = ToySecrets.Read(secrets);
        foreach ((SiloId sender, ReadOnlyMemory<byte> share) in shares.Remove(self))
            own = own with { Held = own.Held.SetItem(sender, Open(context, sender, self, ToyField.Agree(own.ShareKey, own.Members[sender].Share), share.Span)) };
        return (own.ToBytes(), shares.Where(static pair => pair.Value.Length > DealtBytes).ToImmutableSortedDictionary(static pair => pair.Key, static pair => pair.Value[DealtBytes..]));
    }

    /// <inheritdoc/>
    public void MaskInput(CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedSet<SiloId> maskers, Stream vector, IBlobWriter output)
    {
        ToySecrets own = ToySecrets.Read(secrets);
        byte[] bytes = new byte[vector.Length];
        vector.ReadExactly(bytes);
        Mask(bytes, context.Ring, SelfMask(context, own.Seed), isAdded: true);
        foreach (SiloId other in own.Held.Keys.Where(other => other != self))
            Mask(bytes, context.Ring, PairMask(context, self, other, ToyField.Agree(own.MaskKey, own.Members[other].Mask)), isAdded: self.CompareTo(other) < 0);
        output.Write(bytes);
    }

    /// <inheritdoc/>
    public byte[] ReleaseShares(
        CeremonyContext context,
        SiloId self,
        ReadOnlyMemory<byte> secrets,
        ImmutableSortedSet<SiloId> maskers,
        ImmutableSortedSet<SiloId> contributors,
        ImmutableSortedSet<SiloId> confirmedBy)
    {
        ToySecrets own = ToySecrets.Read(secrets);
        if (!contributors.Contains(self) || !contributors.IsSubsetOf(maskers)) throw new CeremonyException("the set has somebody who does not mask, or lacks this site");
        return CeremonyFrames.Write(own.Held.Select(pair =>
        {
            bool isContributor = contributors.Contains(pair.Key);
            byte[] released = new byte[ReleasedBytes];
            released[0] = isContributor ? (byte)ReleasedKind.SelfMask : (byte)ReleasedKind.MaskKey;
            BinaryPrimitives.WriteUInt64LittleEndian(released.AsSpan(1), isContributor ? pair.Value.Seed : pair.Value.MaskKey);
            return KeyValuePair.Create(pair.Key, new ReadOnlyMemory<byte>(released));
        }));
    }

    /// <summary>What a site released: by peer, which of its two secrets.</summary>
    internal static ImmutableSortedDictionary<SiloId, ReleasedKind> Kinds(ReadOnlyMemory<byte> released) =>
        CeremonyFrames.Read(released, ReleasedBytes).ToImmutableSortedDictionary(static pair => pair.Key, static pair => (ReleasedKind)pair.Value.Span[0]);

    /// <inheritdoc/>
    public UnmaskOutcome Unmask(UnmaskRequest request, Stream maskedSum, Stream output)
    {
        byte[] bytes = new byte[maskedSum.Length];
        maskedSum.ReadExactly(bytes);
        CeremonyContext context = request.Context;
        SortedSet<SiloId> liars = [];
        Dictionary<SiloId, List<(int At, ulong Share)>> right = request.Maskers.ToDictionary(static masker => masker, static _ => new List<(int, ulong)>());
        foreach ((SiloId holder, ReadOnlyMemory<byte> released) in request.Released)
        {
            foreach ((SiloId dealer, ReadOnlyMemory<byte> share) in Readable(released))
            {
                ReleasedKind kind = request.Contributors.Contains(dealer) ? ReleasedKind.SelfMask : ReleasedKind.MaskKey;
                bool isRight = request.Dealt[holder].TryGetValue(dealer, out ReadOnlyMemory<byte> dealt) && share.Length == ReleasedBytes && share.Span[0] == (byte)kind
                    && dealt.Span.Slice(kind == ReleasedKind.SelfMask ? SealedBytes + Word : SealedBytes, Word).SequenceEqual(HashOf(BinaryPrimitives.ReadUInt64LittleEndian(share.Span[1..])));
                if (isRight) right[dealer].Add((PlaceOf(context, holder), BinaryPrimitives.ReadUInt64LittleEndian(share.Span[1..])));
                else liars.Add(holder);
            }

            if (Readable(released).IsEmpty) liars.Add(holder);
        }

        foreach (SiloId masker in request.Maskers)
        {
            bool isContributor = request.Contributors.Contains(masker);
            ImmutableSortedSet<SiloId> peers = [.. request.Contributors.Intersect(HoldersOf(context, masker)).Where(peer => peer != masker)];
            if (!isContributor && peers.IsEmpty) continue;
            if (right[masker].Count < ThresholdOf(context)) return new UnmaskOutcome(IsOpened: false, [.. liars]);
            ulong secret = ToyField.Interpolate([.. right[masker].Take(ThresholdOf(context))]);
            if (isContributor)
            {
                Mask(bytes, context.Ring, SelfMask(context, secret), isAdded: false);
                continue;
            }

            if (ToyField.Public(secret) != Keys(request.Adverts[masker].Span).Mask) throw new CeremonyException($"the shares do not give the mask key of '{masker}'");
            foreach (SiloId peer in peers)
                Mask(bytes, context.Ring, PairMask(context, masker, peer, ToyField.Agree(secret, Keys(request.Adverts[peer].Span).Mask)), isAdded: peer.CompareTo(masker) > 0);
        }

        output.Write(bytes);
        return new UnmaskOutcome(IsOpened: true, [.. liars]);
    }

    private static ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Readable(ReadOnlyMemory<byte> released)
    {
        try
        {
            return CeremonyFrames.Read(released, ReleasedBytes);
        }
        catch (CeremonyException)
        {
            return ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>.Empty;   // signed by its site, and no shares
        }
    }

    private static bool IsSparse(CeremonyContext context) => context.Invited.Count > SecAggPlan.CompleteMax;

    private static int ThresholdOf(CeremonyContext context) => IsSparse(context) ? SparseThreshold : context.Threshold;

    /// <summary>Where a site's shares stand on the polynomials.</summary>
    private static int PlaceOf(CeremonyContext context, SiloId silo) => context.Invited.IndexOf(silo) + 1;

    private static ReadOnlySpan<byte> HashOf(ulong share)
    {
        byte[] bytes = new byte[Word];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, share);
        return SHA256.HashData(bytes).AsSpan(0, Word);
    }

    private ulong Secret()
    {
        ulong secret = ToyField.Element(_random.Next());
        _secrets.Add(secret);
        return secret;
    }

    private ulong[] Polynomial(ulong secret, int threshold)
    {
        ulong[] polynomial = new ulong[threshold];
        for (int i = 0; i < threshold; i++) polynomial[i] = i == 0 ? secret : ToyField.Element(_random.Next());
        return polynomial;
    }

    internal static (ulong Mask, ulong Share) Keys(ReadOnlySpan<byte> advert) => (BinaryPrimitives.ReadUInt64LittleEndian(advert), BinaryPrimitives.ReadUInt64LittleEndian(advert[Word..]));

    /// <summary>What somebody who knows the key that two sites agree on can seal in the name of one for the other.</summary>
    internal static ReadOnlyMemory<byte> Seal(CeremonyContext context, SiloId from, SiloId to, ulong key, (ulong MaskKey, ulong Seed) share, ReadOnlySpan<byte> note)
    {
        SplitMix64 stream = Stream(context, $"seal\n{from}\n{to}", key);
        byte[] bytes = new byte[SealedBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, share.MaskKey ^ stream.Next());
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(Word), share.Seed ^ stream.Next());
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(2 * Word), share.MaskKey ^ share.Seed ^ Check(note) ^ stream.Next());
        return Dealt(bytes, share, note);
    }

    /// <summary>What is sealed, the hashes of both shares, and the note.</summary>
    private static ReadOnlyMemory<byte> Dealt(byte[] closed, (ulong MaskKey, ulong Seed) share, ReadOnlySpan<byte> note) =>
        new byte[][] { closed, HashOf(share.MaskKey).ToArray(), HashOf(share.Seed).ToArray(), note.ToArray() }.SelectMany(static part => part).ToArray();

    private static (ulong MaskKey, ulong Seed) Open(CeremonyContext context, SiloId from, SiloId to, ulong key, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < DealtBytes) throw new CeremonyException($"what '{from}' sealed has another length");
        SplitMix64 stream = Stream(context, $"seal\n{from}\n{to}", key);
        ulong maskKey = BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ stream.Next(), ownSeed = BinaryPrimitives.ReadUInt64LittleEndian(bytes[Word..]) ^ stream.Next();
        bool isWhole = (BinaryPrimitives.ReadUInt64LittleEndian(bytes[(2 * Word)..]) ^ stream.Next()) == (maskKey ^ ownSeed ^ Check(bytes[DealtBytes..]));
        return isWhole && bytes.Slice(SealedBytes, Word).SequenceEqual(HashOf(maskKey)) && bytes.Slice(SealedBytes + Word, Word).SequenceEqual(HashOf(ownSeed))
            ? (maskKey, ownSeed)
            : throw new CeremonyException($"what '{from}' sealed is not for '{to}' in this ceremony");
    }

    private static ulong Check(ReadOnlySpan<byte> note) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(note));

    private static SplitMix64 SelfMask(CeremonyContext context, ulong seed) => Stream(context, "self", seed);

    private static SplitMix64 PairMask(CeremonyContext context, SiloId one, SiloId other, ulong agreed) =>
        Stream(context, one.CompareTo(other) < 0 ? $"pair\n{one}\n{other}" : $"pair\n{other}\n{one}", agreed);

    private static SplitMix64 Stream(CeremonyContext context, string purpose, ulong key) => new(BinaryPrimitives.ReadUInt64LittleEndian(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{context.Job}\n{context.Collection}\n{context.Plan}\n{context.Base}\n{context.Roster}\n{purpose}\n{key}"))));

    private static void Mask(byte[] bytes, RingWidth ring, SplitMix64 stream, bool isAdded)
    {
        int width = (int)ring / 8;
        for (int i = 0; i < bytes.Length; i += width)
        {
            ulong word = isAdded ? stream.Next() : unchecked(0 - stream.Next());
            if (ring == RingWidth.Ring64) BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i), unchecked(BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(i)) + word));
            else BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i), unchecked(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(i)) + (uint)word));
        }
    }
}

/// <summary>Which of a peer's two secrets a share belongs to.</summary>
internal enum ReleasedKind : byte
{
    /// <summary>The seed of its self-mask: for contributors.</summary>
    SelfMask = 1,

    /// <summary>The key of its pairwise masks: for those that dropped out.</summary>
    MaskKey = 2,
}
