using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fed.Benchmarks.Crypto;

/// <summary>Measures, prints each line as it is known and keeps it for the JSON file.</summary>
/// <remarks>
/// Per run the least of 30 samples of about 2 ms, then the median of 3 runs, in <see cref="CpuClock"/> on the calling thread: the way SEAL's figures were
/// taken (there 15 samples of 12 ms, 5 runs), with shorter samples, of which more end without a neighbour on the machine having been in the caches.
/// </remarks>
internal sealed class CryptoTable(TextWriter output)
{
    private const int Runs = 3, Samples = 30;
    private const long SampleNanoseconds = 2_000_000, WarmUpNanoseconds = 150_000_000;

    private readonly List<CryptoFigure> _figures = [];

    /// <summary>The lines so far.</summary>
    public IReadOnlyList<CryptoFigure> Figures => _figures;

    /// <summary>Prints what the columns mean.</summary>
    public void Header()
    {
        output.WriteLine($"one thread, {CpuClock.Name}, {RuntimeInformation.FrameworkDescription}; SEAL: 4.4.3 on one core of an AMD EPYC with AVX2 (Zen 3), thread CPU time");
        output.WriteLine($"{"",-58}{"value",10} {"unit",-9}{"SEAL",9}{"times",8}{"goal",8}{"",5}{"values/s",14}{"B/value",9}{"B alloc",9}");
    }

    /// <summary>Microseconds of an operation.</summary>
    /// <param name="name">What it is, with its parameters.</param>
    /// <param name="operation">One operation; it runs many times.</param>
    /// <param name="seal">SEAL's microseconds.</param>
    /// <param name="goal">At most so many microseconds.</param>
    /// <param name="values">Encoded values that one operation handles.</param>
    /// <param name="bytes">Bytes on the wire that one operation makes or takes.</param>
    public CryptoFigure Time(string name, Action operation, double? seal = null, double? goal = null, long values = 0, long bytes = 0)
    {
        (double nanoseconds, long allocated) = Measure(operation);
        return Add(new CryptoFigure(name, nanoseconds / 1e3, "us", seal, goal, Rate(values, nanoseconds), PerValue(bytes, values), allocated));
    }

    /// <summary>Microseconds per encoded value of an operation.</summary>
    /// <inheritdoc cref="Time" path="/param"/>
    public CryptoFigure TimePerValue(string name, Action operation, long values, double? seal = null, double? goal = null, long bytes = 0)
    {
        (double nanoseconds, long allocated) = Measure(operation);
        return Add(new CryptoFigure(name, nanoseconds / 1e3 / values, "us/value", seal, goal, Rate(values, nanoseconds), PerValue(bytes, values), allocated));
    }

    /// <summary>Nanoseconds per coefficient of an operation.</summary>
    public CryptoFigure TimePerCoefficient(string name, Action operation, long coefficients, double? seal = null, double? goal = null)
    {
        (double nanoseconds, long allocated) = Measure(operation);
        return Add(new CryptoFigure(name, nanoseconds / coefficients, "ns/coeff", seal, goal, AllocatedBytes: allocated));
    }

    /// <summary>Gigabytes per second that an operation goes through; <c>touched</c> are the bytes that count, for one operation.</summary>
    public CryptoFigure Throughput(string name, Action operation, long touched, double? seal = null, double? goal = null, long values = 0, long bytes = 0)
    {
        (double nanoseconds, long allocated) = Measure(operation);
        return Add(new CryptoFigure(name, touched / nanoseconds, "GB/s", seal, goal, Rate(values, nanoseconds), PerValue(bytes, values), allocated));
    }

    /// <summary>A figure that is known without measuring time, such as a size.</summary>
    public CryptoFigure Add(CryptoFigure figure)
    {
        _figures.Add(figure);
        string verdict = figure.MeetsGoal switch { true => "ok", false => "MISS", null => "" };
        output.WriteLine(
            $"{figure.Name,-58}{figure.Value,10:G4} {figure.Unit,-9}{figure.Seal,9:G4}{figure.TimesSeal,8:F2}{figure.Goal,8:G4}{verdict,5}{figure.ValuesPerSecond,14:N0}{figure.BytesPerValue,9:F2}{figure.AllocatedBytes,9}");
        return figure;
    }

    /// <summary>Writes all lines as JSON.</summary>
    public void Write(string path)
    {
        CryptoReport report = new(RuntimeInformation.FrameworkDescription, CpuClock.Name, [.. _figures]);
        File.WriteAllText(path, JsonSerializer.Serialize(report, CryptoReportJson.Default.CryptoReport) + "\n");
        output.WriteLine($"written: {path}");
    }

    private static double? Rate(long values, double nanoseconds) => values == 0 ? null : values / nanoseconds * 1e9;

    private static double? PerValue(long bytes, long values) => values == 0 || bytes == 0 ? null : (double)bytes / values;

    private static (double Nanoseconds, long Allocated) Measure(Action operation)
    {
        int repetitions = WarmUp(operation);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        operation();
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        double[] runs = new double[Runs];
        for (int run = 0; run < Runs; run++)
        {
            runs[run] = double.MaxValue;
            for (int sample = 0; sample < Samples; sample++)
            {
                long start = CpuClock.Nanoseconds();
                for (int i = 0; i < repetitions; i++) operation();
                runs[run] = Math.Min(runs[run], (CpuClock.Nanoseconds() - start) / (double)repetitions);
            }
        }
        return (runs.Order().ElementAt(Runs / 2), allocated);
    }

    /// <summary>Runs until the JIT has had time for its last tier, and says how many repetitions fill a sample.</summary>
    private static int WarmUp(Action operation)
    {
        long start = CpuClock.Nanoseconds(), last = start;
        double fastest = double.MaxValue;
        do
        {
            operation();
            long now = CpuClock.Nanoseconds();
            fastest = Math.Min(fastest, now - last);
            last = now;
        }
        while (last - start < WarmUpNanoseconds);
        return (int)Math.Max(1, SampleNanoseconds / Math.Max(1, fastest));
    }
}

/// <summary>The JSON file.</summary>
internal sealed record CryptoReport(string Framework, string Clock, CryptoFigure[] Figures);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CryptoReport))]
internal sealed partial class CryptoReportJson : JsonSerializerContext;
