using System.Collections.Immutable;
using Fed.Crypto.Packing;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Ring;
using Fed.Crypto.SecAgg;
using Fed.Crypto.Tests.Packing;
using Fed.Crypto.Tests.Sampling;
using Fed.Crypto.Tests.SecAgg;
using Fed.Vectors;

namespace Fed.Crypto.Tests.Attacks;

/// <summary>The attack of Phong et al. and iDLG (<see cref="RowReconstruction"/> has the sources) on one row per site, the worst case: out of a plain update it falls exactly, out of a protected one nothing does. Of the opened sum `./test.sh bench leak` prints what is left to see.</summary>
public sealed class RowReconstructionTests
{
    private const int Features = 784, Classes = 4, Length = (Classes * Features) + Classes, Sites = 3;
    private const double Step = 1.0 / 4096;

    /// <summary>Six deviations of the correlation of unrelated rows: false alarm 2e-9.</summary>
    private static readonly double Unrelated = 6 / Math.Sqrt(Features);

    private readonly double[][] _rows = [.. Enumerable.Range(0, Sites).Select(static site => Row(site))];
    private readonly long[][] _grids;

    public RowReconstructionTests() =>
        _grids = [.. _rows.Select(static (row, site) => RowReconstruction.Update(new double[Length], row, site % Classes, Classes).Select(static v => (long)Math.Round(v / Step)).ToArray())];

    [Fact]
    public void A_plain_update_is_the_row_and_the_label()
    {
        for (int site = 0; site < Sites; site++)
        {
            (int label, double[] row) = RowReconstruction.Solve([.. _grids[site].Select(static v => v * Step)], Features, Classes);
            Assert.Equal(site % Classes, label);
            Assert.True(RowReconstruction.Correlation(row, _rows[site]) > 0.9999);
            Assert.All(row.Zip(_rows[site]), static pair => Assert.Equal(pair.Second, pair.First, 0.002));   // the grid's step over the bias' slope
        }
    }

    [Theory]
    [InlineData(RingWidth.Ring32)]
    [InlineData(RingWidth.Ring64)]
    public void A_masked_update_is_no_row_and_the_opened_sum_is_a_mixture_of_all(RingWidth ring)
    {
        using Federation federation = new(Sites, ring: ring, words: Length, seed: 21);
        for (int site = 0; site < Sites; site++) PackedSum.Words(_grids[site], ring).CopyTo(federation.Vectors[site], 0);
        SiteSet all = SiteSet.All(Sites);
        AdvertList adverts = federation.Adverts(all);
        federation.Share(adverts, all);
        for (int site = 0; site < Sites; site++) AssertNothing(Decoded(federation.Masked(site, adverts, all)));

        using Federation again = new(Sites, ring: ring, words: Length, seed: 21);
        for (int site = 0; site < Sites; site++) PackedSum.Words(_grids[site], ring).CopyTo(again.Vectors[site], 0);
        AssertMixture(Decoded(again.RunWithout()));

        double[] Decoded(byte[] words)
        {
            long[] values = new long[Length];
            RingSum.Decode(ring, words, values);
            return [.. values.Select(static v => v * Step)];
        }
    }

    [Fact]
    public void An_encrypted_update_is_no_row_and_the_opened_sum_is_a_mixture_of_all()
    {
        PackingLayout layout = PackingLayout.Create(PackingProfile.Create("attack-4096", 4096, [49, 49], isThreshold: true), PackedSum.Schema((Length, 16)), new PackingJob(Sites, Sites));
        RnsRing ring = layout.Profile.Ring;
        RlweSecretKey[] parts = [.. Enumerable.Range(0, Sites).Select(site => RlweSecretKey.Generate(ring, new SeededEntropy(220 + site)))];
        byte[] key = new byte[32];
        PackedFormat format = new(layout, key);
        ImmutableArray<byte[]>[] encrypted = [.. Enumerable.Range(0, Sites).Select(site => PackedSum.Encrypt(layout, key, parts[site], attempt: 1, _grids[site], entropy: new SeededEntropy(24 + site)))];
        foreach (ImmutableArray<byte[]> ciphertext in encrypted) AssertNothing(Fields(ciphertext, useSecrets: false));
        AssertMixture(Fields(PackedSum.Add(layout, key, encrypted), useSecrets: true));

        // The fields where a decoder would look for them, checks left out: whoever has no key has nothing better to try.
        double[] Fields(ImmutableArray<byte[]> ciphertexts, bool useSecrets)
        {
            PackingRun run = layout.Runs[0];
            List<double> values = [];
            foreach ((int index, byte[] ciphertext) in ciphertexts.Index())
            {
                ulong[] words = new ulong[ring.Words], a = new ulong[ring.Words];
                format.Unpack(ciphertext, 0, words);
                PackedSum.Mask(layout, 1, index, a);
                if (useSecrets) foreach (RlweSecretKey part in parts) ring.MultiplyAdd(a, part.Evaluations, words);
                ring.Inverse(words);
                for (int i = 0; i < ring.N && values.Count < Length; i++)
                {
                    System.Numerics.BigInteger rest = RingAlgebra.RoundedQuotient(ring.ComposeCentredAt(words, i), System.Numerics.BigInteger.One << layout.Proof.StepLog2);
                    for (int f = 0; f < run.Fields && values.Count < Length; f++)
                    {
                        long low = (long)(rest & ((System.Numerics.BigInteger.One << run.Width) - 1)), field = low >= 1L << (run.Width - 1) ? low - (1L << run.Width) : low;
                        values.Add(field * Step);
                        rest = (rest - field) >> run.Width;
                    }
                }
            }
            return [.. values];
        }
    }

    private void AssertNothing(double[] taken)
    {
        for (int c = 0; c < Classes; c++)
            foreach (double[] row in _rows)
                Assert.InRange(RowReconstruction.Correlation(taken[(c * Features)..((c + 1) * Features)], row), -Unrelated, Unrelated);
    }

    // The expected leak of any sum: a weighted mean of the rows, in which none stands alone.
    private void AssertMixture(double[] sum)
    {
        Assert.Equal(Enumerable.Range(0, Length).Select(i => _grids.Sum(grid => grid[i]) * Step), sum);
        double[] row = RowReconstruction.Solve(sum, Features, Classes).Row;
        Assert.All(_rows, r => Assert.True(RowReconstruction.Correlation(row, r) < 0.99));
    }

    private static double[] Row(int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, Features).Select(_ => (random.NextDouble() * 4) - 2)];
    }
}
