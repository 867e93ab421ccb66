using System.Collections.Immutable;

namespace Fed.Crypto.Rlwe;

/// <summary>
/// How hard the lattice problem behind a key must be, and the largest modulus that keeps it so: one column of the table of the Homomorphic Encryption Standard
/// (Albrecht et al. 2018, ternary secret, error sigma 3.2), which SEAL and OpenFHE enforce too.
/// </summary>
public sealed class SecurityLevel
{
    private const int LogDegreeMin = 10;

    private readonly ImmutableArray<int> _modulusBitsMax;   // of N = 1024, 2048, ...

    private SecurityLevel(string name, int bits, params ReadOnlySpan<int> modulusBitsMax)
    {
        Name = name;
        Bits = bits;
        _modulusBitsMax = [.. modulusBitsMax];
    }

    /// <summary>128 bits against classical computers: the least that anything here accepts.</summary>
    public static SecurityLevel Classical128 { get; } = new("128-bit classical", 128, 27, 54, 109, 218, 438, 881);

    /// <summary>192 bits against classical computers.</summary>
    public static SecurityLevel Classical192 { get; } = new("192-bit classical", 192, 19, 37, 75, 152, 305, 611);

    /// <summary>256 bits against classical computers.</summary>
    public static SecurityLevel Classical256 { get; } = new("256-bit classical", 256, 14, 29, 58, 118, 237, 476);

    /// <summary>128 bits against quantum computers.</summary>
    public static SecurityLevel Quantum128 { get; } = new("128-bit quantum", 128, 25, 51, 101, 202, 411, 827);

    /// <summary>The levels, weakest modulus bound last.</summary>
    public static ImmutableArray<SecurityLevel> All { get; } = [Classical256, Classical192, Quantum128, Classical128];

    /// <summary>Such as <c>128-bit classical</c>.</summary>
    public string Name { get; }

    /// <summary>Bits of security.</summary>
    public int Bits { get; }

    /// <summary>The largest log2 of the whole modulus, every prime for which a sample under the key is published included; 0 where the table has no such N.</summary>
    /// <param name="n">Ring degree, a power of two.</param>
    public int ModulusBitsMax(int n)
    {
        int row = int.Log2(Math.Max(1, n)) - LogDegreeMin;
        return int.IsPow2(n) && row >= 0 && row < _modulusBitsMax.Length ? _modulusBitsMax[row] : 0;
    }

    /// <summary>Refuses parameters that are weaker than a level.</summary>
    /// <param name="n">Ring degree.</param>
    /// <param name="totalBits">Bit length of the product of all primes.</param>
    /// <param name="level">The level asked for.</param>
    /// <exception cref="InvalidParametersException">The modulus is larger than the level's bound at this degree, or the table has no such degree.</exception>
    public static void Require(int n, int totalBits, SecurityLevel level)
    {
        int bound = level.ModulusBitsMax(n);
        if (bound == 0) throw new InvalidParametersException($"N = {n} is not in the security table; choose a power of two from 1024 to 32768");
        if (totalBits > bound) throw new InvalidParametersException($"a modulus of {totalBits} bits at N = {n} is below {level.Name} security: at most {bound} bits are; choose smaller primes or a larger N");
    }

    /// <summary>The strongest level that parameters reach, or null below 128 bits.</summary>
    public static SecurityLevel? Strongest(int n, int totalBits)
    {
        foreach (SecurityLevel level in All)
            if (totalBits <= level.ModulusBitsMax(n)) return level;
        return null;
    }

    /// <summary><see cref="Name"/></summary>
    public override string ToString() => Name;
}
