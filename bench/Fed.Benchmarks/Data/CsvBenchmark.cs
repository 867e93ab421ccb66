using System.Globalization;
using System.Text;
using Fed.Benchmarks.Crypto;
using Fed.Learning.Data;

namespace Fed.Benchmarks.Data;

/// <summary>How fast rows of numbers are read from CSV on one core, beside a scan of the same bytes for line ends, which is as fast as they can be looked at.</summary>
internal static class CsvBenchmark
{
    private const int Columns = 20, Repetitions = 5;
    private const int BytesMin = 32 << 20;

    /// <summary>Prints the table.</summary>
    public static void Run(TextWriter output)
    {
        output.WriteLine($"CSV, {Columns} columns of numbers, one core, best of {Repetitions}, {CpuClock.Name}");
        output.WriteLine();
        output.WriteLine("| numbers | step | MB/s | share of the scan |");
        output.WriteLine("|---|---|---|---|");
        Table(output, "whole, 1 to 3 digits", static random => $"{random.Next(256)}");
        Table(output, "2 decimals", static random => (random.NextDouble() * 200 - 100).ToString("0.00", CultureInfo.InvariantCulture));
        Table(output, "17 digits", static random => (random.NextDouble() * 200 - 100).ToString("R", CultureInfo.InvariantCulture));
    }

    private static void Table(TextWriter output, string name, Func<Random, string> number)
    {
        byte[] csv = Make(number);
        double scan = Speed(csv, static bytes => bytes.AsSpan().Count((byte)'\n'));
        Line(output, name, "scan for line ends", scan, scan);
        Line(output, name, "fields found", Speed(csv, static bytes => Rows(bytes, parse: false)), scan);
        Line(output, name, "numbers parsed", Speed(csv, static bytes => Rows(bytes, parse: true)), scan);
        Line(output, name, "typed table", Speed(csv, Whole), scan);
    }

    private static void Line(TextWriter output, string name, string step, double speed, double scan) => output.WriteLine($"| {name} | {step} | {speed:0} | {speed / scan:0.000} |");

    // Megabytes (10^6) a second of the thread's own processor time, so that other programs on the machine matter less.
    private static double Speed(byte[] csv, Func<byte[], long> work)
    {
        double best = double.PositiveInfinity;
        for (int i = 0; i <= Repetitions; i++)
        {
            long began = CpuClock.Nanoseconds();
            _ = work(csv);
            if (i > 0) best = Math.Min(best, (CpuClock.Nanoseconds() - began) / 1e9);   // the first one warms up
        }
        return csv.Length / best / 1e6;
    }

    private static long Rows(byte[] csv, bool parse)
    {
        using CsvReader reader = new(new MemoryStream(csv), "bench.csv");
        double sum = 0;
        while (reader.Read())
            for (int c = 0; parse && c < Columns; c++)
                if (reader.TryNumber(c, out double value)) sum += value;
        return reader.Row + (long)sum;
    }

    private static long Whole(byte[] csv)
    {
        using CsvReader reader = new(new MemoryStream(csv), "bench.csv");
        return TableReader.Read(reader, new DataSchema([], "c0", new SplitRule.EveryNth())).All.Rows;
    }

    private static byte[] Make(Func<Random, string> number)
    {
        Random random = new(1);
        StringBuilder text = new();
        text.AppendJoin(',', Enumerable.Range(0, Columns).Select(static c => $"c{c}")).Append('\n');
        while (text.Length < BytesMin) text.AppendJoin(',', Enumerable.Range(0, Columns).Select(_ => number(random))).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
