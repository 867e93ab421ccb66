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
/// What somebody gets opened that chooses ciphertexts: the opening of ring-LWE is a decryption oracle, and shares are one before rounding (Cheon, Choe, Passelegue, Stehle, Suvanto, ePrint 2024/127; for threshold schemes
/// Mouchet et al., ePrint 2022/780, and Lattigo's SECURITY.md). Each attack succeeds on sites that encrypt under the common public key and holders that multiply the second polynomial of a sum. Ours encrypt with their own parts of the
/// secret and multiply polynomials that nobody chooses: no ciphertext, whoever made it, changes a share.
/// </summary>
public sealed class ChosenCiphertextTests
{
    private static readonly Lazy<Holders> Shared = new(static () => Holders.Make(4, 2));
    private static int _rounds;
    private readonly Holders _holders = Shared.Value;
    private readonly RnsRing _ring = Shared.Value.Ceremony.Ring;
    private readonly PackingLayout _public;
    private readonly PackedFormat _format;

    public ChosenCiphertextTests()
    {
        _public = Round.LayoutOf(_holders, 300, job: new PackingJob(4, 4) { OpeningsPerKey = _holders.Ceremony.OpeningsInAll, UnderPublicKey = true });
        _format = new PackedFormat(_public, _holders.Key.Key.Id.AsSpan());
    }

    /// <summary>Shares of c1 = K add up to K s + f, and K is larger than any smudging: the key, whole, at the first question.</summary>
    [Fact]
    public void A_constant_as_c1_gives_the_key_for_any_smudging()
    {
        BigInteger k = BigInteger.One << 80;
        BigInteger[] key = [.. RingAlgebra.Coefficients(_ring, Smudged().Together(RingAlgebra.Evaluations(_ring, [k]))).Select(c => RingAlgebra.RoundedQuotient(c, k))];
        Assert.Equal(RingAlgebra.Coefficients(_ring, _holders.Secret), key);
    }

    /// <summary>A ciphertext times a: what stands beside the smudging is a times the error, and the error with the plaintext is the key. Twenty bits of smudging, a default elsewhere, do not even need two questions.</summary>
    [Fact]
    public void A_scaled_ciphertext_lifts_the_error_above_a_fixed_smudging()
    {
        const int SmudgingBits = 20;
        PackingLayout one = Round.LayoutOf(_holders, 1, job: _public.Proof.Job);
        byte[] ciphertext = PackedSum.Encrypt(one, _holders.Key.Key, [5])[0];
        BigInteger a = BigInteger.One << (SmudgingBits + 5);       // above ten deviations of all holders, and a Delta m below the modulus
        PackedFormat format = new(one, _holders.Key.Key.Id.AsSpan());
        ulong[] c0 = Unpacked(format, ciphertext, 0), c1 = Unpacked(format, ciphertext, 1), lift = RingAlgebra.Evaluations(_ring, [a]), opened = new ulong[_ring.Words], scaled = new ulong[_ring.Words];
        _ring.Multiply(c0, lift, opened);
        _ring.Multiply(c1, lift, scaled);
        WeakHolders weak = new(_ring, _holders.Secret, 4) { Smudging = WideGaussian.Create(1 << SmudgingBits) };
        _ring.Add(opened, weak.Together(scaled));
        BigInteger[] message = [.. RingAlgebra.Coefficients(_ring, opened).Select(c => RingAlgebra.RoundedQuotient(c, a))];   // Delta m + e, without any smudging
        ulong[] right = RingAlgebra.Evaluations(_ring, message);
        _ring.Subtract(right.AsSpan(), c0);
        Assert.Equal(_holders.Secret, RingAlgebra.Divide(_ring, right, c1));
    }

    [Fact]
    public void A_single_ciphertext_in_the_place_of_the_sum_opens_to_its_sites_vector_and_ours_is_under_one_part_of_four()
    {
        byte[] victim = Encrypt(Vector(1));
        Assert.Equal(Vector(1), Smudged().Open(_format, victim, summands: 1));

        Round sum = Fresh();
        PackedFormat format = new(sum.Layout, _holders.Key.Key.Id.AsSpan());
        byte[] single = [.. sum.Ciphertexts[_holders.NameOf(3)][0]];
        format.Write(new PackedHeader(PackedForm.Masked, 0, 4), single);   // it says it were the sum
        AssertOpensToNothing(sum, single);
    }

