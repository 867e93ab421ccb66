using System.Numerics;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;

namespace Fed.Crypto.Tests.Packing;

/// <summary>The published numbers of the profile, and what exact integers say where counting bits would be wrong.</summary>
public sealed class CapacityProofTests
{
    private static CapacityProof SiloThreshold(int summands, int holders = 64) => CapacityProof.Of(PackingProfile.SiloThreshold, new PackingJob(summands, holders), 8192);

    // Vectors under the public key have larger errors, which openings must hide: what a trial opening takes, and every sum would.
    private static CapacityProof UnderPublicKey(int summands) => CapacityProof.Of(PackingProfile.SiloThreshold, new PackingJob(summands, 64) { UnderPublicKey = true }, 8192);

    [Fact]
    public void Sixty_four_silos_need_smudging_of_43_1_bits_and_a_step_of_51_and_ten_more_under_a_public_key()
    {
        CapacityProof proof = SiloThreshold(64), open = UnderPublicKey(64);
        Assert.Equal(43.1, BigInteger.Log(proof.SmudgingSigma, 2), 0.05);
        Assert.Equal(51, proof.StepLog2);
        Assert.Equal(52.8, BigInteger.Log(open.SmudgingSigma, 2), 0.05);
        Assert.Equal(61, open.StepLog2);
        Assert.Equal(10, proof.Sigmas);
        Assert.True(2 * proof.ErrorBound < BigInteger.One << proof.StepLog2);
        Assert.True(2 * proof.ErrorBound >= BigInteger.One << (proof.StepLog2 - 1));
    }

    [Theory]
    [InlineData(64, 16, 22, 6)]
    [InlineData(64, 27, 33, 4)]
    [InlineData(10, 16, 20, 7)]
    [InlineData(63, 39, 45, 3)]
    [InlineData(64, 61, 67, 2)]
    [InlineData(1000, 16, 26, 5)]
    public void Fields_of_a_coefficient_are_the_published_ones(int summands, int bits, int width, int fields)
    {
        CapacityProof proof = SiloThreshold(summands);
        BigInteger bound = proof.FieldBound(bits);
        Assert.Equal(width, CapacityProof.FieldWidth(bound));
        Assert.Equal(fields, proof.FieldsOf(bound));
    }

    [Fact]
    public void A_thousand_summands_need_a_step_of_53() => Assert.Equal(53, SiloThreshold(1000).StepLog2);

    [Fact]
    public void Bit_counting_would_admit_three_fields_that_exact_integers_refuse()
    {
        // 61 + 3 * 45 = 196 = the bits of Q; but |sum| comes so near to 2^44 that 2 (Delta M + B) is above Q, by a part in 2^27.
        CapacityProof proof = UnderPublicKey(64);
        BigInteger bound = proof.FieldBound(39);
        Assert.Equal(PackingProfile.SiloThreshold.ModulusBits, proof.StepLog2 + 3 * CapacityProof.FieldWidth(bound));
        Assert.True(proof.Occupied(bound, 3) >= PackingProfile.SiloThreshold.Q);
        Assert.Equal(2, proof.FieldsOf(bound));
    }

    [Fact]
    public void Bit_counting_would_refuse_four_fields_that_exact_integers_admit()
    {
        CapacityProof proof = CapacityProof.Of(PackingProfile.FastSymmetric, new PackingJob(64), 4096);
        BigInteger bound = proof.FieldBound(16);
        Assert.Equal(10, proof.StepLog2);
        Assert.True(1 + proof.StepLog2 + 4 * CapacityProof.FieldWidth(bound) > PackingProfile.FastSymmetric.ModulusBits);
        Assert.Equal(4, proof.FieldsOf(bound));
        Assert.True(proof.Occupied(bound, 4) < PackingProfile.FastSymmetric.Q);
    }

    [Fact]
    public void The_bound_widens_where_a_long_job_would_fail_too_often_at_ten_sigma()
    {
        PackingJob job = new(64, 64, Rounds: 1000, Attempts: 10);
        CapacityProof proof = CapacityProof.Of(PackingProfile.SiloThreshold, job, 1 << 24);
        Assert.Equal(11, proof.Sigmas);
        Assert.True(proof.FailureLog2 < CapacityProof.FailureLog2Max);
        Assert.Equal(10, CapacityProof.Of(PackingProfile.SiloThreshold, job with { Rounds = 1 }, 1 << 24).Sigmas);
        Assert.Equal(11, CapacityProof.Of(PackingProfile.SiloThreshold, job with { Rounds = 1, Attempts = 100 }, 1 << 24).Sigmas);
    }

    [Theory]
    [InlineData(1, 300, "openings: at most 300 ciphertexts, tau of them under one key: 1 key")]
    [InlineData(3496, 1048800, "openings: at most 1048800 ciphertexts, tau of them under one key: 2 keys")]
    public void Openings_are_counted_over_rounds_and_attempts_and_use_keys_up(int ciphertexts, int openings, string line)
    {
        CapacityProof proof = CapacityProof.Of(PackingProfile.SiloThreshold, new PackingJob(64, 64, Rounds: 100, Attempts: 3), ciphertexts * 8192L);
        Assert.Equal(openings, proof.Openings);
        Assert.Contains(line, proof.Lines());
    }

