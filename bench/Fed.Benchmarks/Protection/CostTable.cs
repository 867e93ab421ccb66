using Fed.Benchmarks.Crypto;

namespace Fed.Benchmarks.Protection;

/// <summary>Lines of a measured figure, its goal, and how much of the goal it takes.</summary>
internal sealed class CostTable(TextWriter output)
{
    private const int Runs = 3, Samples = 8;

    /// <summary>The lines that miss their goal.</summary>
    public int Misses { get; private set; }

    public void Header() => output.WriteLine($"{"",-66}{"measured",10} {"unit",-5}{"goal",8}{"of goal",9}");

    /// <summary>Processor time of one operation on this thread, in milliseconds: the least of some samples, as <see cref="CryptoTable"/> takes it, and the median of three runs of them.</summary>
    public static double Milliseconds(Action operation)
    {
        operation();
        operation();                                       // compiled, paged in
        double[] runs = new double[Runs];
        for (int run = 0; run < Runs; run++)
        {
            runs[run] = double.MaxValue;
            for (int sample = 0; sample < Samples; sample++)
            {
                long start = CpuClock.Nanoseconds();
                operation();
                runs[run] = Math.Min(runs[run], (CpuClock.Nanoseconds() - start) / 1e6);
            }
        }
        return runs.Order().ElementAt(Runs / 2);
    }

    /// <summary>A figure that should be at most its goal.</summary>
    public void AtMost(string name, double value, string unit, double? goal = null) => Line(name, value, unit, goal, value / goal);

    /// <summary>A figure that should be at least its goal.</summary>
    public void AtLeast(string name, double value, string unit, double goal) => Line(name, value, unit, goal, goal / value);

    private void Line(string name, double value, string unit, double? goal, double? share)
    {
        if (share > 1) Misses++;
        output.WriteLine($"{name,-66}{value,10:G4} {unit,-5}{goal,8:G4}{share,9:P0}{(share is null ? "" : share <= 1 ? "  ok" : "  MISS")}");
    }
}
