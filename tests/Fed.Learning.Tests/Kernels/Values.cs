using System.Numerics;

namespace Fed.Learning.Tests.Kernels;

/// <summary>Seeded numbers for kernels, of both signs and of sizes from 1e-3 to 1e3.</summary>
internal static class Values
{
    public static T[] Of<T>(int length, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, length).Select(_ => T.CreateTruncating((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-3, 4))))];
    }
}
