using System.Collections.Immutable;
using System.Security.Cryptography;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Sampling;
using Fed.Crypto.SecAgg.Masks;
using Fed.Crypto.SecAgg.Sharing;

namespace Fed.Crypto.SecAgg;

public sealed partial class SiloSecrets
{
    /// <summary>ShareKeys: shares both secrets among the holders that have advertised. Fixes the adverts.</summary>
    /// <param name="adverts">The verified adverts, this site's own among them; on a sparse graph those of its neighbours are enough.</param>
    /// <param name="note">What this site tells a holder besides, by the holder's place; see <see cref="SealedShare.Note"/>.</param>
    /// <returns>The bundle; the same bytes for the same adverts and notes.</returns>
    /// <exception cref="RefusedException">This site's advert is missing or changed, fewer than t holders have advertised, or other adverts were answered before.</exception>
    public ShareBundle ShareKeys(AdvertList adverts, Func<int, ImmutableArray<byte>>? note = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (adverts.Attempt.Id != Attempt.Id) throw new RefusedException($"the adverts are for {adverts.Attempt}, this silo is at {Attempt}");
        if (!adverts.TryGet(Site, out SignedAdvert? own) || !Same(own, Advert)) throw new RefusedException($"this site's advert is missing from the list, or is not the one it sent, for {Attempt}");
        if (_adverts is Hash256 before && before != adverts.Id) throw new RefusedException($"other adverts have been answered for {Attempt}: keys are shared once");
        SiteSet holders = Holders.Intersect(adverts.Sites);
        RequireHolders(holders, "have advertised keys");
        _adverts = adverts.Id;

        using AesCtrStream stream = SharingStream(adverts.Id);
        using SecretSharing seed = new(_keys.Seed, Parameters.Threshold, stream), key = new(_keys.MaskScalar, Parameters.Threshold, stream);
        using AgreementKey agreement = new(_keys.ShareScalar);
        Span<byte> shares = stackalloc byte[SealedShare.PlainBytes], nonce = stackalloc byte[12];
        ImmutableArray<SealedShare>.Builder dealt = ImmutableArray.CreateBuilder<SealedShare>(holders.Count);
        foreach (int holder in holders)
        {
            seed.ShareOf(holder, shares[..PrimeField.Bytes]);
            key.ShareOf(holder, shares[PrimeField.Bytes..]);
            ImmutableArray<byte> told = note?.Invoke(holder) ?? [];
            stream.Fill(nonce);                            // follows from the seed, the adverts and the note: the same message has the same nonce again, another one another
            byte[] noted = SHA256.HashData(told.AsSpan());
            for (int i = 0; i < nonce.Length; i++) nonce[i] ^= noted[i];
            dealt.Add(holder == Site ? SealedShare.Open(Attempt, Site, Site, shares) : SealedShare.Seal(Attempt, Site, agreement, adverts[holder], nonce, shares, told));
        }
        CryptographicOperations.ZeroMemory(shares);
        return new ShareBundle(Site, dealt.MoveToImmutable());
    }

    /// <summary>Whose shares cannot be read by this site. They can be asked for again before anything is masked; who goes on without them has one holder fewer for those dealers.</summary>
    /// <param name="adverts">The adverts of <see cref="ShareKeys"/>.</param>
    /// <param name="shares">What the server has passed on for this site.</param>
    /// <exception cref="RefusedException">Keys have not been shared, or with other adverts.</exception>
    public SiteSet Unreadable(AdvertList adverts, IEnumerable<SealedShare> shares)
    {
        RequireAdverts(adverts);
        using AgreementKey agreement = new(_keys.ShareScalar);
        byte[] opened = GC.AllocateArray<byte>(SealedShare.PlainBytes, pinned: true);
        SiteSet unreadable = SiteSet.Of(
            Attempt.Sites, shares.Where(s => s.Holder != Site || !adverts.TryGet(s.Dealer, out SignedAdvert? dealer) || !s.TryOpen(Attempt, agreement, dealer, opened)).Select(static s => s.Dealer));
        CryptographicOperations.ZeroMemory(opened);
        return unreadable;
    }

