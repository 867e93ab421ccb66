using System.Collections.Immutable;
using Fed.Crypto.Multiparty;
using Fed.Crypto.SecAgg.Masks;
using Fed.Crypto.SecAgg.Wire;

namespace Fed.Crypto.SecAgg;

/// <summary>AdvertiseKeys: a site's fresh public keys for one attempt, signed.</summary>
/// <param name="Site">The site's place.</param>
/// <param name="MaskKey">Point whose agreements give the pair masks (s in the papers); its secret is shared out.</param>
/// <param name="ShareKey">Point whose agreements encrypt shares (c in the papers).</param>
/// <param name="SeedCommitment">Hash of the seed of the site's own mask, so that a wrong reconstruction shows.</param>
/// <param name="Signature">The site's, over the attempt and all of it.</param>
public sealed record SignedAdvert(int Site, ImmutableArray<byte> MaskKey, ImmutableArray<byte> ShareKey, Hash256 SeedCommitment, ImmutableArray<byte> Signature)
{
    private const string Purpose = "fedactors/secagg/advert/1";

    internal static SignedAdvert Sign(SecAggAttempt attempt, int site, SiloKeys keys, ITranscriptSigner signer)
    {
        SignedAdvert unsigned = new(site, keys.MaskKey, keys.ShareKey, keys.SeedCommitment(attempt.Context, attempt.Name(site)), []);
        return unsigned.SignedBy(attempt, signer);
    }

    internal SignedAdvert SignedBy(SecAggAttempt attempt, ITranscriptSigner signer) => this with { Signature = [.. signer.Sign(Purpose, Covered(attempt)).Span] };

    internal bool IsSigned(SecAggAttempt attempt, ITranscriptSigner verifier) =>
        verifier.Verify(Purpose, Covered(attempt), Signature.AsSpan(), attempt.Terms.Roster.Sites[Site].SigningKey.AsSpan());

    internal FieldHash AddTo(FieldHash statement) => statement.Add(Site).Add(MaskKey.AsSpan()).Add(ShareKey.AsSpan()).Add(SeedCommitment);

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode(SecAggAttempt attempt) =>
        new SecAggWriter(SecAggKind.Advert, 384).Add(attempt.Id).Add(Site).Add(MaskKey.AsSpan()).Add(ShareKey.AsSpan()).Add(SeedCommitment).AddSignature(Signature.AsSpan()).ToArray();

    /// <summary>Reads canonical bytes; keys and signature are checked by <see cref="AdvertList.Verify"/>.</summary>
    /// <exception cref="SecAggFormatException">They are none, or of another attempt.</exception>
    public static SignedAdvert Decode(SecAggAttempt attempt, ReadOnlySpan<byte> bytes)
    {
        SecAggReader reader = new(SecAggKind.Advert, bytes);
        reader.RequireAttempt(attempt);
        SignedAdvert advert = new(reader.Site(attempt.Sites), reader.Array(AgreementKey.PointBytes), reader.Array(AgreementKey.PointBytes), reader.Hash(), reader.Signature());
        reader.End();
        return advert;
    }

    private byte[] Covered(SecAggAttempt attempt) => AddTo(attempt.Statement(Purpose)).Close().ToArray();
}
