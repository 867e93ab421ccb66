using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Fed.Learning.Numerics;

namespace Fed.Learning.Data;

/// <summary>Random draws one after another, for divisions of simulated data; the same on every machine.</summary>
internal sealed class SeededDraws
{
    private readonly CounterRandom _random;
    private long _next;

    /// <summary>Draws that depend on a seed, and on a purpose where one seed serves several.</summary>
    public SeededDraws(long seed, string purpose = "")
    {
        Span<byte> key = stackalloc byte[CounterRandom.SeedBytes];
        key.Clear();
        if (purpose.Length > 0) SHA256.HashData(Encoding.UTF8.GetBytes($"fedactors/data/{seed}/{purpose}"), key);
        else BinaryPrimitives.WriteInt64LittleEndian(key, seed);
        _random = new CounterRandom(key);
    }

    /// <summary>A copy in random order.</summary>
    public int[] Shuffled(int[] items)
    {
        items = [.. items];
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = (int)(Unit() * (i + 1));
            (items[i], items[j]) = (items[j], items[i]);
        }
        return items;
    }

    /// <summary>From a gamma distribution of scale 1.</summary>
    /// <remarks>Marsaglia and Tsang 2000, doi:10.1145/358407.358414; below 1 by the power of a uniform draw.</remarks>
    public double Gamma(double shape)
    {
        if (shape < 1) return Gamma(shape + 1) * FixedMath.Exp(FixedMath.Log(Positive()) / shape);
        double d = shape - 1.0 / 3, c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = Normal(), v = 1 + c * x;
            if (v <= 0) continue;
            v = v * v * v;
            if (FixedMath.Log(Positive()) < 0.5 * x * x + d - d * v + d * FixedMath.Log(v)) return d * v;
        }
    }

    /// <summary>From the standard normal distribution, by Marsaglia's polar method.</summary>
    public double Normal()
    {
        while (true)
        {
            double u = 2 * Unit() - 1, v = 2 * Unit() - 1, s = u * u + v * v;
            if (s is > 0 and < 1) return u * Math.Sqrt(-2 * FixedMath.Log(s) / s);
        }
    }

    /// <summary>From [0, 1).</summary>
    public double Unit() => _random.Unit(_next++);

    private double Positive() => Unit() + 1.0 / (1L << 54);
}
