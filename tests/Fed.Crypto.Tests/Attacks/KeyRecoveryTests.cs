using System.Numerics;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;
using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;
using Fed.Crypto.Tests.Multiparty;

namespace Fed.Crypto.Tests.Attacks;

/// <summary>
/// The secret key out of what openings show, where holders open carelessly; each attack is then run against ours. Approximate openings: Li and Micciancio (EUROCRYPT 2021, ePrint 2020/1533). Shares that are made anew, and second sets
/// of openers: Checri, Sirdey, Boudguiga and Bultel (ePrint 2024/116), and ePrint 2024/194 on retries.
/// </summary>
public sealed class KeyRecoveryTests
{
    private const int Asked = 2048;

    private static readonly Lazy<Holders> Shared = new(static () => Holders.Make(3, 2));
    private static int _rounds;
    private readonly Holders _holders = Shared.Value;
    private readonly RnsRing _ring = Shared.Value.Ceremony.Ring;

    /// <summary>
    /// Shares of one a with fresh errors average the errors away, and a x without an error is x: Checri, Sirdey, Boudguiga and Bultel (ePrint 2024/116) on threshold schemes, and the
    /// retries of ePrint 2024/194.
    /// </summary>
    [Fact]
    public void A_share_that_is_made_anew_each_time_averages_to_the_key_and_ours_is_made_once()
    {
        Round sum = Fresh();
        ulong[] a = MaskOf(sum);
        WeakHolders weak = new(_ring, _holders.Secret, 3);
        Assert.Equal(weak.PartOf(1), Averaged(Asked, a, () => weak.Share(1, a)));

        ActiveSet active = _holders.Active(0, 1);
        VerifiedSum verified = sum.Full(1, active);
        long before = Openings(1);
        PackedFormat format = Format(sum);
        ulong[] share = new ulong[_ring.Words], other = new ulong[_ring.Words];
        format.Unpack(sum.Share(0, active).Payload, 0, other);
        ulong[] estimate = Averaged(16, a, () =>
        {
            format.Unpack(_holders.All[1].Share(verified, 0).Payload, 0, share);
            return [.. share];
        });
        Assert.Equal(before + 1, Openings(1));
        // With what the other opener knows the right estimate would be the joint secret; this one meets it nowhere.
        _ring.Add(estimate, RingAlgebra.Divide(_ring, other, a));
        Assert.Equal(0, estimate.Zip(_holders.Secret).Count(static pair => pair.First == pair.Second));
    }

    /// <summary>Smudging alone does not help a holder that forgets: it only makes the attacker ask more often. The error falls with the square root of the number of questions, so what bounds it is that there is one answer.</summary>
    [Fact]
    public void Smudging_of_the_right_size_falls_with_the_number_of_questions_where_shares_are_made_anew()
    {
        const int Questions = 256;
        Round sum = Fresh();
        ulong[] a = MaskOf(sum), mean = new ulong[_ring.Words], product = new ulong[_ring.Words];
        WeakHolders weak = new(_ring, _holders.Secret, 2) { Smudging = WideGaussian.Create((double)sum.Layout.Proof.SmudgingSigma) };
        for (int i = 0; i < Questions; i++) _ring.Add(mean, weak.Share(0, a));
        _ring.Multiply(a, weak.PartOf(0), product);
        for (int i = 0; i < Questions; i++) _ring.Subtract(mean.AsSpan(), product);
        double[] errors = [.. RingAlgebra.Coefficients(_ring, mean).Select(static e => (double)e / Questions)];
        double deviation = Math.Sqrt(errors.Sum(static e => e * e) / errors.Length);
        Assert.InRange(deviation / ((double)sum.Layout.Proof.SmudgingSigma / Math.Sqrt(Questions)), 0.9, 1.1);   // nine deviations of this estimate
    }

