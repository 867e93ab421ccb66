using System.Security.Cryptography;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Rlwe;
using Fed.Crypto.SecAgg.Masks;
using Fed.Crypto.SecAgg.Sharing;

namespace Fed.Crypto.SecAgg;

/// <summary>The server's side of Unmasking: collects shares, rebuilds the secrets that they open, and makes the masks that are left on the sum. Disposing wipes the shares.</summary>
/// <remarks>
/// Every share is compared with the hash that its dealer gave for it, so a wrong one is laid to its holder; what good shares give is compared with the dealer's advert, so a wrong secret is laid to its dealer.
/// One user at a time. Cost of <see cref="Complete"/>: O(t) field multiplications for each secret and O(t^2) for each different set of holders, one key agreement for each drop-out and surviving neighbour.
/// </remarks>
public sealed class SumUnmasker : IDisposable
{
    private readonly AdvertList _adverts;
    private readonly IReadOnlyDictionary<int, ShareBundle>? _bundles;
    private readonly Hash256 _list;
    private readonly SortedDictionary<int, SortedDictionary<int, byte[]>> _shares = [];
    private readonly SortedSet<int> _answered = [], _liars = [];
    private Interpolation? _weights;

    /// <summary>Begins for one list of contributors.</summary>
    /// <param name="adverts">The adverts of the attempt (U1).</param>
    /// <param name="bundles">What each sharer has dealt (U2), complete as <see cref="ShareBundle.RequireComplete"/> says.</param>
    /// <param name="contributors">Whose vectors are in the sum (U3).</param>
    /// <exception cref="RefusedException">They are too few or not all sharers, or a sharer has not advertised.</exception>
    public SumUnmasker(AdvertList adverts, IReadOnlyCollection<ShareBundle> bundles, SiteSet contributors)
        : this(adverts, SiteSet.Of(adverts.Attempt.Sites, bundles.Select(static b => b.Dealer)), contributors) => _bundles = bundles.ToDictionary(static b => b.Dealer);

    /// <summary>Begins without what the sharers have dealt: a wrong share then shows in what it gives only, and is laid to nobody.</summary>
    /// <param name="adverts">The adverts of the attempt (U1).</param>
    /// <param name="sharers">Who has dealt shares (U2).</param>
    /// <param name="contributors">Whose vectors are in the sum (U3).</param>
    /// <inheritdoc cref="SumUnmasker(AdvertList, IReadOnlyCollection{ShareBundle}, SiteSet)" path="/exception"/>
    public SumUnmasker(AdvertList adverts, SiteSet sharers, SiteSet contributors)
    {
        (Attempt, _adverts, Sharers, Contributors) = (adverts.Attempt, adverts, sharers, contributors);
        if (!Sharers.IsSubsetOf(adverts.Sites)) throw new RefusedException($"a sharer of {Attempt} has advertised no keys");
        if (!contributors.IsSubsetOf(Sharers)) throw new RefusedException($"a contributor of {Attempt} has dealt no shares");
        if (contributors.Count < Attempt.Parameters.ContributorsMin) throw new RefusedException($"{contributors.Count} contributors of {Attempt}; at least {Attempt.Parameters.ContributorsMin} are opened");
        _list = ContributorSignature.ListId(Attempt, Sharers, contributors);
        foreach (int dealer in Needed) _shares.Add(dealer, []);
    }

    /// <summary>The attempt.</summary>
    public SecAggAttempt Attempt { get; }

    /// <summary>Who has dealt shares (U2).</summary>
    public SiteSet Sharers { get; }

    /// <summary>Whose vectors are in the sum (U3).</summary>
    public SiteSet Contributors { get; }

    /// <summary>Who shared and then dropped out, and left masks in the sum.</summary>
    public SiteSet Dropped => Sharers.Except(Contributors);

    /// <summary>Who has given out shares, right or wrong.</summary>
    public SiteSet Answered => SiteSet.Of(Attempt.Sites, _answered);

    /// <summary>Who has given out a share that is not the one it was dealt.</summary>
    public SiteSet Liars => SiteSet.Of(Attempt.Sites, _liars);

    /// <summary>The sites of whose secrets too few shares are there.</summary>
    public SiteSet Missing => SiteSet.Of(Attempt.Sites, _shares.Where(s => s.Value.Count < Attempt.Parameters.Threshold).Select(static s => s.Key));

    /// <summary>Whether the sum can be unmasked.</summary>
    public bool IsComplete => _shares.Values.All(s => s.Count >= Attempt.Parameters.Threshold);

    // A drop-out none of whose neighbours contributed has left no mask.
    private IEnumerable<int> Needed => Contributors.Concat(Dropped.Where(d => Attempt.Graph.NeighboursOf(d).Intersect(Contributors).Count > 0));

