using System.Buffers.Binary;
using Fed.Learning.Numerics;

namespace Fed.Learning.Data;

/// <summary>Seeded divisions of rows among sites.</summary>
internal static class RandomPartition
{
    private const int Ranks = 10;

    /// <summary>Site of each row: a shuffled deal.</summary>
    public static string[] Iid(int rows, int sites, long seed)
    {
        Draws draws = new(seed);
        string[] site = new string[rows];
        int[] order = draws.Shuffled([.. Enumerable.Range(0, rows)]);
        for (int i = 0; i < rows; i++) site[order[i]] = $"{i % sites}";
        return site;
    }

    /// <summary>Site of each row: each class in Dirichlet proportions.</summary>
    public static string[] Dirichlet(double[] targets, int classes, int sites, double alpha, long seed)
    {
        Draws draws = new(seed);
        string[] site = new string[targets.Length];
        foreach (int[] group in Groups(targets, classes))
        {
            double[] share = [.. Enumerable.Range(0, sites).Select(_ => draws.Gamma(alpha))];
            double total = share.Sum();
            int[] order = draws.Shuffled(group);
            double reached = 0;
            int next = 0;
            for (int s = 0; s < sites; s++)
            {
                reached += total > 0 ? share[s] / total : 1.0 / sites;
                int end = s == sites - 1 ? order.Length : Math.Min(order.Length, (int)Math.Round(reached * order.Length));
                for (; next < end; next++) site[order[next]] = $"{s}";
            }
        }
        return site;
    }

    private static IEnumerable<int[]> Groups(double[] targets, int classes)
    {
        int[] byTarget = [.. Enumerable.Range(0, targets.Length).OrderBy(r => targets[r])];
        return classes > 0
            ? byTarget.GroupBy(r => targets[r]).Select(static g => g.ToArray())
            : byTarget.Select((row, rank) => (row, group: (int)((long)rank * Ranks / targets.Length))).GroupBy(static x => x.group, static x => x.row).Select(static g => g.ToArray());
    }

    /// <summary>Random draws one after another from one seed.</summary>
    private sealed class Draws
    {
        private readonly CounterRandom _random;
        private long _next;

        public Draws(long seed)
        {
            Span<byte> key = stackalloc byte[CounterRandom.SeedBytes];
            key.Clear();
            BinaryPrimitives.WriteInt64LittleEndian(key, seed);
            _random = new CounterRandom(key);
        }

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

        // Marsaglia and Tsang 2000, doi:10.1145/358407.358414; below 1 by the power of a uniform draw.
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

        // Marsaglia's polar method.
        private double Normal()
        {
            while (true)
            {
                double u = 2 * Unit() - 1, v = 2 * Unit() - 1, s = u * u + v * v;
                if (s is > 0 and < 1) return u * Math.Sqrt(-2 * FixedMath.Log(s) / s);
            }
        }

        private double Positive() => Unit() + 1.0 / (1L << 54);

        private double Unit() => _random.Unit(_next++);
    }
}
