using System.Diagnostics;
using System.Globalization;
using Fed.Host.Cluster.Local;
using Fed.TestKit.Servers;

namespace Fed.Benchmarks.Cluster;

/// <summary>
/// Rounds of ten sites as processes, through <c>fed cluster up</c>, <c>fed submit</c> and the journal: a network of about so many float32 parameters, three rows a site, one step. A round is a training sum, with a model out and an update in for
/// each site, and an evaluation of the new model.
/// </summary>
internal static class RoundsBenchmark
{
    private const int Sites = 10, Features = 8, RowsOfSite = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static void Run(TextWriter output, bool hasTls, bool isQuick)
    {
        output.WriteLine($"rounds of {Sites} sites, {Sites + 3} processes beside broker and database, TLS {(hasTls ? "on" : "off")}; medians of the second half of the rounds, of which the first ones compile the code");
        output.WriteLine("  parameters   round s   preparing   collecting   opening   stepping   CPU s a round: sites   coordinator   aggregator   broker   database   peak MB: a site   coordinator   aggregator");
        Measure(output, hasTls, width: 995, rounds: isQuick ? 8 : 30);
        if (!isQuick) Measure(output, hasTls, width: 3156, rounds: 12);
    }

    private static void Measure(TextWriter output, bool hasTls, int width, int rounds)
    {
        string folder = Directory.CreateTempSubdirectory("fed-bench-").FullName;
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);   // the servers run as users of their own
        using LastWill will = LastWill.OfCluster(Path.Combine(AppContext.BaseDirectory, "fed.dll"), folder, Path.Combine(folder, "data"));
        string conf = Write(folder, width, rounds), data = Path.Combine(folder, "data"), csv = Path.Combine(folder, "rounds.csv");
        try
        {
            Fed("cluster", "up", "--sites", $"{Sites}", "--from", conf, "--tls", hasTls ? "on" : "off", "--data", data);
            Fed("submit", conf, "--watch", "--data", data);   // the first job compiles the code
            Dictionary<string, ProcessFigures> before = Figures(data);
            Fed("submit", conf, "--watch", "--data", data);
            Dictionary<string, ProcessFigures> after = Figures(data);
            Fed("rounds", "metrics", "--csv", csv, "--data", data);
            double[][] rows = [.. File.ReadLines(csv).Skip(1).Skip(rounds / 2).Select(static line => line.Split(',')[4..9].Select(static cell => double.Parse(cell, CultureInfo.InvariantCulture)).ToArray())];
            double Median(int column) => rows.Select(row => row[column]).Order().ElementAt(rows.Length / 2);
            double Cpu(Func<string, bool> which) => after.Where(entry => which(entry.Key)).Sum(entry => entry.Value.CpuSeconds - before[entry.Key].CpuSeconds) / rounds;
            double Peak(Func<string, bool> which) => after.Where(entry => which(entry.Key)).Max(static entry => entry.Value.PeakMegabytes);
            static bool IsSite(string name) => name.StartsWith("site-", StringComparison.Ordinal);
            static bool IsCoordinator(string name) => name is LocalFolder.Coordinator or LocalFolder.Standby;
            int parameters = (Features * width) + width + (width * width) + width + (2 * width) + 2;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {parameters,10:N0}   {Median(0),7:0.00}   {Median(1),9:0.00}   {Median(2),10:0.00}   {Median(3),7:0.00}   {Median(4),8:0.00}   {Cpu(IsSite),20:0.00}   {Cpu(IsCoordinator),11:0.00}   {Cpu(static name => name == LocalFolder.Aggregator),10:0.00}   {Cpu(static name => name == "rabbitmq-beam"),6:0.00}   {Cpu(static name => name == "postgresql"),8:0.00}   {Peak(IsSite),15:0}   {Peak(IsCoordinator),11:0}   {Peak(static name => name == LocalFolder.Aggregator),10:0}"));
        }
        finally
        {
            if (File.Exists(new LocalFolder(data).State)) Fed("cluster", "down", "--data", data);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Dictionary<string, ProcessFigures> Figures(string data) =>
        LocalState.Read(new LocalFolder(data).State)!.Processes.ToDictionary(static process => process.Name, static process => process.Name == "postgresql" ? ProcessFigures.OfFamily(process.Id) : ProcessFigures.Of(process.Id), StringComparer.Ordinal);

    private static string Write(string folder, int width, int rounds)
    {
        Random random = new(1);
        string Row(int site, int row) => string.Join(',', Enumerable.Range(0, Features).Select(_ => ((row % 2) + random.NextDouble()).ToString("0.000", CultureInfo.InvariantCulture))) + $",site-{site},{row % 2}";
        File.WriteAllLines(
            Path.Combine(folder, "rows.csv"),
            [string.Join(',', Enumerable.Range(0, Features).Select(static feature => $"x{feature}")) + ",site,target", .. Enumerable.Range(0, Sites * RowsOfSite).Select(index => Row(index / RowsOfSite, index % RowsOfSite))]);
        string conf = Path.Combine(folder, "bench.conf");
        File.WriteAllText(conf, $$"""
            job {
              name = bench
              rounds = {{rounds}}
              model { kind = mlp, hidden = [{{width}}, {{width}}] }
              fedavg { local-steps = 1, learning-rate = 0.01 }
              standardise = false
              retain-contributions = 0
              data { target = target, classes = 2, columns { site { type = key } } }
            }
            simulation {
              data = rows.csv
              partition { from = column, column = site }
              split { test-every = 4, test-offset = 3 }
              baselines = false
            }
            """);
        return conf;
    }

    /// <summary>Runs the command as a user does.</summary>
    private static void Fed(params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "fed.dll");
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        Task<string> said = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience)) process.Kill();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new IOException($"fed {string.Join(' ', arguments)} ended with {process.ExitCode}: {error.Result} {said.Result}");
    }
}
