using Fed.Cluster.Stores;

namespace Fed.EndToEnd.Running;

/// <summary>
/// When a run is killed, told by what it does and not by a clock: once it has printed so many lines, at the n-th time that one of its stores changes.
/// A seed gives the same moment up to the order in which threads happen to write.
/// </summary>
/// <param name="Lines">Lines of output to wait for: one for the job, then one for each round.</param>
/// <param name="Store">The store to watch: "node" (its journal) or "blobs".</param>
/// <param name="Changes">Changes to let pass.</param>
internal sealed record KillMoment(int Lines, string Store, int Changes)
{
    /// <summary>More than one round makes, so that a moment lies anywhere between two lines and a little beyond.</summary>
    private const int ChangesMax = 20;

    /// <summary>After the last round there are only receipts, baselines and reports.</summary>
    private const int ChangesAtTheEnd = 2;

    /// <summary>Draws a moment of a run over so many rounds, its start and its end included.</summary>
    public static KillMoment Draw(Random random, int rounds)
    {
        int lines = random.Next(rounds + 2);
        return new KillMoment(lines, random.Next(2) == 0 ? "node" : "blobs", random.Next(lines < rounds ? ChangesMax : ChangesAtTheEnd));
    }

    /// <summary>Waits for the moment and kills.</summary>
    /// <returns>False when the run ended first.</returns>
    public bool Kill(FedProcess process, DataDirectory data)
    {
        process.WaitForLines(Lines);
        (long state, int changes) = (State(data), 0);
        while (process.IsRunning && changes < Changes)
        {
            if (State(data) is var now && now != state) (state, changes) = (now, changes + 1);
            else Thread.Yield();
        }

        return process.Kill();
    }

    /// <summary>Something that differs after each write.</summary>
    private long State(DataDirectory data)
    {
        if (Store == "blobs") return Directory.Exists(data.Node.Blobs) ? Directory.EnumerateFiles(data.Node.Blobs, "*", SearchOption.AllDirectories).LongCount() : 0;
        FileInfo log = new(data.Node.Journal + "-wal");
        return log.Exists ? log.Length + log.LastWriteTimeUtc.Ticks : 0;
    }
}