    [Fact]
    public void Without_smudging_the_bound_is_that_of_the_sum_alone()
    {
        CapacityProof proof = CapacityProof.Of(PackingProfile.FastSymmetric, new PackingJob(100), 4096);
        Assert.Equal(BigInteger.Zero, proof.SmudgingSigma);
        Assert.Equal(10 * Math.Ceiling(1.1 * Math.Sqrt(10.5 * 100)), (double)proof.ErrorBound);
    }

    [Fact]
    public void A_key_that_lives_for_too_many_openings_is_refused()
    {
        CapacityExceededException e = Assert.Throws<CapacityExceededException>(() =>
            CapacityProof.Of(PackingProfile.SiloThreshold, new PackingJob(1000, 64) { OpeningsPerKey = 1L << 30, UnderPublicKey = true }, 8192));
        Assert.Contains("at most 2^58 can be drawn", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Openers_of_the_same_sums_without_an_honest_one_in_common_leave_the_stated_bits()
    {
        const long Tau = 1 << 20;
        foreach (int holders in new[] { 3, 10, 63, 64 })
        {
            for (int threshold = 2; threshold <= holders; threshold++)
            {
                long inAll = KeyCeremony.OpeningsInAllOf(Tau, holders, threshold);
                for (int inLeague = 0; inLeague < threshold; inLeague++) Assert.True(inAll >= Tau * (holders - inLeague) / (threshold - inLeague));   // what honest holders give, where others keep no books and are in every set
                CapacityProof proof = CapacityProof.Of(PackingProfile.SiloThreshold, new PackingJob(holders, holders) { OpeningsPerKey = inAll }, 8192);
                BigInteger apart = inAll * proof.ErrorNorm * proof.ErrorNorm, hidden = 2 * proof.SmudgingSigma * proof.SmudgingSigma;   // the divergence of all openings together is at most apart / hidden
                Assert.True(24 * (apart << 40) <= hidden, $"{holders} holders, {threshold} open");
                Assert.True(proof.FieldsOf(proof.FieldBound(16)) >= 6);
            }
        }

        CapacityProof single = SiloThreshold(64);   // sized for one opening of each sum: 32 pairs of openers would take 2.5 of the bits
        Assert.True((24 * (32 * Tau * single.ErrorNorm * single.ErrorNorm)) << 40 > 2 * single.SmudgingSigma * single.SmudgingSigma);
        Assert.Equal(46.1, BigInteger.Log(CapacityProof.Of(PackingProfile.SiloThreshold, new PackingJob(64, 64) { OpeningsPerKey = KeyCeremony.OpeningsInAllOf(Tau, 64, 2) }, 8192).SmudgingSigma, 2), 0.05);
    }

    [Fact]
    public void More_summands_than_a_word_can_hold_are_refused() => Assert.Equal(
        "32769 summands overflow the accumulators of profile silo-threshold: at most 32768 fit",
        Assert.Throws<CapacityExceededException>(() => SiloThreshold(32769)).Message);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 65)]
    [InlineData(2, 0)]
    public void An_impossible_job_is_refused(int summands, int holders) => Assert.Throws<InvalidParametersException>(() => SiloThreshold(summands, holders));

    [Fact]
    public void The_computation_prints_every_step()
    {
        CapacityProof proof = SiloThreshold(64);
        string text = string.Join('\n', [.. proof.Lines(), proof.Inequality(proof.FieldBound(16), 6)]);
        Assert.Contains("sigma_f = sqrt(12 tau) 2^(s/2) t = 2^43.1", text, StringComparison.Ordinal);
        Assert.Contains("Delta = 2^51 > 2 B", text, StringComparison.Ordinal);
        Assert.Contains($"B = 10 sqrt(holders) sigma_f + 10 t / sqrt(N) = {proof.ErrorBound}", text, StringComparison.Ordinal);
        Assert.Contains("2 (Delta M + B) = 2^183.0000 is below Q = 2^196.0000 by 2^195.9998", text, StringComparison.Ordinal);
        Assert.Contains("is ABOVE Q = 2^196.0000 by 2^168", UnderPublicKey(64).Inequality(proof.FieldBound(39), 3), StringComparison.Ordinal);
        Assert.Contains("sqrt(21/2) sqrt(summands) = 2^", text, StringComparison.Ordinal);
        Assert.Contains("sqrt(summands (1 + 4/3 N holders)) = 2^", string.Join('\n', UnderPublicKey(64).Lines()), StringComparison.Ordinal);
        Assert.Contains("6 fields of 22 bits, |sum| <= 2097088", text, StringComparison.Ordinal);
    }
}
