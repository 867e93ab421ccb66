using System.Collections.Immutable;
using Fed.Crypto.Multiparty;
using Fed.Crypto.SecAgg.Sharing;
using Fed.Crypto.SecAgg.Wire;

namespace Fed.Crypto.SecAgg;

/// <summary>Which of a peer's two secrets a share is of. Of one peer in one attempt a silo gives out one kind, ever.</summary>
public enum UnmaskKind
{
    /// <summary>The seed of its own mask: of a peer that contributed.</summary>
    SelfMask = 1,

    /// <summary>The key of its pair masks: of a peer that shared and then dropped out.</summary>
    MaskKey = 2,
}

/// <summary>One share that a holder gives out.</summary>
/// <param name="Dealer">Place of the site whose secret it is of.</param>
/// <param name="Kind">Which secret.</param>
/// <param name="Share">34 bytes.</param>
public sealed record UnmaskShare(int Dealer, UnmaskKind Kind, ImmutableArray<byte> Share)
{
    /// <summary>Never the share.</summary>
    public override string ToString() => $"{Kind} of {Dealer}: <redacted>";
}

/// <summary>Unmasking: the shares that one holder gives out for one list of contributors.</summary>
/// <param name="Holder">The holder's place.</param>
/// <param name="List">The list, as <see cref="ContributorSignature.ListId"/> names it.</param>
/// <param name="Shares">In ascending order of dealers, one for each. Dealers whose shares were unreadable are missing.</param>
public sealed record UnmaskShares(int Holder, Hash256 List, ImmutableArray<UnmaskShare> Shares)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode(SecAggAttempt attempt)
    {
        SecAggWriter writer = new SecAggWriter(SecAggKind.UnmaskShares, 96 + 40 * Shares.Length).Add(attempt.Id).Add(Holder).Add(List).Add(Shares.Length);
        foreach (UnmaskShare share in Shares) writer.Add(share.Dealer).Add((byte)share.Kind).Add(share.Share.AsSpan());
        return writer.ToArray();
    }

    /// <summary>Reads canonical bytes.</summary>
    /// <exception cref="SecAggFormatException">They are none, or of another attempt.</exception>
    public static UnmaskShares Decode(SecAggAttempt attempt, ReadOnlySpan<byte> bytes)
    {
        SecAggReader reader = new(SecAggKind.UnmaskShares, bytes);
        reader.RequireAttempt(attempt);
        int holder = reader.Site(attempt.Sites), last = -1;
        Hash256 list = reader.Hash();
        List<UnmaskShare> shares = [];
        Span<ulong> element = stackalloc ulong[PrimeField.Words];
        for (int count = reader.Count(attempt.Sites); count > 0; count--)
        {
            int dealer = reader.Site(attempt.Sites);
            UnmaskKind kind = (UnmaskKind)reader.Byte();
            if (kind is not (UnmaskKind.SelfMask or UnmaskKind.MaskKey)) throw reader.Refuse($"a share of kind {(int)kind}");
            if (dealer <= last) throw reader.Refuse("its dealers are not in ascending order");
            ImmutableArray<byte> share = reader.Array(PrimeField.Bytes);
            if (!PrimeField.TryRead(share.AsSpan(), element)) throw reader.Refuse("a share is not below the field's prime");
            shares.Add(new UnmaskShare(dealer, kind, share));
            last = dealer;
        }
        reader.End();
        return new UnmaskShares(holder, list, [.. shares]);
    }
}
