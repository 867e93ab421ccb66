using System.Collections.Immutable;
using System.Numerics;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;
using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;
using Fed.Crypto.Tests.Multiparty;
using Fed.Crypto.Tests.Packing;

namespace Fed.Crypto.Tests.Attacks;

/// <summary>
/// What an aggregator gets opened that chooses the ciphertext: the opening of ring-LWE is a decryption oracle, and shares are one before rounding (Cheon, Choe, Passelegue, Stehle, Suvanto, ePrint 2024/127; for threshold schemes
/// Mouchet et al., ePrint 2022/780, and Lattigo's SECURITY.md). Holders that open what they are sent give everything away; ours open sums that they have tied to their round.
/// </summary>
public sealed class ChosenCiphertextTests
{
    private static readonly Lazy<Holders> Shared = new(static () => Holders.Make(4, 2));
    private static int _rounds;
    private readonly Holders _holders = Shared.Value;
    private readonly RnsRing _ring = Shared.Value.Ceremony.Ring;
    private readonly Round _sum;
    private readonly PackedFormat _format;

    public ChosenCiphertextTests()
    {
        _sum = Fresh(length: 1);
        _format = new PackedFormat(_sum.Layout, _holders.Key.Key.Id.AsSpan());
    }

    /// <summary>Shares of c1 = K add up to K s + f, and K is larger than any smudging: the key, whole, at the first question.</summary>
    [Fact]
    public void A_constant_as_c1_gives_the_key_for_any_smudging_and_ours_make_no_share_of_it()
    {
        BigInteger k = BigInteger.One << 80;
        ulong[] constant = RingAlgebra.Evaluations(_ring, [k]);
        WeakHolders weak = new(_ring, _holders.Secret, 4) { Smudging = WideGaussian.Create((double)_sum.Layout.Proof.SmudgingSigma) };
        BigInteger[] key = [.. RingAlgebra.Coefficients(_ring, weak.Together(constant)).Select(c => RingAlgebra.RoundedQuotient(c, k))];
        Assert.Equal(RingAlgebra.Coefficients(_ring, _holders.Secret), key);

        AssertRefused(With(_sum.Sums[0], 1, constant));
    }

    /// <summary>A ciphertext times a: what stands beside the smudging is a times the error, and the error with the plaintext is the key. Twenty bits of smudging, a default elsewhere, do not even need two questions.</summary>
    [Fact]
    public void A_scaled_ciphertext_lifts_the_error_above_a_fixed_smudging_and_ours_make_no_share_of_it()
    {
        const int SmudgingBits = 20;
        BigInteger a = BigInteger.One << (SmudgingBits + 5);       // above ten deviations of all holders, and a Delta m below the modulus
        ulong[] c0 = Unpacked(0), c1 = Unpacked(1), lift = RingAlgebra.Evaluations(_ring, [a]), scaled0 = new ulong[_ring.Words], scaled1 = new ulong[_ring.Words];
        _ring.Multiply(c0, lift, scaled0);
        _ring.Multiply(c1, lift, scaled1);
        WeakHolders weak = new(_ring, _holders.Secret, 4) { Smudging = WideGaussian.Create(1 << SmudgingBits) };
        ulong[] opened = [.. scaled0];
        _ring.Add(opened, weak.Together(scaled1));
        BigInteger[] message = [.. RingAlgebra.Coefficients(_ring, opened).Select(c => RingAlgebra.RoundedQuotient(c, a))];   // Delta m + e, without any smudging
        ulong[] right = RingAlgebra.Evaluations(_ring, message);
        _ring.Subtract(right.AsSpan(), c0);
        Assert.Equal(_holders.Secret, RingAlgebra.Divide(_ring, right, c1));

        AssertRefused(With(With(_sum.Sums[0], 0, scaled0), 1, scaled1));
    }

    [Fact]
    public void A_single_ciphertext_in_the_place_of_the_sum_opens_to_its_sites_vector_and_ours_make_no_share_of_it()
    {
        Round sum = Fresh(length: 300);
        PackedFormat format = new(sum.Layout, _holders.Key.Key.Id.AsSpan());
        string victim = _holders.NameOf(3);
        byte[] single = [.. sum.Ciphertexts[victim][0]];
        WeakHolders weak = new(_ring, _holders.Secret, 4);
        Assert.Equal(sum.Vectors[victim], weak.Open(format, single, summands: 1));

        format.Write(new PackedHeader(PackedForm.Ciphertext, 0, 4), single);   // it says it were the sum
        AssertRefused(sum, single);
    }

