using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Cluster.Journals.Sqlite;

namespace Fed.Benchmarks.Sqlite;

/// <summary>
/// <c>sqlite</c>: the journal against raw SQLite in one run, alternating, medians of several repetitions. Appends wait for each other (one request in flight, the journal's worst
/// case), events are hashed beforehand on both sides; recovery is given without and with the verification of the hash chain.
/// </summary>
internal static class SqliteBenchmark
{
    private const string Log = "coordinator/job-1";
    private const int Repetitions = 7;

    private static readonly DateTimeOffset At = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

    public static void Run(TextWriter output)
    {
        string folder = Directory.CreateTempSubdirectory("fed-bench-").FullName;
        try
        {
            output.WriteLine("SQLite journal, synchronous=FULL, 200-byte JSON events (medians of 7)");
            output.WriteLine($"{"",-34}{"raw SQLite",16}{"SqliteJournal",16}{"ratio",8}   target");
            foreach (int batch in (int[])[100, 1000]) Append(output, folder, batch, events: batch * 50);
            Recover(output, folder, events: 200_000);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Append(TextWriter output, string folder, int batch, int events)
    {
        JournalEvent[] log = Events(events);
        double[] floor = new double[Repetitions], ours = new double[Repetitions];
        for (int i = -1; i < Repetitions; i++)   // the first pair only warms up
        {
            double raw = Rate(events, () => AppendRaw(Path.Combine(folder, $"raw-{batch}-{i}"), log, batch));
            double journal = Rate(events, () => AppendJournal(Path.Combine(folder, $"journal-{batch}-{i}"), log, batch));
            if (i >= 0) (floor[i], ours[i]) = (raw, journal);
        }
        output.WriteLine($"{$"append, batches of {batch} [events/s]",-34}{Median(floor),16:N0}{Median(ours),16:N0}{Median(ours) / Median(floor),8:F2}   0.70");
    }

    private static void Recover(TextWriter output, string folder, int events)
    {
        string path = Path.Combine(folder, "recovery");
        AppendJournal(path, Events(events), batch: 1000);
        double[] read = new double[Repetitions], verified = new double[Repetitions];
        for (int i = -1; i < Repetitions; i++)
        {
            double plain = Rate(events, () => Replay(path, events, verify: false));
            double checkedRate = Rate(events, () => Replay(path, events, verify: true));
            if (i >= 0) (read[i], verified[i]) = (plain, checkedRate);
        }
        output.WriteLine($"{"recovery [events/s]",-34}{"",16}{Median(read),16:N0}{"",8}   200,000");
        output.WriteLine($"{"recovery, chain verified",-34}{"",16}{Median(verified),16:N0}");
    }

    private static TimeSpan AppendRaw(string path, JournalEvent[] log, int batch)
    {
        using var sqlite = new RawSqlite(path);
        byte[] id = Encoding.UTF8.GetBytes(Log), tag = Encoding.UTF8.GetBytes(log[0].Tag);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < log.Length; i += batch) sqlite.Append(id, tag, log.AsSpan(i, batch));
        return Stopwatch.GetElapsedTime(start);
    }

    private static TimeSpan AppendJournal(string path, JournalEvent[] log, int batch)
    {
        using SqliteJournal journal = SqliteJournal.Open(path);
        ImmutableArray<AppendRequest> requests = [.. log.Chunk(batch).Select(chunk => new AppendRequest(Log, chunk[0].Sequence - 1, 0, [.. chunk]))];
        using var finished = new ManualResetEventSlim();
        int next = 0;
        void Continue(AppendOutcome outcome)
        {
            if (outcome.Status != AppendStatus.Appended) throw new IOException(outcome.Reason);
            if (next < requests.Length) journal.Append(requests[next++], Continue);
            else finished.Set();
        }
        long start = Stopwatch.GetTimestamp();
        Continue(new AppendOutcome(AppendStatus.Appended));
        finished.Wait();
        return Stopwatch.GetElapsedTime(start);
    }

    private static TimeSpan Replay(string path, int events, bool verify)
    {
        using SqliteJournal journal = SqliteJournal.Open(path);
        using var finished = new ManualResetEventSlim();
        int count = 0;
        Digest head = ChainHash.Start(Log);
        long start = Stopwatch.GetTimestamp();
        journal.Replay(Log, 0, 1000, batch =>
        {
            foreach (ref readonly JournalEvent stored in batch.Events.Span)
            {
                if (verify) head = ChainHash.Next(head, stored.Sequence, stored.Epoch, stored.At, stored.Tag, stored.Version, stored.Payload.Span);
                count++;
            }
            if (batch.IsLast) finished.Set();
        });
        finished.Wait();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        if (count != events) throw new IOException($"{count} of {events} events came back");
        return elapsed;
    }

    private static double Rate(int events, Func<TimeSpan> run)
    {
        GC.Collect();
        return events / run().TotalSeconds;
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    private static JournalEvent[] Events(int count)
    {
        var events = new JournalEvent[count];
        Digest head = ChainHash.Start(Log);
        for (int i = 0; i < count; i++)
        {
            byte[] payload = Encoding.UTF8.GetBytes($"{{\"round\":{i},\"silo\":\"north\",\"attempt\":1,\"note\":\"{new string('x', 150)}\"}}");
            head = ChainHash.Next(head, i + 1, 0, At.AddTicks(i), "round.updateAccepted", 1, payload);
            events[i] = new JournalEvent(i + 1, 0, At.AddTicks(i), "round.updateAccepted", 1, payload, head);
        }
        return events;
    }
}
