using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;

namespace Fed.Benchmarks.Crypto;

/// <summary>Streams and samplers.</summary>
/// <remarks>SEAL's figures are those of whole polynomials of N=4096: noise 133 us, ternary 111 us, uniform 197 us for two primes, Blake2xb 2.85 ns a byte.</remarks>
internal static class SamplingRows
{
    private const int N = 8192;

    public static void Measure(CryptoTable table)
    {
        using AesCtrStream stream = AesCtrStream.Fresh(SystemEntropy.Instance);
        using Blake2xbStream seals = new(new byte[SealBlockStream.SeedBytes]);
        byte[] bytes = new byte[1 << 16];
        sbyte[] small = new sbyte[N];
        ulong[] residues = new ulong[N];
        long[] wide = new long[N];
        ulong q = PrimeSearch.Create(N, 49)[0].Value;
        table.Throughput("AES-256 counter mode", () => stream.Fill(bytes), bytes.Length);
        table.Throughput("BLAKE2Xb as SEAL's", () => seals.Fill(bytes), bytes.Length, seal: 1 / 2.85);
        table.TimePerCoefficient("centred binomial errors", () => Sampler.CenteredBinomial(stream, small), N, seal: 133e3 / 4096, goal: 2);
        table.TimePerCoefficient("ternary values", () => Sampler.Ternary(stream, small), N, seal: 111e3 / 4096, goal: 2);
        table.TimePerCoefficient("uniform residues, 49 bits", () => Sampler.Uniform(stream, q, residues), N, seal: 197e3 / 8192, goal: 2);
        WideGaussian gaussian = WideGaussian.Create(Math.Pow(2, 52.8));
        table.TimePerCoefficient("smudging of deviation 2^52.8", () => gaussian.Fill(stream, wide), N);
    }
}
