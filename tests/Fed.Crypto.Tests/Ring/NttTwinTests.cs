using System.Runtime.Intrinsics;
using Fed.Crypto.Ring;

namespace Fed.Crypto.Tests.Ring;

/// <summary>
/// The vector kernels against the scalar twin, word for word: every degree from 256 to 32768; every prime size from 30 to 50 bits in double precision, and
/// some up to 60 in integers (always the largest primes of the size, which leave the least headroom); random rows and rows at the edges.
/// </summary>
public sealed class NttTwinTests
{
    [Theory]
    [InlineData(256)]
    [InlineData(512)]
    [InlineData(1024)]
    [InlineData(2048)]
    [InlineData(4096)]
    [InlineData(8192)]
    [InlineData(16384)]
    [InlineData(32768)]
    public void Every_kernel_gives_the_scalar_twins_words(int n)
    {
        for (int bits = 30; bits <= 60; bits++) Agree(n, bits);
    }

    [Theory]
    [InlineData(50)]
    [InlineData(60)]
    public void Largest_degree_keeps_within_its_bounds(int bits) => Agree(PrimeSearch.DegreeMax, bits);

    [Fact]
    public void Double_precision_serves_primes_up_to_50_bits_and_not_the_smallest_degrees()
    {
        Assert.False(NttTables.Get(4096, PrimeSearch.Create(4096, 51)[0]).IsFast);
        Assert.False(NttTables.Get(128, PrimeSearch.Create(128, 49)[0]).IsFast);
        Assert.Equal(Lanes256.IsSupported, NttTables.Get(4096, PrimeSearch.Create(4096, 50)[0]).IsFast);
    }

    private static void Agree(int n, int bits)
    {
        NttTables tables = NttTables.Get(n, PrimeSearch.Create(n, bits, bits)[1]);
        List<VectorNtt?> kernels =
        [
            VectorNtt.CreateDouble<Lanes256, Vector256<double>>(n, tables.Modulus, tables.Root),
            VectorNtt.CreateDouble<Lanes512, Vector512<double>>(n, tables.Modulus, tables.Root),
        ];
        Assert.Equal(tables.IsFast, kernels.Any(static k => k is not null));
        if (bits is 30 or >= 50)
        {
            kernels.Add(VectorNtt.CreateWord<Lanes256, Vector256<double>>(n, tables.Modulus, tables.Root));
            kernels.Add(VectorNtt.CreateWord<Lanes512, Vector512<double>>(n, tables.Modulus, tables.Root));
        }
        foreach (ulong[] row in Rows(n, tables.Modulus.Value, seed: (n * 64) + bits))
        {
            ulong[] forward = [.. row], inverse = [.. row];
            tables.ForwardScalar(forward);
            tables.InverseScalar(inverse);
            foreach (VectorNtt kernel in kernels.OfType<VectorNtt>())
            {
                ulong[] fast = [.. row];
                kernel.Forward(fast);
                Assert.True(forward.AsSpan().SequenceEqual(fast), $"forward, N = {n}, {bits} bits, {kernel}");
                fast = [.. row];
                kernel.Inverse(fast);
                Assert.True(inverse.AsSpan().SequenceEqual(fast), $"inverse, N = {n}, {bits} bits, {kernel}");
            }
        }
    }

    private static IEnumerable<ulong[]> Rows(int n, ulong q, int seed)
    {
        Random random = new(seed);
        yield return Row(_ => (ulong)random.NextInt64((long)q));
        yield return Row(_ => q - 1);
        yield return Row(i => i % 2 == 0 ? q - 1 : 0);
        yield return Row(i => i < n / 2 ? q - 1 : 0);
        yield return Row(i => (q / 2) + ((ulong)i & 1));
        yield return Row(i => i == n - 1 ? q - 1 : 0);
        yield return Row(_ => random.Next(2) == 0 ? q - 1 : 0);

        ulong[] Row(Func<int, ulong> at) => [.. Enumerable.Range(0, n).Select(at)];
    }
}