    /// <summary>Takes a holder's shares. The same ones again change nothing.</summary>
    /// <returns>Whether all of them were right. Wrong ones are left out, and their holder is in <see cref="Liars"/>.</returns>
    /// <exception cref="RefusedException">The holder is no contributor, or its shares are for another list.</exception>
    public bool Add(UnmaskShares shares)
    {
        if (!Contributors.Contains(shares.Holder)) throw new RefusedException($"shares of {Attempt} from place {shares.Holder}, which is no contributor");
        if (shares.List != _list) throw new RefusedException($"the shares of '{Attempt.Name(shares.Holder)}' are for other contributors of {Attempt}");
        bool right = true;
        foreach (UnmaskShare share in shares.Shares) right &= Add(shares.Holder, share);
        _answered.Add(shares.Holder);
        if (!right) _liars.Add(shares.Holder);
        return right;
    }

    /// <summary>Rebuilds the secrets and makes the masks to be taken from the sum.</summary>
    /// <returns>To be applied to the summed vector, piece by piece; what comes out is the sum of the contributors' vectors. The caller disposes it.</returns>
    /// <exception cref="RefusedException">Too few shares are there.</exception>
    /// <exception cref="OpeningInconsistentException">A site's shares do not make the secrets that it advertised; the sum cannot be opened from them.</exception>
    public MaskStream Complete()
    {
        if (!IsComplete) throw new RefusedException($"{_answered.Count} contributors of {Attempt} have given out shares; of {Missing.Count} secrets fewer than {Attempt.Parameters.Threshold} shares are there");
        MaskStream masks = new(Attempt.Parameters.Ring);
        using SecretBuffer<byte> secret = new(AgreementKey.ScalarBytes), key = new(MaskCipher.KeyBytes);
        try
        {
            foreach (int site in Contributors)
            {
                if (!Rebuild(site, secret.Span) || SiloKeys.CommitSeed(Attempt.Context, Attempt.Name(site), secret.Span) != _adverts[site].SeedCommitment) throw DealtWrongly(site);
                MaskKeys.OfSite(Attempt, site, secret.Span, key.Span);
                masks.Include(key.Span, subtract: true);
            }
            foreach (int site in Dropped)
                if (_shares.ContainsKey(site)) IncludePairs(site, masks, secret.Span, key.Span);
            return masks;
        }
        catch
        {
            masks.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (byte[] share in _shares.Values.SelectMany(static s => s.Values)) CryptographicOperations.ZeroMemory(share);
        _shares.Clear();
    }

    private bool Add(int holder, UnmaskShare share)
    {
        UnmaskKind expected = Contributors.Contains(share.Dealer) ? UnmaskKind.SelfMask : UnmaskKind.MaskKey;
        if (share.Kind != expected || !Sharers.Contains(share.Dealer) || !Attempt.Graph.HoldersOf(share.Dealer).Contains(holder)) return false;
        if (_bundles is not null)
        {
            if (_bundles[share.Dealer].For(holder) is not SealedShare dealt) return false;
            if (SealedShare.Commit(Attempt, share.Dealer, holder, share.Kind, share.Share.AsSpan()) != (expected == UnmaskKind.SelfMask ? dealt.SeedShare : dealt.KeyShare)) return false;
        }
        if (_shares.TryGetValue(share.Dealer, out SortedDictionary<int, byte[]>? of)) of[holder] = share.Share.AsSpan().ToArray();
        return true;
    }

    private bool Rebuild(int dealer, Span<byte> secret)
    {
        int threshold = Attempt.Parameters.Threshold;
        using SecretBuffer<ulong> shares = new(threshold * PrimeField.Words);
        Span<int> holders = stackalloc int[threshold];
        int count = 0;
        foreach ((int holder, byte[] share) in _shares[dealer].Take(threshold))
        {
            if (!PrimeField.TryRead(share, shares.Span.Slice(count * PrimeField.Words, PrimeField.Words))) return false;   // no element: the dealer gave its hash, or nobody gave any
            holders[count++] = holder;
        }
        if (_weights is null || !_weights.IsFor(holders)) _weights = new Interpolation(holders);
        return _weights.TryCombine(shares.Span, secret);
    }

    // What a survivor added for a pair is taken away, and the other way round.
    private void IncludePairs(int dropped, MaskStream masks, Span<byte> secret, Span<byte> key)
    {
        if (!Rebuild(dropped, secret) || !AgreementKey.IsScalar(secret)) throw DealtWrongly(dropped);
        using AgreementKey agreement = new(secret);
        if (!agreement.Public().AsSpan().SequenceEqual(_adverts[dropped].MaskKey.AsSpan())) throw DealtWrongly(dropped);
        foreach (int survivor in Attempt.Graph.NeighboursOf(dropped).Intersect(Contributors))
        {
            MaskKeys.OfPair(Attempt, dropped, agreement, _adverts[survivor], key);
            masks.Include(key, subtract: survivor > dropped);
        }
    }

    private OpeningInconsistentException DealtWrongly(int site) => new(
        $"the shares of '{Attempt.Name(site)}' do not make the secrets it advertised for {Attempt}: {(_bundles is null ? "it dealt wrongly or a holder lied" : "it dealt wrongly")}, and the sum cannot be opened");
}
