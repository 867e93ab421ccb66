using System.Diagnostics;
using System.Globalization;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Cluster.Journals.PostgreSql;

namespace Fed.Benchmarks.Cluster;

/// <summary>
/// What transport and stores add to a node's memory: the peak of the resident set while a blob goes from one process' disk to another's, above what both had when they were connected and had moved 1 MiB. Nobody here holds the blob, so the
/// whole peak is theirs.
/// </summary>
internal static class MemoryBenchmark
{
    private const double LimitMegabytes = 64;

    public static void Run(TextWriter output, BenchCluster cluster, bool isQuick)
    {
        using ServedBlobs served = new(cluster);
        output.WriteLine($"memory of transport and stores, TLS {(cluster.HasTls ? "on" : "off")}: peak above idle, limit {LimitMegabytes} MB");
        output.WriteLine("  blob MB   to       sender MB   receiver MB");
        foreach (int megabytes in isQuick ? (int[])[40] : [40, 400])
        {
            long length = megabytes * 1_000_000L;
            Digest small = served.Add(1 << 20), blob = served.Add(length);
            foreach (string target in (string[])["inbox", "store"])
            {
                using Process site = cluster.StartSite("fetch", target, blob.ToString(), $"{length}", small.ToString());
                site.Answer();   // connected
                site.Answer();   // has fetched the small one
                GC.Collect();
                double sender = Begin(Environment.ProcessId), receiver = Begin(site.Id);
                ServedBlobs.Fetch(site);
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {megabytes,7}   {target,-5}   {ProcessFigures.Of(Environment.ProcessId).PeakMegabytes - sender,12:0.0}   {ProcessFigures.Of(site.Id).PeakMegabytes - receiver,11:0.0}"));
                site.StandardInput.Close();
                site.WaitForExit();
            }
        }

        RunDatabase(output, cluster, served, isQuick);
    }

    /// <summary>The servers' store, which is the database: what writing a blob there and reading it back take, by a process that holds none of it.</summary>
    private static void RunDatabase(TextWriter output, BenchCluster cluster, ServedBlobs served, bool isQuick)
    {
        using PostgresDatabase database = cluster.OpenDatabase();
        PostgresBlobStore store = new(database, NodeAddress.Coordinator, new Term(1, BenchCluster.Server), served.Wire.Readers);
        Read(store, ServedBlobs.Write(store, 1 << 20));
        output.WriteLine("  blob MB   to and from the database: written MB   read MB");
        foreach (int megabytes in isQuick ? (int[])[40] : [40, 400])
        {
            GC.Collect();
            double written = Begin(Environment.ProcessId);
            Digest blob = ServedBlobs.Write(store, megabytes * 1_000_000L);
            written = ProcessFigures.Of(Environment.ProcessId).PeakMegabytes - written;
            GC.Collect();
            double read = Begin(Environment.ProcessId);
            Read(store, blob);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {megabytes,7}   {written,38:0.0}   {ProcessFigures.Of(Environment.ProcessId).PeakMegabytes - read,7:0.0}"));
            store.Delete(blob);
        }
    }

    private static void Read(PostgresBlobStore store, Digest blob)
    {
        using Stream stream = store.OpenRead(blob);
        stream.CopyTo(Stream.Null);
    }

    private static double Begin(int id)
    {
        ProcessFigures.ResetPeak(id);
        return ProcessFigures.Of(id).ResidentMegabytes;
    }
}
