using System.Collections.Concurrent;
using Fed.Learning.Training;

namespace Fed.Host.Simulation;

/// <summary>Thins the steps of local training to what an eye can follow, and measures rows per second. Allocates nothing for a step that is not shown. Thread-safe; a site trains on one thread at a time.</summary>
internal sealed class TrainingPace(TimeProvider clock)
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<string, Mark> _marks = new(StringComparer.Ordinal);

    /// <summary>Rows per second since the site's training began, where this step is to be shown; else null. A training shorter than the period is never shown.</summary>
    public double? Next(string site, LocalProgress progress)
    {
        long now = clock.GetTimestamp();
        Mark mark = _marks.GetOrAdd(site, static (_, start) => new Mark { Began = start, Shown = start }, now);
        if (progress.Step <= 1) (mark.Began, mark.Shown, mark.SamplesBefore) = (now, now, progress.Samples);
        if (clock.GetElapsedTime(mark.Shown, now) < Period) return null;
        mark.Shown = now;
        return (progress.Samples - mark.SamplesBefore) / clock.GetElapsedTime(mark.Began, now).TotalSeconds;
    }

    private sealed class Mark
    {
        public long Began { get; set; }

        public long Shown { get; set; }

        public long SamplesBefore { get; set; }
    }
}
