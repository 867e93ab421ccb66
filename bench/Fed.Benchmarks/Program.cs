using BenchmarkDotNet.Running;
using Fed.Benchmarks.Cluster;
using Fed.Benchmarks.Crypto;
using Fed.Benchmarks.Data;
using Fed.Benchmarks.Kernel;
using Fed.Benchmarks.Leak;
using Fed.Benchmarks.Learning;
using Fed.Benchmarks.Protection;
using Fed.Benchmarks.Rounds;
using Fed.Benchmarks.SecAgg;
using Fed.Benchmarks.Sqlite;

// Each verb is one table; `all` prints them one after another, `bdn` hands over to BenchmarkDotNet.
(string Verb, Action Run)[] benchmarks =
[
    ("kernel", static () => KernelBenchmark.Run(Console.Out)),
    ("kernel-quick", static () => KernelBenchmark.Run(Console.Out, scale: 0.1, repetitions: 3)),
    ("round", static () => RoundBenchmark.Run(Console.Out)),
    ("data", static () => CsvBenchmark.Run(Console.Out)),
    ("sqlite", static () => SqliteBenchmark.Run(Console.Out)),
    ("learning", static () => LearningBenchmark.Run(Console.Out)),
    ("secagg", static () => SecAggBenchmark.Run(Console.Out)),
    ("protection", static () => ProtectionBenchmark.Run(Console.Out)),
    ("leak", static () => LeakReport.Run(Console.Out)),
    ("ckks", static () => CkksBenchmark.Run(Console.Out, [])),
];
string verb = args.FirstOrDefault() ?? "all";
if (verb == "bdn")
{
    BenchmarkSwitcher.FromAssembly(typeof(KernelBenchmark).Assembly).Run(args[1..]);
    return 0;
}
if (verb == "aggregator-child")   // the process that AggregatorBenchmark starts
{
    AggregatorBenchmark.Child(args[1], int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture));
    return 0;
}
if (verb == "cluster") return ClusterBenchmark.Run(Console.Out, args.AsSpan(1));
if (verb == "cluster-child") return SiteChild.Run(args.AsSpan(1));
if (verb == "ckks") return CkksBenchmark.Run(Console.Out, args.AsSpan(1));   // the one table with options
Action[] chosen = [.. benchmarks.Where(b => verb == "all" ? b.Verb != "kernel-quick" : b.Verb == verb).Select(static b => b.Run)];
foreach (Action run in chosen) run();
if (chosen.Length > 0) return 0;
Console.Error.WriteLine($"'{verb}' is no benchmark; there are: {string.Join(", ", benchmarks.Select(static b => b.Verb))}, cluster, all, bdn");
return 2;