    /// <summary>MaskedInputCollection: the masks of this site's vector, its own and one for each neighbour that has dealt shares. Fixes who has, and the vector.</summary>
    /// <param name="adverts">The adverts of <see cref="ShareKeys"/>.</param>
    /// <param name="sharers">Sites whose shares the server has passed on (U2).</param>
    /// <param name="vector">Hash of the grid vector in the outbox: two vectors under one mask would show their difference.</param>
    /// <returns>The masks, to be applied piece by piece; the caller disposes them.</returns>
    /// <exception cref="RefusedException">This site or too many others are missing from the sharers, one has not advertised, or other sharers or another vector were answered before.</exception>
    public MaskStream Mask(AdvertList adverts, SiteSet sharers, Hash256 vector)
    {
        RequireAdverts(adverts);
        if (_sharers is not null && (!_sharers.Equals(sharers) || _vector != vector)) throw new RefusedException($"another list of sharers or another vector has been masked for {Attempt}: masks are used once");
        SiteSet holders = Holders.Intersect(sharers), peers = Attempt.Graph.NeighboursOf(Site).Intersect(sharers);
        if (!sharers.Contains(Site)) throw new RefusedException($"this site is missing from the sharers of {Attempt}");
        if (sharers.Count < Parameters.ContributorsMin) throw new RefusedException($"{sharers.Count} sites have dealt shares for {Attempt}; a sum has at least {Parameters.ContributorsMin} contributors");
        if (!peers.IsSubsetOf(adverts.Sites)) throw new RefusedException($"a sharer of {Attempt} has advertised no keys");
        RequireHolders(holders, "have dealt shares");
        (_sharers, _vector) = (sharers, vector);

        MaskStream masks = new(Parameters.Ring);
        Span<byte> key = stackalloc byte[MaskCipher.KeyBytes];
        MaskKeys.OfSite(Attempt, Site, _keys.Seed, key);
        masks.Include(key, subtract: false);
        using AgreementKey agreement = new(_keys.MaskScalar);
        foreach (int peer in peers)
        {
            MaskKeys.OfPair(Attempt, Site, agreement, adverts[peer], key);
            masks.Include(key, subtract: Site < peer);
        }
        CryptographicOperations.ZeroMemory(key);
        return masks;
    }

