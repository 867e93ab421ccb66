using System.Runtime.InteropServices;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;
using Fed.Crypto.Tests.Seal;

namespace Fed.Crypto.Tests.Multiparty;

/// <summary>Three parties' keys, shares and opening, made with SEAL 4.4.3's primitives (tests/data/seal/multiparty_n4096_54_55).</summary>
public sealed class MultipartyKnownAnswerTests
{
    private const int N = 4096;
    private const int Parties = 3;
    private static readonly RnsRing KeyRing = new(N, PrimeSearch.Create(N, 54, 55));
    private static readonly RnsRing DataRing = KeyRing.Prefix(1);

    [Fact]
    public void The_common_polynomial_and_the_sum_of_the_key_shares_are_the_collective_key()
    {
        ulong[] key = Words("collective_pk.bin", 2 * KeyRing.Words), sum = new ulong[KeyRing.Words];
        for (int i = 0; i < Parties; i++) KeyRing.Add(sum, Words($"party{i}_ckg_share.u64", KeyRing.Words));
        Assert.Equal(key[..KeyRing.Words], sum);
        Assert.Equal(key[KeyRing.Words..], Common());
    }

    /// <summary>The error is read out of SEAL's share, is small, is the same modulo both primes, and gives SEAL's share again.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_key_share_is_minus_a_s_and_a_small_error(int party)
    {
        ulong[] share = Words($"party{party}_ckg_share.u64", KeyRing.Words), secret = SecretOf($"party{party}_sk.bin"), residual = [.. share], again = new ulong[KeyRing.Words];
        KeyRing.MultiplyAdd(Common(), secret, residual);
        KeyRing.Inverse(residual);
        sbyte[] error = [.. Enumerable.Range(0, N).Select(i => (sbyte)KeyRing.ComposeCentredAt(residual, i))];
        Assert.All(error, static e => Assert.InRange(e, -21, 21));
        RlweSample.Share(KeyRing, Common(), secret, error, again);
        Assert.Equal(share, again);
    }

    [Fact]
    public void The_joint_secret_is_the_sum_of_the_parts()
    {
        ulong[] sum = new ulong[KeyRing.Words];
        for (int i = 0; i < Parties; i++) KeyRing.Add(sum, SecretOf($"party{i}_sk.bin"));
        Assert.Equal(SecretOf("joint_sk.bin"), sum);
    }

    [Fact]
    public void Partial_decryptions_and_their_sum_are_those_of_SEAL()
    {
        ulong[] ciphertext = Words("sum_ct.bin", 2 * DataRing.Words), opened = ciphertext[..DataRing.Words], c1 = ciphertext[DataRing.Words..], partial = new ulong[DataRing.Words];
        for (int i = 0; i < Parties; i++)
        {
            DataRing.Multiply(c1, SecretOf($"party{i}_sk.bin").AsSpan(0, DataRing.Words), partial);
            Assert.Equal(Words($"party{i}_partial_noiseless.u64", DataRing.Words), partial);
            DataRing.Add(opened, partial);
        }
        Assert.Equal(Words("sum_decrypted_plain.bin", DataRing.Words), opened);
    }

    /// <summary>The parts are shared out 2 of 3; any two interpolated parts open SEAL's sum to the same words.</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 2)]
    [InlineData(1, 2)]
    public void Two_of_three_who_share_the_secrets_open_to_the_words_of_SEAL(int one, int other)
    {
        KeyCeremony ceremony = Holders.Terms(Parties, 2).Ceremony;
        ActiveSet active = ActiveSet.Create(ceremony, [ceremony.Roster.Parties[one].Name, ceremony.Roster.Parties[other].Name]);
        ulong[] ciphertext = Words("sum_ct.bin", 2 * DataRing.Words), opened = ciphertext[..DataRing.Words], c1 = ciphertext[DataRing.Words..];
        for (int dealer = 0; dealer < Parties; dealer++)
        {
            using RlweSecretKey secret = RlweSecretKey.FromEvaluations(DataRing, SecretOf($"party{dealer}_sk.bin").AsSpan(0, DataRing.Words));
            using SharingPolynomial polynomial = new(secret, 2, SystemEntropy.Instance);
            ulong[] value = new ulong[DataRing.Words];
            foreach (int member in active.Members)
            {
                polynomial.Evaluate(member, value);
                SharingPolynomial.Scale(DataRing, value, q => active.Lagrange(member, q));
                DataRing.MultiplyAdd(c1, value, opened);
            }
        }
        Assert.Equal(Words("sum_decrypted_plain.bin", DataRing.Words), opened);
    }

    private static ulong[] Common()
    {
        ulong[] a = new ulong[KeyRing.Words];
        using Blake2xbStream stream = new(SealVectors.Read("multiparty_n4096_54_55", "crs_seed.bin"));
        SealSampler.Uniform(stream, KeyRing, a);
        return a;
    }

    private static ulong[] SecretOf(string file) => Words(file, KeyRing.Words);

    // The residues are the last words of each of these files, behind SEAL's header and metadata.
    private static ulong[] Words(string file, int count) => MemoryMarshal.Cast<byte, ulong>(SealVectors.Read("multiparty_n4096_54_55", file).AsSpan()[^(8 * count)..]).ToArray();
}