    /// <summary>A site in league with the aggregator contributes what cancels the others: c_j = minus the sum of all but the victim's. Ciphertexts are malleable (the rushing adversary of Asharov et al., ePrint 2011/613), so ours have to be committed to before anybody has uploaded.</summary>
    [Fact]
    public void A_contribution_that_cancels_the_others_leaves_the_victim_and_ours_are_committed_before_any_is_seen()
    {
        Round sum = Fresh(length: 300);
        PackedFormat format = new(sum.Layout, _holders.Key.Key.Id.AsSpan());
        string[] honest = [.. Enumerable.Range(0, 3).Select(_holders.NameOf)];
        byte[] cancelling = Cancelling(sum, honest[1..]);
        SumAccumulator accumulator = new(sum.Layout, _holders.Key.Key.Id.AsSpan());
        foreach (string site in honest) accumulator.Add(sum.Ciphertexts[site][0]);
        accumulator.Add(cancelling);
        byte[] total = new byte[accumulator.SumBytes];
        accumulator.Close(total);
        WeakHolders weak = new(_ring, _holders.Secret, 4);
        Assert.Equal(sum.Vectors[honest[0]], weak.Open(format, total, summands: 4));

        Contribution late = Contribution.Of(sum.Id, _holders.Key, sum.Layout, _holders.NameOf(3), Round.Memory([cancelling]));
        SumStatement claimed = new(sum.Id, sum.Layout, [.. sum.Contributions.Where(c => honest.Contains(c.Party)), late], [CiphertextHash.Of(total)]);
        Assert.Contains("not what it had committed to", Assert.Throws<RefusedException>(() => sum.Begin(0, _holders.Active(0, 1), claimed)).Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// The limit of that, as docs/threat-model.md states it. An attempt that was uploaded and not opened has shown the aggregator ciphertexts of the very vectors that the next attempt sums: a contributor in league with it
    /// then commits in time to what cancels all but the victim. Every rule is kept, and the most thorough check passes: nothing proves that a contributor knows what it has encrypted.
    /// </summary>
    [Fact]
    public void A_contributor_in_league_that_sends_in_what_others_uploaded_before_leaves_the_victim_and_no_check_sees_it()
    {
        Round before = Fresh(length: 300);
        string[] honest = [.. Enumerable.Range(0, 3).Select(_holders.NameOf)];
        string accomplice = _holders.NameOf(3);
        byte[] cancelling = Cancelling(before, honest[1..]);
        Round again = new(
            _holders,
            [0, 1, 2, 3],
            before.Id with { Attempt = 1 },
            layout: before.Layout,
            seed: _rounds,
            ciphertexts: before.Vectors.ToImmutableDictionary(static v => v.Key, v => v.Key == accomplice ? [cancelling] : PackedSum.Encrypt(before.Layout, _holders.Key.Key, v.Value)));
        Assert.Equal(before.Vectors[honest[0]], again.Open(_holders.Active(0, 1)));
    }

    /// <summary>
    /// Nor what it has chosen: a contributor whose second polynomial is a constant K has K s added to the sum, and whoever puts the shares together reads the key where K s stands clear of the values. Shares are of c1 alone,
    /// so it is the opening of a sum that every opener has added up again, and no ciphertext of anybody else is needed.
    /// </summary>
    [Fact]
    public void A_contributor_in_league_that_sends_in_a_constant_gives_the_key_away_and_no_check_sees_it()
    {
        BigInteger k = BigInteger.One << 80;
        Round honest = Fresh(length: 300);
        PackedFormat format = new(honest.Layout, _holders.Key.Key.Id.AsSpan());
        string accomplice = _holders.NameOf(3);
        byte[] chosen = [.. honest.Ciphertexts[accomplice][0]];
        format.Polynomial(chosen.AsSpan(), 0).Clear();
        ResiduePacking.Pack(_ring, RingAlgebra.Evaluations(_ring, [k]), format.Polynomial(chosen.AsSpan(), 1));
        Round sum = new(_holders, [0, 1, 2, 3], honest.Id with { Attempt = 1 }, layout: honest.Layout, seed: _rounds, ciphertexts: honest.Ciphertexts.SetItem(accomplice, [chosen]));
        ActiveSet active = _holders.Active(0, 1);
        ulong[] opened = new ulong[_ring.Words], share = new ulong[_ring.Words];
        format.Unpack(sum.Sums[0], 0, opened);
        foreach (int member in active.Members)                     // as it reaches the server, which need not decode it as it should
        {
            format.Unpack(sum.Share(member, active).Payload, 0, share);
            _ring.Add(opened, share);
        }
        int used = sum.Layout.Coefficients;
        BigInteger[] key = [.. RingAlgebra.Coefficients(_ring, opened).Select(c => RingAlgebra.RoundedQuotient(c, k))];
        Assert.InRange(used, 1, _ring.N / 10);                      // what lies under the values is read with K X^i, at the next sum
        Assert.Equal(RingAlgebra.Coefficients(_ring, _holders.Secret)[used..], key[used..]);
    }

    /// <summary>Two sums of the same vectors, one without the victim: the tracker of Denning, Denning and Schwartz (ACM TODS 1979), on encrypted sums.</summary>
    [Fact]
    public void Sums_over_two_cohorts_differ_by_the_victim_and_ours_open_one()
    {
        Round all = Fresh(length: 300), less = new(_holders, [0, 1, 2], all.Id with { Attempt = 1 }, layout: all.Layout, seed: _rounds, ciphertexts: null);
        Assert.Equal(all.Vectors[_holders.NameOf(0)], less.Vectors[_holders.NameOf(0)]);
        PackedFormat format = new(all.Layout, _holders.Key.Key.Id.AsSpan());
        WeakHolders weak = new(_ring, _holders.Secret, 4);
        long[] difference = [.. weak.Open(format, all.Sums[0], 4).Zip(weak.Open(format, less.Sums[0], 3), static (a, b) => a - b)];
        Assert.Equal(all.Vectors[_holders.NameOf(3)], difference);

        ActiveSet active = _holders.Active(0, 1);
        Assert.Equal(all.Expected, all.Open(active));
        Assert.Contains("other contributors", Assert.Throws<RefusedException>(() => less.Share(0, active)).Message, StringComparison.Ordinal);
        Assert.Contains("other contributors", Assert.Throws<RefusedException>(() => less.Share(1, active)).Message, StringComparison.Ordinal);
    }

    // Minus the sum of what some sites have uploaded.
    private byte[] Cancelling(Round sum, string[] sites)
    {
        PackedFormat format = new(sum.Layout, _holders.Key.Key.Id.AsSpan());
        byte[] cancelling = [.. sum.Ciphertexts[_holders.NameOf(0)][0]];
        for (int poly = 0; poly < 2; poly++)
        {
            ulong[] others = new ulong[_ring.Words], word = new ulong[_ring.Words];
            foreach (string site in sites)
            {
                format.Unpack(sum.Ciphertexts[site][0], poly, word);
                _ring.Add(others, word);
            }
            _ring.Negate(others);
            ResiduePacking.Pack(_ring, others, format.Polynomial(cancelling.AsSpan(), poly));
        }
        return cancelling;
    }

    private void AssertRefused(byte[] chosen) => AssertRefused(_sum, chosen);

    // Neither passed off as the stated sum, nor stated as the sum.
    private void AssertRefused(Round sum, byte[] chosen)
    {
        ActiveSet active = _holders.Active(0, 1);
        Assert.Throws<RefusedException>(() => _holders.All[0].Share(sum.Full(0, active), 0, CiphertextHash.SecondOf(chosen)));
        SumStatement claimed = new(sum.Id, sum.Layout, sum.Contributions, [CiphertextHash.Of(chosen)]);
        Assert.Throws<RefusedException>(() => sum.Begin(0, active, claimed).ByRecomputation((party, index) => sum.Ciphertexts[party][index]));
        Assert.Equal(sum.Expected, sum.Open(active));              // what it says is opened
    }

    private byte[] With(byte[] ciphertext, int poly, ulong[] words)
    {
        byte[] changed = [.. ciphertext];
        ResiduePacking.Pack(_ring, words, _format.Polynomial(changed.AsSpan(), poly));
        return changed;
    }

    private ulong[] Unpacked(int poly)
    {
        ulong[] words = new ulong[_ring.Words];
        _format.Unpack(_sum.Sums[0], poly, words);
        return words;
    }

    private Round Fresh(int length) => new(_holders, [0, 1, 2, 3], new SumRound("chosen", Interlocked.Increment(ref _rounds), "training", 0), length: length, seed: _rounds);
}
