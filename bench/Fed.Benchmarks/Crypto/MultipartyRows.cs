using System.Collections.Immutable;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;
using Fed.Vectors;

namespace Fed.Benchmarks.Crypto;

/// <summary>What opening a sum costs a key holder and whoever puts the shares together: profile silo-threshold, 16-bit values, 64 silos.</summary>
internal static class MultipartyRows
{
    private const int Holders = 3, Threshold = 2, Values = 6 * 8192;

    public static void Measure(CryptoTable table)
    {
        PackingLayout layout = PackingLayout.Create(
            PackingProfile.SiloThreshold,
            VectorSchema.Create(new Segment("w", [Values], SegmentKind.Statistic, 16, 0, GridRounding.Nearest, Weighted: true)),
            new PackingJob(Summands: 64, KeyHolders: 64, Rounds: 100, Attempts: 3));
        using KeySites sites = new(Holders, Threshold, layout);
        table.TimePerValue("fingerprint of one's own ciphertexts", () => sites.Fingerprint(0), Values);
        ImmutableArray<ImmutableArray<OpeningShare>> shares = [.. Enumerable.Range(0, Threshold).Select(sites.SharesOf)];
        table.TimePerValue("decryption share, smudged and signed", () => sites.SharesOf(0), Values, bytes: shares[0][0].Bytes.Length);
        long[] values = new long[Values];
        table.TimePerValue($"open from {Threshold} shares, signatures checked", () => sites.Open(shares, values), Values);
    }
}