    /// <summary>ConsistencyCheck: signs the lists of sharers and contributors. Fixes the contributors: this attempt is opened for them or for nobody.</summary>
    /// <param name="contributors">Sites whose vectors are in the sum (U3).</param>
    /// <param name="signer">This site's signing key.</param>
    /// <exception cref="RefusedException">This site has masked nothing or is not among them, they are too few, not all sharers, fall apart on the graph, or other contributors were signed before.</exception>
    public ContributorSignature SignContributors(SiteSet contributors, ITranscriptSigner signer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_sharers is not SiteSet sharers) throw new RefusedException($"this site has contributed nothing to {Attempt}");
        if (_contributors is not null && !_contributors.Equals(contributors)) throw new RefusedException($"other contributors have been signed for {Attempt}: a sum is opened for one list");
        if (!contributors.Contains(Site)) throw new RefusedException($"this site's contribution is missing from the list of {Attempt}");
        if (!contributors.IsSubsetOf(sharers)) throw new RefusedException($"a contributor of {Attempt} has dealt no shares");
        if (contributors.Count < Parameters.ContributorsMin) throw new RefusedException($"{contributors.Count} contributors of {Attempt}; at least {Parameters.ContributorsMin} are opened");
        RequireHolders(Holders.Intersect(contributors), "are contributors");
        if (!Attempt.Graph.Connects(contributors)) throw new RefusedException($"the contributors of {Attempt} fall apart on the graph: parts of the sum could be opened alone");
        _contributors = contributors;
        return ContributorSignature.Sign(Attempt, Site, ContributorSignature.ListId(Attempt, sharers, contributors), signer);
    }

    /// <summary>Unmasking: of each contributor whose shares this site holds the share of its own mask's seed, of each that dropped out after it shared the share of its mask key; never both of one.</summary>
    /// <param name="adverts">The adverts of <see cref="ShareKeys"/>.</param>
    /// <param name="shares">What the server has passed on for this site. Shares that cannot be read are left out, and so is their dealer from the answer.</param>
    /// <param name="contributors">The list that <see cref="SignContributors"/> has signed.</param>
    /// <param name="signatures">Contributors' signatures over it.</param>
    /// <param name="verifier">Checks signatures.</param>
    /// <exception cref="RefusedException">This site has signed no list or another one, fewer than the required contributors have signed it, or a share is not for this site.</exception>
    public UnmaskShares Unmask(AdvertList adverts, IEnumerable<SealedShare> shares, SiteSet contributors, IEnumerable<ContributorSignature> signatures, ITranscriptSigner verifier)
    {
        RequireAdverts(adverts);
        if (_contributors is null || !_contributors.Equals(contributors)) throw new RefusedException($"this site has signed {(_contributors is null ? "no" : "another")} list of contributors of {Attempt}: no share is given out");
        Hash256 list = ContributorSignature.ListId(Attempt, _sharers!, contributors);
        int signed = signatures.Where(s => contributors.Contains(s.Site) && s.IsValid(Attempt, list, verifier)).Select(static s => s.Site).Distinct().Count();
        if (signed < Parameters.Signatures) throw new RefusedException($"{signed} contributors have signed the list of {Attempt}; shares are given out for {Parameters.Signatures}");

        SortedDictionary<int, UnmaskShare> given = [];
        if (Holders.Contains(Site)) given.Add(Site, OwnShare(adverts));
        using AgreementKey agreement = new(_keys.ShareScalar);
        Span<byte> opened = stackalloc byte[SealedShare.PlainBytes];
        foreach (SealedShare share in shares)
        {
            if (share.Holder != Site || !_sharers!.Contains(share.Dealer) || share.Dealer == Site) throw new RefusedException($"a share of {Attempt} is not for this site or not from a sharer");
            if (!adverts.TryGet(share.Dealer, out SignedAdvert? dealer) || !share.TryOpen(Attempt, agreement, dealer, opened)) continue;
            bool contributed = contributors.Contains(share.Dealer);
            ReadOnlySpan<byte> part = contributed ? opened[..PrimeField.Bytes] : opened[PrimeField.Bytes..];
            UnmaskShare answer = new(share.Dealer, contributed ? UnmaskKind.SelfMask : UnmaskKind.MaskKey, [.. part]);
            if (!given.TryAdd(share.Dealer, answer)) throw new RefusedException($"two shares of '{Attempt.Name(share.Dealer)}' for {Attempt}");
        }
        CryptographicOperations.ZeroMemory(opened);
        return new UnmaskShares(Site, list, [.. given.Values]);
    }

    private UnmaskShare OwnShare(AdvertList adverts)
    {
        Span<byte> share = stackalloc byte[PrimeField.Bytes];
        using AesCtrStream stream = SharingStream(adverts.Id);
        using SecretSharing seed = new(_keys.Seed, Parameters.Threshold, stream);
        seed.ShareOf(Site, share);
        return new UnmaskShare(Site, UnmaskKind.SelfMask, [.. share]);   // this site is a contributor: it has checked
    }

    private AesCtrStream SharingStream(Hash256 adverts)
    {
        Span<byte> key = stackalloc byte[AesCtrStream.SeedBytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _keys.SharingSeed, key, [], Attempt.Statement("fedactors/secagg/sharing-polynomials/1", Site, Site).Add(adverts).Close().ToArray());
        AesCtrStream stream = new(key);
        CryptographicOperations.ZeroMemory(key);
        return stream;
    }

    private void RequireAdverts(AdvertList adverts)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_adverts is not Hash256 before || before != adverts.Id) throw new RefusedException($"keys of {Attempt} have been shared with {(_adverts is null ? "nobody yet" : "other adverts")}");
    }

    private void RequireHolders(SiteSet holders, string what)
    {
        if (holders.Count < Parameters.Threshold) throw new RefusedException($"{holders.Count} of the sites that hold shares of this one {what} for {Attempt}; {Parameters.Threshold} are needed");
    }

    private static bool Same(SignedAdvert a, SignedAdvert b) =>
        a.Site == b.Site && a.SeedCommitment == b.SeedCommitment && a.MaskKey.AsSpan().SequenceEqual(b.MaskKey.AsSpan()) && a.ShareKey.AsSpan().SequenceEqual(b.ShareKey.AsSpan());
}
