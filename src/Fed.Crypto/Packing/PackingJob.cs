using System.Numerics;

namespace Fed.Crypto.Packing;

/// <summary>How much a job asks of a packing profile: everything that the capacity computation needs beyond the vector itself.</summary>
/// <param name="Summands">The largest number of vectors that are ever added up, at least 1.</param>
/// <param name="KeyHolders">Sites that hold a part of the collective key, at most 64; ignored where one key is shared.</param>
/// <param name="Rounds">Sums of this shape that the job opens, at least 1.</param>
/// <param name="Attempts">Attempts at each sum, at least 1.</param>
public sealed record PackingJob(int Summands, int KeyHolders = 1, int Rounds = 1, int Attempts = 1)
{
    /// <summary>The most sites that may hold parts of one key.</summary>
    public const int KeyHoldersMax = 64;

    /// <summary>The largest |noise| in grid steps that a whole sum may carry beyond its grid values, where a plan adds privacy noise.</summary>
    public BigInteger NoiseMax { get; init; }

    /// <summary>tau: openings after which a collective key is used up, over all rounds and by whatever sets of its holders (<c>OpeningsInAll</c> of its ceremony).</summary>
    public long OpeningsPerKey { get; init; } = 1L << 20;

    /// <summary>True where vectors are encrypted under the collective public key, whose errors are larger: trial openings. Sites encrypt with their own parts of the secret.</summary>
    public bool UnderPublicKey { get; init; }

    /// <summary>s: statistical security of smudging, in bits.</summary>
    public int StatisticalBits { get; init; } = 40;

    /// <summary>Refuses what no profile could carry out.</summary>
    /// <exception cref="InvalidParametersException">A number is outside its range.</exception>
    public void Validate()
    {
        Require(Summands, 1, int.MaxValue, "summands");
        Require(KeyHolders, 1, KeyHoldersMax, "key holders");
        Require(Rounds, 1, int.MaxValue, "rounds");
        Require(Attempts, 1, int.MaxValue, "attempts");
        Require(OpeningsPerKey, 1, 1L << 40, "openings per key");
        Require(StatisticalBits, 30, 128, "statistical bits");
        if (NoiseMax.Sign < 0) throw new InvalidParametersException($"the largest |noise| is {NoiseMax}; it cannot be negative");
    }

    private static void Require(long value, long least, long most, string what)
    {
        if (value < least || value > most) throw new InvalidParametersException($"{value} {what}: {least} to {most} are possible");
    }
}
