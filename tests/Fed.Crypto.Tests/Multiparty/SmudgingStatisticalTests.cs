using System.Numerics;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;
using Fed.Crypto.Tests.Sampling;

namespace Fed.Crypto.Tests.Multiparty;

/// <summary>
/// What the holders add to their shares, taken out again with the joint secret that only a test has. The holders' randomness is seeded; each figure would alarm for
/// right smudging with a probability of 1e-9 over the seed (<see cref="Fit"/>).
/// </summary>
public sealed class SmudgingStatisticalTests
{
    private const int Threshold = 2;

    [Fact]
    public void Smudging_has_the_deviation_of_the_proof_is_normal_independent_and_within_its_bound()
    {
        Holders holders = Holders.Make(3, Threshold, entropyOf: static i => new SeededEntropy(100 + i));
        ActiveSet active = holders.Active(0, 2);
        List<double> values = [];
        BigInteger bound = 0;
        double deviation = 0;
        for (int round = 0; round < 4; round++)
        {
            Round sum = new(holders, [0, 1, 2], new SumRound("job", round, "training", 0), length: 50, seed: round);
            deviation = Math.Sqrt(Threshold) * (double)sum.Layout.Proof.SmudgingSigma;
            bound = sum.Layout.Proof.ErrorBound;
            values.AddRange(Smudging(sum, active).Select(v =>
            {
                Assert.True(BigInteger.Abs(v) < bound);
                return (double)v / deviation;
            }));
        }
        int n = values.Count;
        Assert.InRange(Fit.Mean(values.Sum(), n, 0, 1), 0, Fit.Alarm);
        Assert.InRange(Fit.Mean(values.Sum(static v => v * v), n, 1, Math.Sqrt(2)), 0, Fit.Alarm);
        Assert.InRange(Fit.Mean(values.Sum(static v => v * v * v * v), n, 3, Math.Sqrt(96)), 0, Fit.Alarm);
        Assert.InRange(Fit.Mean(values.Zip(values.Skip(1), static (a, b) => a * b).Sum(), n - 1, 0, 1), 0, Fit.Alarm);
        Assert.InRange(Fit.Mean(values.Zip(values.Skip(holders.Ceremony.Ring.N), static (a, b) => a * b).Sum(), n - holders.Ceremony.Ring.N, 0, 1), 0, Fit.Alarm);   // from ciphertext to ciphertext
        double[] edges = [.. Enumerable.Range(-12, 25).Select(static i => i / 4.0)];
        long[] counts = new long[edges.Length + 1];
        foreach (double value in values) counts[edges.Count(e => e < value)]++;
        double[] below = [0, .. edges.Select(Fit.Phi), 1];
        Assert.InRange(Fit.ChiSquare(counts, [.. below.Zip(below.Skip(1), static (a, b) => b - a)]), double.NegativeInfinity, Fit.Alarm);
        Assert.True(Fit.Mean(values.Sum(static v => v * v), n, 1.1, 1.1 * Math.Sqrt(2)) > Fit.Alarm);   // five percent less smudging than the proof asks for would show
    }

    /// <summary>A key switch share needs the same smudging: the receiver knows its own secret, and so sees a (lambda x) + f. One holder that adds none would halve the mean square.</summary>
    [Fact]
    public void Switched_shares_are_smudged_as_decryption_shares_are()
    {
        Holders holders = Holders.Make(3, Threshold, entropyOf: static i => new SeededEntropy(200 + i));
        ActiveSet active = holders.Active(0, 2);
        RnsRing ring = holders.Ceremony.Ring;
        Round sum = new(holders, [0, 1, 2], length: 50);
        using RlweSecretKey secret = RlweSecretKey.Generate(ring, new SeededEntropy(7));
        ReceiverPublicKey receiver = Receiver(ring, secret);
        OpeningShare[] shares = [.. active.Members.Select(m => holders.All[m].Switch(sum.Full(m, active), 0, receiver))];
        byte[] switched = sum.Opening(active).Switch(0, sum.Sums[0], receiver, shares);

        // What the receiver opens, less what the holders would have opened without smudging.
        ulong[] noise = new ulong[ring.Words], poly = new ulong[ring.Words], exact = new ulong[ring.Words];
        PackedFormat from = new(sum.Layout, holders.Key.Key.Id.AsSpan()), to = new(sum.Layout, receiver.Id.ToArray());
        to.Unpack(switched, 0, noise);
        to.Unpack(switched, 1, poly);
        ring.MultiplyAdd(poly, secret.Evaluations, noise);
        from.Unpack(sum.Sums[0], 0, exact);
        new SumMask(holders.Key, sum.Id, sum.Layout).Write(0, poly);
        ring.MultiplyAdd(poly, holders.Secret, exact);
        ring.Subtract(noise, exact, noise);
        ring.Inverse(noise);
        double deviation = Math.Sqrt(Threshold) * (double)sum.Layout.Proof.SmudgingSigma;
        double[] values = [.. Enumerable.Range(0, ring.N).Select(i => (double)ring.ComposeCentredAt(noise, i) / deviation)];
        Assert.InRange(Fit.Mean(values.Sum(), ring.N, 0, 1), 0, Fit.Alarm);
        Assert.InRange(Fit.Mean(values.Sum(static v => v * v), ring.N, 1, Math.Sqrt(2)), 0, Fit.Alarm);
        Assert.True(Fit.Mean(values.Sum(static v => v * v), ring.N, 2, 2 * Math.Sqrt(2)) > Fit.Alarm);   // and half of it would alarm
    }

    private static ReceiverPublicKey Receiver(RnsRing ring, RlweSecretKey secret)
    {
        byte[] seed = new byte[AesCtrStream.SeedBytes];
        ulong[] a = new ulong[ring.Words], b = new ulong[ring.Words];
        Expansion.Uniform(seed, ReceiverPublicKey.Label, ring, a);
        using AesCtrStream stream = SeededEntropy.Stream(8);
        RlweSample.Share(ring, a, secret.Evaluations, stream, b);
        return new ReceiverPublicKey(Holders.Profile, seed, b);
    }

    // Both shares less a s is both holders' f.
    private static IEnumerable<BigInteger> Smudging(Round sum, ActiveSet active)
    {
        Holders holders = sum.Holders;
        RnsRing ring = holders.Ceremony.Ring;
        PackedFormat format = new(sum.Layout, holders.Key.Key.Id.AsSpan());
        ulong[] noise = new ulong[ring.Words], share = new ulong[ring.Words];
        new SumMask(holders.Key, sum.Id, sum.Layout).Write(0, share);
        ring.Multiply(share, holders.Secret, noise);
        ring.Negate(noise);
        foreach (int member in active.Members)
        {
            format.Unpack(sum.Share(member, active).Payload, 0, share);
            ring.Add(noise, share);
        }
        ring.Inverse(noise);
        return Enumerable.Range(0, ring.N).Select(i => ring.ComposeCentredAt(noise, i));
    }
}
