using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Crypto;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Sampling;
using Fed.Crypto.SecAgg;
using Fed.Vectors;

namespace Fed.Host.Crypto;

/// <summary>The ceremony's local steps by <c>Fed.Crypto.SecAgg</c>.</summary>
/// <remarks>
/// Deciders have checked signatures, sets and lists before a step is asked for, so statements are not signed a second time here (<see cref="Vouched"/>). The members with their adverts stand where a roster with keys would: sites that
/// were shown different members or keys derive different masks and cannot open each other's shares.
/// </remarks>
public sealed class SecureAggregation : ISecureAggregation
{
    private const int PieceBytes = 1 << 20;
    private const int AdvertBytes = 2 * SiloKeys.PublicKeyBytes + Hash256.Bytes;

    private readonly IEntropy _entropy;

    /// <summary>Steps with the operating system's randomness.</summary>
    public SecureAggregation() : this(SystemEntropy.Instance)
    {
    }

    internal SecureAggregation(IEntropy entropy) => _entropy = entropy;

    /// <inheritdoc/>
    public (byte[] Secrets, byte[] Advert) AdvertiseKeys(CeremonyContext context, SiloId self)
    {
        using SiloKeys keys = SiloKeys.Draw(_entropy);
        byte[] advert = [.. keys.MaskKey, .. keys.ShareKey, .. keys.SeedCommitment(ContextOf(context), self.Value).ToArray()];
        return (keys.Save(), advert);
    }

    /// <inheritdoc/>
    public bool IsAdvert(ReadOnlySpan<byte> advert) =>
        advert.Length == AdvertBytes && SiloKeys.IsPublicKey(advert[..SiloKeys.PublicKeyBytes]) && SiloKeys.IsPublicKey(advert.Slice(SiloKeys.PublicKeyBytes, SiloKeys.PublicKeyBytes));

    /// <inheritdoc/>
    public (byte[] Secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Shares) ShareKeys(
        CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> adverts, int threshold) => Checked(() =>
    {
        Members members = new(context, adverts, threshold, RingWidth.Ring64);
        using SiloSecrets silo = SiloSecrets.Advertise(members.Attempt, self.Value, Vouched.For(adverts[self]), SiloKeys.Load(secrets.Span));
        ShareBundle bundle = silo.ShareKeys(members.Adverts);
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> shares = bundle.Shares.Where(s => s.Holder != silo.Site)
            .ToImmutableSortedDictionary(s => members.SiloOf(s.Holder), s => (ReadOnlyMemory<byte>)s.Encode(members.Attempt));
        return (new CeremonySecrets(silo.Save(), threshold, adverts, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>.Empty).ToArray(), shares);
    });

    /// <inheritdoc/>
    public byte[] ReceiveShares(CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> shares) => Checked(() =>
    {
        using CeremonySecrets stored = CeremonySecrets.Read(secrets.Span);
        Members members = new(context, stored.Adverts, stored.Threshold, RingWidth.Ring64);
        using SiloSecrets silo = SiloSecrets.Load(members.Attempt, stored.Silo);
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> others = shares.Remove(self);
        ImmutableArray<SealedShare> received = members.Decode(others);
        SiteSet unreadable = silo.Unreadable(members.Adverts, received);
        if (unreadable.Count > 0) throw new CeremonyException($"the shares of {string.Join(", ", unreadable.Select(members.SiloOf))} were not sealed for '{self}' in this ceremony");
        return new CeremonySecrets(stored.Silo, stored.Threshold, stored.Adverts, others).ToArray();
    });

    /// <inheritdoc/>
    public void MaskInput(CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, RingWidth ring, Stream vector, IBlobWriter output) => Checked(() =>
    {
        using CeremonySecrets stored = CeremonySecrets.Read(secrets.Span);
        Members members = new(context, stored.Adverts, stored.Threshold, ring);
        using SiloSecrets silo = SiloSecrets.Load(members.Attempt, stored.Silo);
        using MaskStream masks = silo.Mask(members.Adverts, members.Set(stored.Shares.Keys.Append(self)), default);
        Apply(masks, vector, output.Write);
        return true;
    });

    /// <inheritdoc/>
    public byte[] ReleaseShares(CeremonyContext context, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedSet<SiloId> contributors) => Checked(() =>
    {
        using CeremonySecrets stored = CeremonySecrets.Read(secrets.Span);
        Members members = new(context, stored.Adverts, stored.Threshold, RingWidth.Ring64);
        using SiloSecrets silo = SiloSecrets.Load(members.Attempt, stored.Silo);
        Vouched signer = Vouched.For(stored.Adverts[self]);
        SiteSet sharers = members.Set(stored.Shares.Keys.Append(self)), list = members.Set(contributors);
        silo.Mask(members.Adverts, sharers, default).Dispose();
        ContributorSignature own = silo.SignContributors(list, signer);
        IEnumerable<ContributorSignature> all = list.Select(site => own with { Site = site });
        return silo.Unmask(members.Adverts, members.Decode(stored.Shares), list, all, signer).Encode(members.Attempt);
    });