    /// <summary>
    /// A site in league with the aggregator contributes what cancels the others: c_j = minus the sum of all but the victim's (the rushing adversary of Asharov et al., ePrint 2011/613). Commitments before the first upload keep it from
    /// using ciphertexts of the same attempt, not of one that failed after its uploads, or of an earlier round: these it has. Under our scheme neither cancels anything: what a share takes off is the four sites' own masks.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_contribution_that_cancels_the_others_leaves_the_victim_and_ours_leaves_garbage(bool isEarlier)
    {
        byte[][] old = [.. Enumerable.Range(1, 3).Select(i => Encrypt(Vector(i)))], now = isEarlier ? [.. Enumerable.Range(1, 3).Select(i => Encrypt(Vector(i)))] : old;
        Assert.Equal(Vector(1), Smudged().Open(_format, Sum(_public, [.. now, Negated(_public, old[1..], polys: 2)]), summands: 4));

        Round before = Fresh();
        string[] honest = [.. Enumerable.Range(0, 3).Select(_holders.NameOf)];
        Round rogue = Rogue(before, Negated(before.Layout, [.. honest[1..].Select(site => before.Ciphertexts[site][0])], polys: 1), attempt: isEarlier ? 1 : 0);
        if (!isEarlier) Assert.Equal(before.Ciphertexts[honest[0]][0], rogue.Ciphertexts[honest[0]][0]);
        AssertOpensToNothing(rogue, rogue.Sums[0]);
    }

    /// <summary>
    /// Nor does the site need anybody's ciphertext. Its second polynomial is a constant K, committed to in time: the sum really is the sum of what was committed to, and has K s in it, which whoever puts the shares together reads where it
    /// stands clear of the values.
    /// </summary>
    [Fact]
    public void A_constant_that_is_contributed_gives_the_key_and_ours_gives_the_shares_that_there_are_without_it()
    {
        BigInteger k = BigInteger.One << 80;
        byte[] chosen = Encrypt(Vector(4));
        _format.Polynomial(chosen.AsSpan(), 0).Clear();
        ResiduePacking.Pack(_ring, RingAlgebra.Evaluations(_ring, [k]), _format.Polynomial(chosen.AsSpan(), 1));
        byte[] total = Sum(_public, [.. Enumerable.Range(1, 3).Select(i => Encrypt(Vector(i))), chosen]);
        ulong[] opened = Unpacked(_format, total, 0);
        _ring.Add(opened, Smudged().Together(Unpacked(_format, total, 1)));
        int used = _public.Coefficients;
        Assert.InRange(used, 1, _ring.N / 10);                      // what lies under the values is read with K X^i, at the next sum
        Assert.Equal(RingAlgebra.Coefficients(_ring, _holders.Secret)[used..], RingAlgebra.Coefficients(_ring, opened).Select(c => RingAlgebra.RoundedQuotient(c, k)).Skip(used));

        Round before = Fresh();
        byte[] constant = [.. before.Ciphertexts[_holders.NameOf(3)][0]];
        PackedFormat format = new(before.Layout, _holders.Key.Key.Id.AsSpan());
        ResiduePacking.Pack(_ring, RingAlgebra.Evaluations(_ring, [k]), format.Polynomial(constant.AsSpan(), 0));
        Round rogue = Rogue(before, constant, attempt: 0);
        ActiveSet active = _holders.Active(0, 1);
        Assert.Equal(before.Share(0, active).Payload, rogue.Share(0, active).Payload);   // the very bytes: that somebody sends something else is nothing that a share is made of
        AssertOpensToNothing(rogue, rogue.Sums[0]);
    }

    /// <summary>Two sums of the same vectors, one without the victim: the tracker of Denning, Denning and Schwartz (ACM TODS 1979), on encrypted sums.</summary>
    [Fact]
    public void Sums_over_two_cohorts_differ_by_the_victim_and_ours_open_one()
    {
        Round all = Fresh(), less = new(_holders, [0, 1, 2], all.Id with { Attempt = 1 }, layout: all.Layout, seed: _rounds);
        Assert.Equal(all.Vectors[_holders.NameOf(0)], less.Vectors[_holders.NameOf(0)]);
        long[] difference = [.. Careless(all, 0, 1, 2, 3).Zip(Careless(less, 0, 1, 2), static (a, b) => a - b)];
        Assert.Equal(all.Vectors[_holders.NameOf(3)], difference);

        ActiveSet active = _holders.Active(0, 1);
        Assert.Equal(all.Expected, all.Open(active));
        Assert.Contains("other contributors", Assert.Throws<RefusedException>(() => less.Share(0, active)).Message, StringComparison.Ordinal);
        Assert.Contains("other contributors", Assert.Throws<RefusedException>(() => less.Share(1, active)).Message, StringComparison.Ordinal);
    }

