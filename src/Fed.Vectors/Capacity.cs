using System.Numerics;

namespace Fed.Vectors;

/// <summary>Decides, in exact integers, whether sums fit the ring: the largest |sum| of a cohort must stay below half the ring, so that a wrapped sum cannot happen.</summary>
public static class Capacity
{
    /// <summary>The largest |sum| that a ring can hold with its sign: 2^(w-1) - 1.</summary>
    public static BigInteger Of(RingWidth ring) => BigInteger.Pow(2, (int)ring - 1) - 1;

    /// <summary>Says for each segment that does not fit what is wrong and which grid would fit; empty when all fit.</summary>
    /// <param name="schema">The segments.</param>
    /// <param name="ring">The ring.</param>
    /// <param name="cohortMax">The largest number of silos whose vectors are ever summed, at least 1.</param>
    /// <param name="noiseMax">The largest |noise| in grid steps that the whole sum may carry, where a plan adds noise.</param>
    public static ImmutableArray<string> Check(VectorSchema schema, RingWidth ring, int cohortMax, BigInteger noiseMax = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cohortMax, 1);
        ImmutableArray<string>.Builder sentences = ImmutableArray.CreateBuilder<string>();
        foreach (Segment segment in schema.Segments)
        {
            if (segment.Limit * (BigInteger)cohortMax + noiseMax <= Of(ring)) continue;
            int fitting = WidestBits(ring, cohortMax, noiseMax);
            sentences.Add(fitting < 2
                ? $"segment '{segment.Name}' cannot be summed over {cohortMax} sites in a ring of {(int)ring} bits at any width; choose a wider ring or fewer sites."
                : $"segment '{segment.Name}' has {segment.Bits} bits, but sums over {cohortMax} sites fit a ring of {(int)ring} bits only up to {fitting} bits; choose {fitting} bits or fewer, or a wider ring.");
        }
        return sentences.ToImmutable();
    }

    /// <summary>As <see cref="Check"/>, but throws.</summary>
    /// <exception cref="CapacityException">A segment does not fit.</exception>
    public static void Demand(VectorSchema schema, RingWidth ring, int cohortMax, BigInteger noiseMax = default)
    {
        ImmutableArray<string> sentences = Check(schema, ring, cohortMax, noiseMax);
        if (!sentences.IsEmpty) throw new CapacityException(string.Join(' ', sentences));
    }

    /// <summary>The most bits b with <c>cohortMax * (2^(b-1) - 1) + noiseMax</c> within the ring; below 2 when none.</summary>
    public static int WidestBits(RingWidth ring, int cohortMax, BigInteger noiseMax = default)
    {
        int bits = Math.Min((int)ring, 63);
        while (bits >= 2 && (BigInteger.Pow(2, bits - 1) - 1) * cohortMax + noiseMax > Of(ring)) bits--;
        return bits;
    }
}