    /// <summary>
    /// An opening that publishes Delta m + e, with the ciphertext, is the linear equation a s = (Delta m + e) - c0: Li and Micciancio (EUROCRYPT 2021, ePrint 2020/1533). Ours publishes integers, of which the same
    /// equation has no error to take out.
    /// </summary>
    [Fact]
    public void An_approximate_opening_is_the_key_and_an_exact_one_tells_nothing_of_it()
    {
        Round sum = Fresh();
        PackedFormat format = Format(sum);
        ulong[] c0 = new ulong[_ring.Words], a = MaskOf(sum), opened = new ulong[_ring.Words];
        format.Unpack(sum.Sums[0], 0, c0);
        _ring.Multiply(a, _holders.Secret, opened);
        _ring.Add(opened, c0);                                     // what approximate decryption gives out
        Assert.Equal(_holders.Secret, Solve(opened));

        long[] values = sum.Open(_holders.Active(0, 2));
        PackingRun run = sum.Layout.Runs[0];
        BigInteger[] packed = [.. values.Chunk(run.Fields).Select(fields => fields.Select((v, f) => (BigInteger)v << (sum.Layout.Proof.StepLog2 + (f * run.Width))).Aggregate(BigInteger.Add))];
        BigInteger[] estimate = RingAlgebra.Coefficients(_ring, Solve(RingAlgebra.Evaluations(_ring, packed)));
        // The key's coefficients lie within the number of holders; of 4,096 uniform ones modulo 2^98 none does.
        Assert.DoesNotContain(estimate, static s => BigInteger.Abs(s) <= 3);
        Assert.All(RingAlgebra.Coefficients(_ring, _holders.Secret), static s => Assert.True(BigInteger.Abs(s) <= 3));

        ulong[] Solve(ulong[] message)
        {
            ulong[] right = new ulong[_ring.Words];
            _ring.Subtract(message, c0, right);
            return RingAlgebra.Divide(_ring, right, a);
        }
    }

    /// <summary>Two openings of one sum by different sets give linear relations (ePrint 2024/194, its retries); a share for the second set is refused, after a restart too.</summary>
    [Fact]
    public void A_second_set_of_openers_gets_no_share_of_the_same_ciphertext()
    {
        Round sum = Fresh();
        byte[] share = sum.Share(1, _holders.Active(0, 1)).Bytes.ToArray();
        Assert.Throws<RefusedException>(() => sum.Share(1, _holders.Active(1, 2)));
        byte[] wrappingKey = new byte[32];
        using KeyHolder restarted = KeyHolder.Unwrap(_holders.Key, _holders.NameOf(1), _holders.All[1].Wrap(wrappingKey), wrappingKey, _holders.Ledgers[1], _holders.Signers[1], SystemEntropy.Instance);
        Assert.Throws<RefusedException>(() => restarted.Share(sum.Full(1, _holders.Active(1, 2)), 0));
        Assert.Equal(share, restarted.Share(sum.Full(1, _holders.Active(0, 1)), 0).Bytes.ToArray());
    }

    // The mean of all shares' differences to the first is the mean error less the first one's error, which is an integer: so the first one's error is known, and a x.
    private ulong[] Averaged(int times, ulong[] a, Func<ulong[]> ask)
    {
        ulong[] first = ask(), difference = new ulong[_ring.Words];
        long[] sums = new long[_ring.N];
        Modulus q = _ring.Moduli[0];
        for (int i = 1; i < times; i++)
        {
            _ring.Subtract(ask(), first, difference);
            _ring.Inverse(difference);
            for (int k = 0; k < sums.Length; k++) sums[k] += difference[k] > q.Value / 2 ? -(long)(q.Value - difference[k]) : (long)difference[k];
        }
        long[] errors = [.. sums.Select(s => -(long)Math.Round((double)s / times))];
        ulong[] noise = new ulong[_ring.Words];
        _ring.FromSigned(errors, noise);
        _ring.Forward(noise);
        _ring.Subtract(first.AsSpan(), noise);
        return RingAlgebra.Divide(_ring, first, a);
    }

    private PackedFormat Format(Round sum) => new(sum.Layout, _holders.Key.Key.Id.AsSpan());

    private ulong[] MaskOf(Round sum)
    {
        ulong[] a = new ulong[_ring.Words];
        new SumMask(_holders.Key, sum.Id, sum.Layout).Write(0, a);
        return a;
    }

    private Round Fresh() => new(_holders, [0, 1, 2], new SumRound("recovery", Interlocked.Increment(ref _rounds), "training", 0), length: 50, seed: _rounds);

    private long Openings(int holder) => _holders.Ledgers[holder].Read(new ShareRequest(_holders.Key.Id, default, default, default, default, default)).Openings;
}