    /// <inheritdoc/>
    public void Unmask(UnmaskRequest request, Stream maskedSum, Stream output) => Checked(() =>
    {
        Members members = new(request.Context, request.Adverts, request.Threshold, request.Ring);
        using SumUnmasker unmasker = new(members.Adverts, members.Set(request.Maskers), members.Set(request.Contributors));
        foreach ((SiloId silo, ReadOnlyMemory<byte> released) in request.Released)
        {
            UnmaskShares shares = UnmaskShares.Decode(members.Attempt, released.Span);
            if (members.SiloOf(shares.Holder) != silo) throw new CeremonyException($"'{silo}' released shares as another site");
            unmasker.Add(shares);
        }
        using MaskStream masks = unmasker.Complete();
        Apply(masks, maskedSum, output.Write);
        return true;
    });

    private static void Apply(MaskStream masks, Stream input, Action<ReadOnlySpan<byte>> output)
    {
        int wordBytes = RingSum.WordBytes(masks.Ring);
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            long offset = 0;
            for (int read; (read = input.ReadAtLeast(piece.AsSpan(0, PieceBytes), PieceBytes, throwOnEndOfStream: false)) > 0; offset += read / wordBytes)
            {
                if (read % wordBytes != 0) throw new CeremonyException($"the vector ends within a word of {wordBytes} bytes");
                masks.Apply(offset, piece.AsSpan(0, read));
                output(piece.AsSpan(0, read));
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(piece);      // the grid vector stood here
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private static T Checked<T>(Func<T> step)
    {
        try
        {
            return step();
        }
        catch (CryptoException e)
        {
            throw new CeremonyException(e.Message, e);
        }
    }

    private static SecAggContext ContextOf(CeremonyContext context) =>
        new(context.Job.Value, context.Collection.Round, context.Collection.Sum, context.Collection.Attempt, Hash(context.Plan), Hash(context.Base), Hash(context.Roster));

    private static Hash256 Hash(Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Digest.Size];
        digest.CopyTo(bytes);
        return new Hash256(bytes);
    }

    /// <summary>The members of one attempt with their adverts, as the library wants them.</summary>
    private sealed class Members
    {
        public Members(CeremonyContext context, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> adverts, int threshold, RingWidth ring)
        {
            SecAggRoster roster = SecAggRoster.Create(adverts.Select(static a => new SecAggSite(a.Key.Value, [.. a.Value.Span])));
            // The c for which the smallest t with 2t > n + c is the threshold that the deciders computed from the plan's own c.
            SecAggParameters parameters = SecAggParameters.Create(new SecAggDemand(roster.Count, Math.Max(0, (2 * threshold) - roster.Count - 2), 0, ring));
            if (parameters.Threshold != threshold || !parameters.IsComplete) throw new CeremonyException($"a threshold of {threshold} of {roster.Count} members: more than half of at most {SecAggParameters.CompleteMax} are possible");
            Attempt = new SecAggAttempt(SecAggTerms.Create(parameters, roster), ContextOf(context));
            Adverts = AdvertList.Verify(Attempt, adverts.Select(a => Advert(roster.PlaceOf(a.Key.Value), a.Value.Span)), Vouched.For(default));
        }

        public SecAggAttempt Attempt { get; }

        public AdvertList Adverts { get; }

        public SiloId SiloOf(int site) => new(Attempt.Terms.Roster.NameOf(site));

        public SiteSet Set(IEnumerable<SiloId> silos) => Attempt.Terms.Roster.Set(silos.Select(static s => s.Value));

        public ImmutableArray<SealedShare> Decode(ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> shares) => [.. shares.Select(s =>
        {
            SealedShare share = SealedShare.Decode(Attempt, s.Value.Span);
            return SiloOf(share.Dealer) == s.Key ? share : throw new CeremonyException($"'{s.Key}' dealt shares as another site");
        })];

        private static SignedAdvert Advert(int site, ReadOnlySpan<byte> bytes) => bytes.Length == AdvertBytes
            ? new SignedAdvert(site, [.. bytes[..SiloKeys.PublicKeyBytes]], [.. bytes.Slice(SiloKeys.PublicKeyBytes, SiloKeys.PublicKeyBytes)], new Hash256(bytes[(2 * SiloKeys.PublicKeyBytes)..]), [])
            : throw new CeremonyException($"an advert of {bytes.Length} bytes; it has {AdvertBytes}");
    }

    /// <summary>Statements whose signatures the deciders have checked on the message that brought them.</summary>
    private sealed class Vouched(ReadOnlyMemory<byte> key) : ITranscriptSigner
    {
        public ReadOnlyMemory<byte> PublicKey => key;

        public static Vouched For(ReadOnlyMemory<byte> key) => new(key);

        public ReadOnlyMemory<byte> Sign(string purpose, ReadOnlySpan<byte> content) => default;

        public bool Verify(string purpose, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey) => true;
    }
}
