using System.Collections.Immutable;
using Fed.Crypto.SecAgg.Wire;

namespace Fed.Crypto.SecAgg;

/// <summary>ShareKeys: all that a site deals in one attempt, one entry for each holder that has advertised keys.</summary>
/// <param name="Dealer">The site's place.</param>
/// <param name="Shares">In ascending order of holders. The entry of the dealer itself, on the complete graph, has hashes only.</param>
public sealed record ShareBundle(int Dealer, ImmutableArray<SealedShare> Shares)
{
    /// <summary>The entry of a holder, or null.</summary>
    public SealedShare? For(int holder)
    {
        int low = 0, high = Shares.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (Shares[middle].Holder == holder) return Shares[middle];
            if (Shares[middle].Holder < holder) low = middle + 1;
            else high = middle - 1;
        }
        return null;
    }

    /// <summary>Server: checks that the dealer has dealt to everybody it had to.</summary>
    /// <exception cref="RefusedException">Its holders are not those that advertised.</exception>
    public void RequireComplete(AdvertList adverts)
    {
        SiteSet expected = adverts.Attempt.Graph.HoldersOf(Dealer).Intersect(adverts.Sites);
        if (!adverts.Sites.Contains(Dealer) || !expected.Equals(SiteSet.Of(adverts.Attempt.Sites, Shares.Select(static s => s.Holder))) || Shares.Length != expected.Count)
            throw new RefusedException($"'{adverts.Attempt.Name(Dealer)}' deals to {Shares.Length} holders; {expected.Count} of its holders have advertised for {adverts.Attempt}");
    }

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode(SecAggAttempt attempt)
    {
        SecAggWriter writer = new SecAggWriter(SecAggKind.ShareBundle, 64 + 192 * Shares.Length).Add(attempt.Id).Add(Dealer).Add(Shares.Length);
        foreach (SealedShare share in Shares) share.AddTo(writer);
        return writer.ToArray();
    }

    /// <summary>Reads canonical bytes.</summary>
    /// <exception cref="SecAggFormatException">They are none, or of another attempt.</exception>
    public static ShareBundle Decode(SecAggAttempt attempt, ReadOnlySpan<byte> bytes)
    {
        SecAggReader reader = new(SecAggKind.ShareBundle, bytes);
        reader.RequireAttempt(attempt);
        int dealer = reader.Site(attempt.Sites), count = reader.Count(attempt.Graph.HoldersOf(dealer).Count), last = -1;
        List<SealedShare> shares = [];                      // grows with what is there, not with what the count promises
        for (int i = 0; i < count; i++)
        {
            SealedShare share = SealedShare.Read(ref reader, attempt, dealer);
            if (share.Holder <= last) throw reader.Refuse("its holders are not in ascending order");
            last = share.Holder;
            shares.Add(share);
        }
        reader.End();
        return new ShareBundle(dealer, [.. shares]);
    }
}
