using System.Collections.Immutable;
using Fed.Crypto.Multiparty;
using Fed.Crypto.SecAgg.Wire;

namespace Fed.Crypto.SecAgg;

/// <summary>ConsistencyCheck: a contributor's word that it was shown these lists. It signs one for an attempt; enough of them under one list leave none for another.</summary>
/// <param name="Site">The contributor's place.</param>
/// <param name="List">Hash over attempt, sharers (U2) and contributors (U3).</param>
/// <param name="Signature">The site's.</param>
public sealed record ContributorSignature(int Site, Hash256 List, ImmutableArray<byte> Signature)
{
    private const string Purpose = "fedactors/secagg/contributors/1";

    /// <summary>The hash that stands for the lists.</summary>
    public static Hash256 ListId(SecAggAttempt attempt, SiteSet sharers, SiteSet contributors) => contributors.AddTo(sharers.AddTo(attempt.Statement("fedactors/secagg/contributor-list/1"))).Close();

    internal static ContributorSignature Sign(SecAggAttempt attempt, int site, Hash256 list, ITranscriptSigner signer) => new(site, list, [.. signer.Sign(Purpose, Covered(attempt, site, list)).Span]);

    /// <summary>Whether it is the site's, over this list of this attempt.</summary>
    public bool IsValid(SecAggAttempt attempt, Hash256 list, ITranscriptSigner verifier) =>
        List == list && (uint)Site < (uint)attempt.Sites && verifier.Verify(Purpose, Covered(attempt, Site, list), Signature.AsSpan(), attempt.Terms.Roster.Sites[Site].SigningKey.AsSpan());

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode(SecAggAttempt attempt) => new SecAggWriter(SecAggKind.ContributorSignature).Add(attempt.Id).Add(Site).Add(List).AddSignature(Signature.AsSpan()).ToArray();

    /// <summary>Reads canonical bytes.</summary>
    /// <exception cref="SecAggFormatException">They are none, or of another attempt.</exception>
    public static ContributorSignature Decode(SecAggAttempt attempt, ReadOnlySpan<byte> bytes)
    {
        SecAggReader reader = new(SecAggKind.ContributorSignature, bytes);
        reader.RequireAttempt(attempt);
        ContributorSignature signature = new(reader.Site(attempt.Sites), reader.Hash(), reader.Signature());
        reader.End();
        return signature;
    }

    private static byte[] Covered(SecAggAttempt attempt, int site, Hash256 list) => attempt.Statement(Purpose, site, site).Add(list).Close().ToArray();
}
