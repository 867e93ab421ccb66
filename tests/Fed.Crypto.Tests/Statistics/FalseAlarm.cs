using System.Security.Cryptography;

namespace Fed.Crypto.Tests.Statistics;

/// <summary>
/// Tests of uniformity whose false alarms are proven, not estimated: each counts independent events of a known probability, and alarms where the Chernoff bound of what it saw, exp(-n KL(k/n, p)) on either side, is below 2^-60.
/// All tests of these classes together make fewer than <see cref="CountsMax"/> counts, so uniform bytes fail any of them with probability below 2^-30.
/// </summary>
/// <remarks>
/// Randomness is fixed, so that a verdict does not change from run to run. FED_STATISTICS_SEED=fresh draws it anew and prints the seed; FED_STATISTICS_SEED=N repeats that.
/// </remarks>
internal static class FalseAlarm
{
    /// <summary>The most counts that all tests make together.</summary>
    public const int CountsMax = 1 << 29;

    private const double AlarmBits = 60;

    private static readonly Lazy<int> Chosen = new(static () =>
    {
        string? text = Environment.GetEnvironmentVariable("FED_STATISTICS_SEED");
        int seed = text is null or "" ? 0 : text == "fresh" ? RandomNumberGenerator.GetInt32(1, int.MaxValue / 2) : int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        if (text == "fresh") Console.Out.WriteLine($"FED_STATISTICS_SEED={seed}");
        return seed;
    });

    /// <summary>The seed of a test's randomness: the test's own, unless the environment asks for another.</summary>
    public static int Seed(int own) => unchecked(Chosen.Value + own);

    /// <summary>log2 of the Chernoff bound on seeing as many events as this or more, or as this or fewer, whichever side it is: at most 0.</summary>
    public static double BoundLog2(long events, long trials, double probability)
    {
        double seen = (double)events / trials;
        return -trials * (Term(seen, probability) + Term(1 - seen, 1 - probability)) / Math.Log(2);

        static double Term(double a, double b) => a == 0 ? 0 : a * Math.Log(a / b);
    }

    /// <summary>Fails where one count is beyond its bound.</summary>
    public static void Check(string what, long events, long trials, double probability)
    {
        double bound = BoundLog2(events, trials, probability);
        Assert.True(bound > -AlarmBits, $"{what}: {events} of {trials} where {probability:g4} are expected: below 2^{bound:0} (seed {Seed(0)})");
    }

    /// <summary>The same for each cell of a histogram.</summary>
    public static void Check(string what, ReadOnlySpan<long> counts, Func<int, double> probability)
    {
        long trials = 0;
        foreach (long count in counts) trials += count;
        for (int i = 0; i < counts.Length; i++) Check($"{what}, cell {i}", counts[i], trials, probability(i));
    }
}
