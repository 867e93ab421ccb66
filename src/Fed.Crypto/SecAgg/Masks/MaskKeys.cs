using System.Security.Cryptography;

namespace Fed.Crypto.SecAgg.Masks;

/// <summary>The keys of masks, each for one attempt: HKDF-SHA256 with the whole context in the info.</summary>
internal static class MaskKeys
{
    /// <summary>The key of a site's own mask.</summary>
    public static void OfSite(SecAggAttempt attempt, int site, ReadOnlySpan<byte> seed, Span<byte> key) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, seed, key, [], attempt.Statement("fedactors/secagg/self-mask/1", site, site).Close().ToArray());

    /// <summary>The key of the mask that two sites share, whichever of them computes it.</summary>
    public static void OfPair(SecAggAttempt attempt, int site, AgreementKey maskKey, SignedAdvert peer, Span<byte> key) =>
        maskKey.Derive(peer.MaskKey.AsSpan(), attempt.Statement("fedactors/secagg/pair-mask/1", Math.Min(site, peer.Site), Math.Max(site, peer.Site)).Close().ToArray(), key);
}
