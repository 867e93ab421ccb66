using System.Diagnostics;
using Fed.Actors.Kernel;
using Fed.Actors.Persistence;

namespace Fed.Benchmarks.Kernel;

/// <summary>The kernel's figures as ratios to raw channels in the same run; floor and ours take turns, and medians are shown.</summary>
internal static class KernelBenchmark
{
    /// <summary>Runs all and prints a table.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="scale">1 for the full lengths; smaller for a quick look.</param>
    /// <param name="repetitions">Runs of each, after one that warms up.</param>
    public static void Run(TextWriter output, double scale = 1, int repetitions = 5)
    {
        using ActorPatterns actors = new();
        output.WriteLine($"{Environment.ProcessorCount} processors, {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}, medians of {repetitions}");
        output.WriteLine($"{"",-44}{"floor/s",12}{"ours/s",12}{"ratio",8}{"goal",7}{"CPU ns floor",14}{"ours",8}{"B/op",8}");
        Sample single = Compare("Tell ping-pong, 1 in flight", 2_000_000, 1.4, n => ChannelFloor.PingPong(n, 1), n => actors.PingPong(n, 1));
        Compare("Tell ping-pong, 100 in flight", 10_000_000, 0.55, n => ChannelFloor.PingPong(n, 100), n => actors.PingPong(n, 100));
        Compare("Tell fan-in 10 to 1", 5_000_000, 0.65, n => ChannelFloor.FanIn(n, 10), n => actors.FanIn(n, 10));
        Sample ask = Alone(500_000, actors.Ask);
        Line("Ask, sequential (floor: ping-pong 1)", single.PerSecond, ask, "0.10", single.CpuNanoseconds);
        output.WriteLine($"Ask allocates {ask.Bytes:F0} B (goal under 300; Akka.NET 840-1192)");
        Creation();
        foreach (bool keepsObjects in new[] { false, true }) Persistence(keepsObjects);

        Sample Compare(string name, int operations, double goal, Action<int> floor, Action<int> ours)
        {
            int count = Math.Max(1_000, (int)(operations * scale)) / 20 * 20;
            List<Sample> floors = [], own = [];
            for (int i = 0; i <= repetitions; i++)
            {
                Sample a = Sample.Of(count, () => floor(count));
                Sample b = Sample.Of(count, () => ours(count));
                if (i == 0) continue;   // warm-up
                floors.Add(a);
                own.Add(b);
            }
            Sample median = Sample.Median(floors);
            Line(name, median.PerSecond, Sample.Median(own), $"{goal:F2}", median.CpuNanoseconds);
            return median;
        }

        Sample Alone(int operations, Action<int> run)
        {
            int count = Math.Max(1_000, (int)(operations * scale));
            run(count / 2);
            return Sample.Median([.. Enumerable.Range(0, repetitions).Select(_ => Sample.Of(count, () => run(count)))]);
        }

        void Line(string name, double floor, Sample own, string goal, double floorCpu) => output.WriteLine(
            $"{name,-44}{floor,12:N0}{own.PerSecond,12:N0}{own.PerSecond / floor,8:F2}{goal,7}{floorCpu,14:F0}{own.CpuNanoseconds,8:F0}{own.Bytes,8:F1}");

        void Creation()
        {
            const int Count = 100_000;
            List<double> rates = [], bytes = [];
            for (int i = 0; i <= repetitions; i++)
            {
                using ActorPatterns fresh = new();
                long before = GC.GetTotalMemory(forceFullCollection: true);
                long start = Stopwatch.GetTimestamp();
                IActorRef parent = fresh.Create(Count);
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                if (i > 0)
                {
                    rates.Add(Count / seconds);
                    bytes.Add((GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Count);
                }
                GC.KeepAlive(parent);
            }
            output.WriteLine($"100,000 children created, first message handled: {rates.Order().ElementAt(repetitions / 2),10:N0} /s (goal 165,000: twice Akka.NET's 82,700)");
            output.WriteLine($"live bytes per idle actor after its first message: {bytes.Order().ElementAt(repetitions / 2),7:N0} (goal under 700; Akka.NET 1,736)");
        }

        void Persistence(bool keepsObjects)
        {
            int events = Math.Max(1_000, (int)(100_000 * scale));
            string kept = keepsObjects ? "event objects kept, nothing serialized (as Akka.NET's)" : "JSON bytes kept, hash chain written and verified";
            InMemoryJournal? journal = null;
            CounterEntity.Persist(new InMemoryJournal(keepsObjects), events);
            Sample persist = Sample.Median([.. Enumerable.Range(0, repetitions).Select(_ => Sample.Of(events, () => CounterEntity.Persist(journal = new InMemoryJournal(keepsObjects), events)))]);
            CounterEntity.Recover(journal!);
            Sample recover = Sample.Median([.. Enumerable.Range(0, repetitions).Select(_ => Sample.Of(events, () => CounterEntity.Recover(journal!)))]);
            output.WriteLine($"in-memory journal, {kept}:");
            output.WriteLine($"  persist {persist.PerSecond,12:N0} events/s, {persist.CpuNanoseconds,6:F0} CPU ns, {persist.Bytes,6:F0} B each (Akka.NET PersistAsync 305,000/s, 4,212 ns, 1,516 B)");
            output.WriteLine($"  recover {recover.PerSecond,12:N0} events/s, {recover.CpuNanoseconds,6:F0} CPU ns, {recover.Bytes,6:F0} B each (Akka.NET 2,290,000/s, 719 ns, 362 B)");
        }
    }
}
