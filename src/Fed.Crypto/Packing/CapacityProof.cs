using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;

namespace Fed.Crypto.Packing;

/// <summary>
/// The computation, in exact integers, that decides what a coefficient can carry for a job: the error bound B, the step Delta = 2^delta &gt; 2B by which packed integers are lifted above it, and
/// for each field bound the number of fields with 2 (Delta M + B) &lt; Q. Print it with <see cref="Lines"/>.
/// </summary>
public sealed class CapacityProof
{
    /// <summary>log2 of the probability, over the whole job, with which an opening may fail.</summary>
    public const int FailureLog2Max = -40;

    private const int SigmasMin = 10;
    private const int SigmasMax = 20;

    /// <summary>log2 of the largest sigma that the smudging sampler draws.</summary>
    private const int SmudgingLog2Max = 58;

    private readonly PackingProfile _profile;
    private readonly ErrorBounds _bounds;

    private CapacityProof(PackingProfile profile, PackingJob job, long coefficients, ErrorBounds bounds)
    {
        _profile = profile;
        _bounds = bounds;
        Job = job;
        Coefficients = coefficients;
        StepLog2 = (int)(2 * bounds.Total).GetBitLength();   // 2B < 2^bitlen(2B)
    }

    /// <summary>What was asked for.</summary>
    public PackingJob Job { get; }

    /// <summary>Coefficients of one sum over all its ciphertexts, unused ones included.</summary>
    public long Coefficients { get; }

    /// <summary>delta: packed integers are multiplied by Delta = 2^delta.</summary>
    public int StepLog2 { get; }

    /// <summary>B: the largest |error| of an opened coefficient. An opening with a larger one is inconsistent.</summary>
    public BigInteger ErrorBound => _bounds.Total;

    /// <summary>sigma_f: standard deviation of the smudging that each opener adds to each coefficient; 0 where one key is shared.</summary>
    public BigInteger SmudgingSigma => _bounds.Smudging;

    /// <summary>t: bound of the l2 norm of the sum's error polynomial.</summary>
    public BigInteger ErrorNorm => _bounds.Norm;

    /// <summary>How many standard deviations B is wide: 10, or more where the job is so long that 10 would fail too often.</summary>
    public int Sigmas => _bounds.Sigmas;

    /// <summary>log2 of the bound on the probability that any coefficient of any opening of the job exceeds B.</summary>
    public double FailureLog2 => ErrorBounds.TailLog2(Sigmas) + Math.Log2(Coefficients) + Math.Log2(Job.Rounds) + Math.Log2(Job.Attempts);

    /// <summary>Ciphertexts that the job opens: those of one sum, in every round and attempt.</summary>
    public BigInteger Openings => (Coefficients + _profile.N - 1) / _profile.N * (BigInteger)Job.Rounds * Job.Attempts;

    /// <summary>Collective keys, one after another, that so many openings use up.</summary>
    public BigInteger Keys => (Openings + Job.OpeningsPerKey - 1) / Job.OpeningsPerKey;

