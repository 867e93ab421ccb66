using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Fed.Crypto.Ring;
using Fed.Crypto.Tests.Seal;

namespace Fed.Crypto.Tests.Ring;

/// <summary>SEAL 4.4.3's primes, roots and one whole transform (tests/data/seal).</summary>
public sealed class NttKnownAnswerTests
{
    [Theory]
    [InlineData("n4096_36_36_37")]
    [InlineData("n4096_54_55")]
    [InlineData("n8192_60_40_60")]
    public void Primes_and_roots_are_SEALs(string set)
    {
        using JsonDocument meta = JsonDocument.Parse(SealVectors.Read(set, "meta.json"));
        int n = meta.RootElement.GetProperty("N").GetInt32();
        int[] bits = [.. meta.RootElement.GetProperty("bit_sizes").EnumerateArray().Select(static b => b.GetInt32())];
        JsonElement keyLevel = meta.RootElement.GetProperty("levels")[0];
        ulong[] primes = Words(keyLevel, "primes"), roots = Words(keyLevel, "minimal_2N_root");

        Modulus[] found = [.. PrimeSearch.Create(n, bits)];

        Assert.Equal(primes, found.Select(static q => q.Value));
        Assert.Equal(roots, found.Select(q => NttTables.Get(n, q).Root));
    }

    [Fact]
    public void Transform_of_1_to_4096_is_SEALs_in_both_directions()
    {
        ulong[] expected = [.. MemoryMarshal.Cast<byte, ulong>(SealVectors.Read("primitives", "ntt_of_1_to_4096_first_prime.u64"))];
        NttTables tables = NttTables.Get(4096, PrimeSearch.Create(4096, 36, 36, 37)[0]);
        ulong[] coefficients = [.. Enumerable.Range(1, 4096).Select(static i => (ulong)i)];
        ulong[] scalar = [.. coefficients], chosen = [.. coefficients];

        tables.ForwardScalar(scalar);
        tables.Forward(chosen);
        Assert.Equal(expected, scalar);
        Assert.Equal(expected, chosen);

        tables.InverseScalar(scalar);
        tables.Inverse(chosen);
        Assert.Equal(coefficients, scalar);
        Assert.Equal(coefficients, chosen);
    }

    private static ulong[] Words(JsonElement level, string name) =>
        [.. level.GetProperty(name).EnumerateArray().Select(static w => ulong.Parse(w.GetString()!, CultureInfo.InvariantCulture))];
}