    /// <summary>The same for one attempt, whose polynomials would be the same: a share for other members of it is refused, whatever else is said about the sum.</summary>
    [Fact]
    public void Other_members_under_the_same_polynomials_differ_by_a_sites_mask_and_ours_open_one_set()
    {
        Round all = Fresh();
        ulong[] mask = MaskOf(all), four = Product(mask, 0, 1, 2, 3), three = Product(mask, 0, 1, 2);
        _ring.Subtract(four.AsSpan(), three);
        _ring.Add(four, Polynomial(all, all.Ciphertexts[_holders.NameOf(3)][0]));      // a s_3 and what site 3 uploaded
        Assert.Equal(all.Vectors[_holders.NameOf(3)], Decoded(all.Layout, four, summands: 1));

        ActiveSet active = _holders.Active(0, 1);
        all.Share(0, active);
        SumStatement fewer = new(all.Id, all.Layout, all.Contributions.Where(c => c.Party != _holders.NameOf(3)), all.Statement.Sums);
        VerifiedSum deceived = new(_holders.Key, fewer, active, _holders.NameOf(0), SumVerification.Assigned);
        Assert.Throws<RefusedException>(() => _holders.All[0].Share(deceived, 0));
        Round elsewhere = new(_holders, [0, 1, 2, 3], all.Id, layout: Round.LayoutOf(_holders, 301), seed: _rounds);
        Assert.Contains("another ciphertext was opened at this place", Assert.Throws<RefusedException>(() => elsewhere.Share(0, active)).Message, StringComparison.Ordinal);
    }

    /// <summary>What a site must not do: two vectors under one attempt's polynomials differ by what anybody reads. One vector twice is the same bytes, so that a site that forgets that it had encrypted gives nothing away.</summary>
    [Fact]
    public void Two_vectors_of_a_site_under_one_attempt_differ_by_what_can_be_read_and_one_vector_has_one_ciphertext()
    {
        Round sum = Fresh();
        string site = _holders.NameOf(2);
        long[] other = PackedSum.Vector(sum.Layout.Schema, 4711);
        ulong[] difference = Polynomial(sum, sum.Ciphertexts[site][0]);
        _ring.Subtract(difference.AsSpan(), Polynomial(sum, Round.Encrypt(_holders, sum.Id, sum.Layout, site, other)[0]));
        Assert.Equal([.. sum.Vectors[site].Zip(other, static (a, b) => a - b)], Decoded(sum.Layout, difference, summands: 2));

        Assert.Equal(sum.Ciphertexts[site][0], Round.Encrypt(_holders, sum.Id, sum.Layout, site, sum.Vectors[site])[0]);
        ulong[] attempts = Polynomial(sum, sum.Ciphertexts[site][0]);
        _ring.Subtract(attempts.AsSpan(), Polynomial(sum, Round.Encrypt(_holders, sum.Id with { Attempt = 5 }, sum.Layout, site, sum.Vectors[site])[0]));
        Assert.Throws<OpeningInconsistentException>(() => Decoded(sum.Layout, attempts, summands: 2));
    }

    // Whoever checks is deceived, and still: with these shares the chosen sum opens to nothing, and what was opened is a times the parts of the contributors, under smudging, and nothing else.
    private void AssertOpensToNothing(Round sum, byte[] chosen)
    {
        ActiveSet active = _holders.Active(0, 1);
        SumStatement claimed = new(sum.Id, sum.Layout, sum.Contributions, [Hash256.Of(chosen)]);
        OpeningShare[] shares = [.. active.Members.Select(m => _holders.All[m].Share(new VerifiedSum(_holders.Key, claimed, active, _holders.NameOf(m), SumVerification.Assigned), 0))];
        CollectiveOpening opening = new(_holders.Key, claimed, active, _holders.Signers[0]);
        long[] values = new long[sum.Layout.ValuesOf(0).Count];
        Assert.Throws<OpeningInconsistentException>(() => opening.Open(0, chosen, shares, values));
        Assert.All(values, static v => Assert.Equal(0, v));

        ulong[] told = new ulong[_ring.Words];
        foreach (OpeningShare share in shares) _ring.Add(told, Polynomial(sum, share.Payload));
        _ring.Subtract(told.AsSpan(), Product(MaskOf(sum), 0, 1, 2, 3));
        Assert.All(RingAlgebra.Coefficients(_ring, told), c => Assert.True(BigInteger.Abs(c) < sum.Layout.Proof.ErrorBound));
    }

