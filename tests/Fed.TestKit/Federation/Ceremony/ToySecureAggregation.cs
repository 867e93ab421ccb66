using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
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
    private const int Word = sizeof(ulong), SealedBytes = 3 * Word, ReleasedBytes = 1 + Word;

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
    public (byte[] Secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Shares) ShareKeys(
        CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> adverts)
    {
        if (adverts.Any(pair => !IsAdvert(context, pair.Key, pair.Value.Span))) throw new CeremonyException("a member's keys are no keys");
        ToySecrets own = ToySecrets.Read(secrets);
        ImmutableSortedDictionary<SiloId, (ulong Mask, ulong Share)> members = adverts.ToImmutableSortedDictionary(static pair => pair.Key, static pair => Keys(pair.Value.Span));
        ulong[] maskKey = Polynomial(own.MaskKey, context.Threshold), ownSeed = Polynomial(own.Seed, context.Threshold);
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>.Builder shares = ImmutableSortedDictionary.CreateBuilder<SiloId, ReadOnlyMemory<byte>>();
        (ulong, ulong) kept = default;
        int at = 0;
        foreach ((SiloId member, (_, ulong shareKey)) in members)
        {
            (ulong MaskKey, ulong Seed) share = (ToyField.Evaluate(maskKey, ++at), ToyField.Evaluate(ownSeed, at));
            if (member == self) kept = share;
            else shares.Add(member, Seal(context, self, member, ToyField.Agree(own.ShareKey, shareKey), share));
        }

        ToySecrets dealt = own with { Members = members, Held = ImmutableSortedDictionary<SiloId, (ulong, ulong)>.Empty.Add(self, kept) };
        return (dealt.ToBytes(), shares.ToImmutable());
    }

    /// <inheritdoc/>
    public byte[] ReceiveShares(CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> shares)
    {
        ToySecrets own = ToySecrets.Read(secrets);
        foreach ((SiloId sender, ReadOnlyMemory<byte> share) in shares)
            own = own with { Held = own.Held.Add(sender, Open(context, sender, self, ToyField.Agree(own.ShareKey, own.Members[sender].Share), share.Span)) };
        return own.ToBytes();
    }

    /// <inheritdoc/>
    public void MaskInput(CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, Stream vector, IBlobWriter output)
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
    public byte[] ReleaseShares(CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedSet<SiloId> contributors, ImmutableSortedSet<SiloId> confirmedBy)
    {
        ToySecrets own = ToySecrets.Read(secrets);
        if (!contributors.Contains(self) || contributors.Any(silo => !own.Held.ContainsKey(silo))) throw new CeremonyException("the set has somebody who does not mask, or lacks this site");
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
    public void Unmask(UnmaskRequest request, Stream maskedSum, Stream output)
    {
        byte[] bytes = new byte[maskedSum.Length];
        maskedSum.ReadExactly(bytes);
        ImmutableArray<SiloId> members = [.. request.Adverts.Keys];
        ImmutableSortedDictionary<SiloId, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> released =
            request.Released.Take(request.Context.Threshold).ToImmutableSortedDictionary(static pair => pair.Key, static pair => CeremonyFrames.Read(pair.Value, ReleasedBytes));
        if (released.Count < request.Context.Threshold) throw new CeremonyException("fewer shares than the threshold");
        foreach (SiloId masker in request.Maskers)
        {
            ReleasedKind kind = request.Contributors.Contains(masker) ? ReleasedKind.SelfMask : ReleasedKind.MaskKey;
            ulong secret = ToyField.Interpolate([.. released.Select(pair => (members.IndexOf(pair.Key) + 1, Share(pair.Value[masker].Span, kind)))]);
            if (kind == ReleasedKind.SelfMask)
            {
                Mask(bytes, request.Context.Ring, SelfMask(request.Context, secret), isAdded: false);
                continue;
            }

            if (ToyField.Public(secret) != Keys(request.Adverts[masker].Span).Mask) throw new CeremonyException($"the shares do not give the mask key of '{masker}'");
            foreach (SiloId contributor in request.Contributors)
                Mask(bytes, request.Context.Ring, PairMask(request.Context, masker, contributor, ToyField.Agree(secret, Keys(request.Adverts[contributor].Span).Mask)), isAdded: contributor.CompareTo(masker) > 0);
        }

        output.Write(bytes);
    }

    private static ulong Share(ReadOnlySpan<byte> released, ReleasedKind kind) =>
        released[0] == (byte)kind ? BinaryPrimitives.ReadUInt64LittleEndian(released[1..]) : throw new CeremonyException("a share of the other secret");

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
    internal static ReadOnlyMemory<byte> Seal(CeremonyContext context, SiloId from, SiloId to, ulong key, (ulong MaskKey, ulong Seed) share)
    {
        SplitMix64 stream = Stream(context, $"seal\n{from}\n{to}", key);
        byte[] bytes = new byte[SealedBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, share.MaskKey ^ stream.Next());
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(Word), share.Seed ^ stream.Next());
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(2 * Word), share.MaskKey ^ share.Seed ^ stream.Next());
        return bytes;
    }

    private static (ulong MaskKey, ulong Seed) Open(CeremonyContext context, SiloId from, SiloId to, ulong key, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != SealedBytes) throw new CeremonyException($"what '{from}' sealed has another length");
        SplitMix64 stream = Stream(context, $"seal\n{from}\n{to}", key);
        ulong maskKey = BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ stream.Next(), ownSeed = BinaryPrimitives.ReadUInt64LittleEndian(bytes[Word..]) ^ stream.Next();
        return (BinaryPrimitives.ReadUInt64LittleEndian(bytes[(2 * Word)..]) ^ stream.Next()) == (maskKey ^ ownSeed)
            ? (maskKey, ownSeed)
            : throw new CeremonyException($"what '{from}' sealed is not for '{to}' in this ceremony");
    }

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