    /// <summary>Computes the bounds for a job.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="job">Summands, key holders, rounds, attempts.</param>
    /// <param name="coefficients">Coefficients of one sum over all its ciphertexts, at least 1.</param>
    /// <exception cref="InvalidParametersException">The job itself is impossible.</exception>
    /// <exception cref="CapacityExceededException">The accumulator or the smudging sampler cannot serve so many summands or openings.</exception>
    public static CapacityProof Of(PackingProfile profile, PackingJob job, long coefficients)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(coefficients, 1);
        job.Validate();
        if (job.Summands > profile.SummandsMax)
            throw new CapacityExceededException($"{job.Summands} summands overflow the accumulators of profile {profile.Name}: at most {profile.SummandsMax} fit");
        double union = Math.Log2(coefficients) + Math.Log2(job.Rounds) + Math.Log2(job.Attempts);
        int sigmas = SigmasMin;
        while (ErrorBounds.TailLog2(sigmas) + union >= FailureLog2Max && sigmas < SigmasMax) sigmas++;
        ErrorBounds bounds = ErrorBounds.Of(profile.N, profile.IsThreshold, job, sigmas);
        if (bounds.Smudging > BigInteger.One << SmudgingLog2Max)
            throw new CapacityExceededException(
                $"smudging of 2^{Log2(bounds.Smudging):F1} is needed for {job.Summands} summands and {job.OpeningsPerKey} openings per key, and at most 2^{SmudgingLog2Max} can be drawn; rotate the key earlier or sum fewer vectors");
        return new CapacityProof(profile, job, coefficients, bounds);
    }

    /// <summary>The largest |sum| of one value over the job's summands: summands * (2^(bits-1) - 1), plus the plan's noise.</summary>
    /// <param name="bits">Grid bits of the value, 2 to 63.</param>
    public BigInteger FieldBound(int bits) => FieldBound(bits, Job.Summands);

    /// <summary>The same over fewer summands than the job's.</summary>
    internal BigInteger FieldBound(int bits, int summands) => summands * ((BigInteger.One << (bits - 1)) - 1) + Job.NoiseMax;

    /// <summary>The narrowest two's complement field that holds every |sum| up to a bound: the smallest w with bound &lt; 2^(w-1).</summary>
    public static int FieldWidth(BigInteger bound) => (int)bound.GetBitLength() + 1;

    /// <summary>M: the largest |packed integer| of so many fields, sum over i of bound * 2^(w i).</summary>
    public static BigInteger PackedBound(BigInteger bound, int fields) => Repeat(bound, FieldWidth(bound), fields);

    /// <summary>The same number in every field: sum over i of field * 2^(width i).</summary>
    internal static BigInteger Repeat(BigInteger field, int width, int fields)
    {
        BigInteger packed = 0;
        for (int i = 0; i < fields; i++) packed = (packed << width) + field;
        return packed;
    }

    /// <summary>The left side of the capacity inequality, 2 (Delta M + B); it must stay below Q.</summary>
    public BigInteger Occupied(BigInteger bound, int fields) => 2 * ((PackedBound(bound, fields) << StepLog2) + ErrorBound);

    /// <summary>The most fields of a bound that fit one coefficient; 0 when none does.</summary>
    public int FieldsOf(BigInteger bound)
    {
        int fields = 0;
        while (Occupied(bound, fields + 1) < _profile.Q) fields++;
        return fields;
    }

    /// <summary>The computation, a line a step: what is bounded, how, and the number that came out.</summary>
    public ImmutableArray<string> Lines()
    {
        ImmutableArray<string>.Builder lines = ImmutableArray.CreateBuilder<string>();
        lines.Add($"profile {_profile.Name}: N = {_profile.N}, Q = {string.Join(" * ", _profile.Ring.Moduli.Select(static q => q.Value))} = 2^{Log2(_profile.Q)}");
        lines.Add($"job: {Job.Summands} summands, {(_profile.IsThreshold ? $"{Job.KeyHolders} key holders" : "one shared key")}, {Coefficients} coefficients, {Job.Rounds} rounds, {Job.Attempts} attempts");
        if (_profile.IsThreshold)
        {
            lines.Add($"error of the sum: t = 1.1 sqrt(N) sqrt(21/2) {(Job.UnderPublicKey ? "sqrt(summands (1 + 4/3 N holders))" : "sqrt(summands)")} = 2^{Log2(ErrorNorm)}");
            lines.Add($"smudging: sigma_f = sqrt(12 tau) 2^(s/2) t = 2^{Log2(SmudgingSigma)}, tau = {Job.OpeningsPerKey}, s = {Job.StatisticalBits}");
            lines.Add($"openings: at most {Openings} ciphertexts, tau of them under one key: {Keys} key{(Keys.IsOne ? "" : "s")}");
            lines.Add($"bound: B = {Sigmas} sqrt(holders) sigma_f + {Sigmas} t / sqrt(N) = {ErrorBound} = 2^{Log2(ErrorBound)}");
        }
        else
        {
            lines.Add($"error of the sum: sigma = 1.1 sqrt(21/2) sqrt(summands) = {_bounds.Coefficient} at most; no smudging");
            lines.Add($"bound: B = {Sigmas} sigma = {ErrorBound} = 2^{Log2(ErrorBound)}");
        }
        lines.Add(string.Create(CultureInfo.InvariantCulture, $"failure: coefficients * rounds * attempts * 4 exp(-{Sigmas}^2/2) = 2^{FailureLog2:F1} < 2^{FailureLog2Max}"));
        lines.Add($"step: Delta = 2^{StepLog2} > 2 B");
        return lines.ToImmutable();
    }

    /// <summary>The capacity inequality for some fields, with its numbers.</summary>
    /// <param name="bound">The largest |sum| of a field.</param>
    /// <param name="fields">Fields in a coefficient, at least 1.</param>
    public string Inequality(BigInteger bound, int fields)
    {
        BigInteger occupied = Occupied(bound, fields), margin = BigInteger.Abs(_profile.Q - occupied);
        return $"2 (Delta M + B) = 2^{Log2(occupied)} is {(occupied < _profile.Q ? "below" : "ABOVE")} Q = 2^{Log2(_profile.Q)} by 2^{Log2(margin)}, M = {fields} fields of {FieldWidth(bound)} bits, |sum| <= {bound}";
    }

    // To four decimals, which is enough to see who wins; the comparison itself is exact.
    private static string Log2(BigInteger value) => BigInteger.Log(value, 2).ToString("F4", CultureInfo.InvariantCulture);
}