    // Openers that open whatever sum they are asked for.
    private long[] Careless(Round sum, params int[] contributors)
    {
        ulong[] opened = Polynomial(sum, sum.Sums[0]);
        _ring.Add(opened, Product(MaskOf(sum), contributors));
        return Decoded(sum.Layout, opened, contributors.Length);
    }

    private ulong[] MaskOf(Round sum)
    {
        ulong[] mask = new ulong[_ring.Words];
        new SumMask(_holders.Key, sum.Id, sum.Layout).Write(0, mask);
        return mask;
    }

    // a times the parts of some holders.
    private ulong[] Product(ulong[] mask, params int[] holders)
    {
        ulong[] product = new ulong[_ring.Words];
        foreach (int holder in holders) _ring.MultiplyAdd(mask, _holders.Secrets[holder], product);
        return product;
    }

    private ulong[] Polynomial(Round sum, ReadOnlySpan<byte> packed)
    {
        ulong[] words = new ulong[_ring.Words];
        new PackedFormat(sum.Layout, _holders.Key.Key.Id.AsSpan()).Unpack(packed, 0, words);
        return words;
    }

    private static long[] Decoded(PackingLayout layout, ReadOnlySpan<ulong> opened, int summands)
    {
        long[] values = new long[layout.ValuesOf(0).Count];
        using SumDecoder decoder = new(layout, summands);
        decoder.Decode(0, opened.ToArray(), values);
        return values;
    }

    // Minus the sum of some ciphertexts.
    private byte[] Negated(PackingLayout layout, byte[][] ciphertexts, int polys)
    {
        PackedFormat format = new(layout, _holders.Key.Key.Id.AsSpan());
        byte[] negated = [.. ciphertexts[0]];
        for (int poly = 0; poly < polys; poly++)
        {
            ulong[] others = new ulong[_ring.Words], word = new ulong[_ring.Words];
            foreach (byte[] ciphertext in ciphertexts)
            {
                format.Unpack(ciphertext, poly, word);
                _ring.Add(others, word);
            }
            _ring.Negate(others);
            ResiduePacking.Pack(_ring, others, format.Polynomial(negated.AsSpan(), poly));
        }
        return negated;
    }

    private byte[] Sum(PackingLayout layout, byte[][] ciphertexts) => PackedSum.Add(layout, _holders.Key.Key.Id.AsSpan(), [.. ciphertexts.Select(static c => ImmutableArray.Create<byte[]>(c))])[0];

    private WeakHolders Smudged() => new(_ring, _holders.Secret, 4) { Smudging = WideGaussian.Create((double)_public.Proof.SmudgingSigma) };

    private long[] Vector(int seed) => PackedSum.Vector(_public.Schema, seed);

    private byte[] Encrypt(long[] vector) => PackedSum.Encrypt(_public, _holders.Key.Key, vector)[0];

    private ulong[] Unpacked(PackedFormat format, byte[] ciphertext, int poly)
    {
        ulong[] words = new ulong[_ring.Words];
        format.Unpack(ciphertext, poly, words);
        return words;
    }

    private Round Fresh() => new(_holders, [0, 1, 2, 3], new SumRound("chosen", Interlocked.Increment(ref _rounds), "training", 0), length: 300, seed: _rounds);

    // The same vectors once more, and one site's choice.
    private Round Rogue(Round before, byte[] chosen, int attempt) => new(
        _holders, [0, 1, 2, 3], before.Id with { Attempt = attempt }, layout: before.Layout, seed: _rounds, chosen: ImmutableDictionary<string, ImmutableArray<byte[]>>.Empty.Add(_holders.NameOf(3), [chosen]));
}
