using System.Collections.Concurrent;
using System.Collections.Immutable;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;

namespace Fed.Host.Cluster;

/// <summary>
/// Answers sites that ask, again and again, about jobs for which they still hold something. What a site asks is bounded: while one of its questions waits its others are dropped, so that no site fills the desk's time or memory.
/// </summary>
/// <param name="read">Reads a job's log.</param>
/// <param name="remind">Tells a site of a job that is over.</param>
/// <param name="also">Has work done by the desk, one after another.</param>
/// <param name="clock">The time.</param>
internal sealed class Reminders(Func<JobId, JobState> read, Action<SiloId, JobId, JobState> remind, Action<Action> also, TimeProvider clock)
{
    private const int KnownMax = 1000;
    private static readonly TimeSpan KnownFor = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<SiloId, bool> _asking = [];
    private readonly Dictionary<JobId, (DateTimeOffset At, JobState State)> _known = [];   // the desk's own

    /// <summary>A site asks. Thread-safe.</summary>
    public void Ask(SiloId site, ImmutableArray<JobId> jobs)
    {
        if (jobs.IsEmpty || !_asking.TryAdd(site, true)) return;
        foreach (JobId job in jobs) also(() => Look(site, job));
        also(() => _asking.TryRemove(site, out _));
    }

    private void Look(SiloId site, JobId job)
    {
        DateTimeOffset now = clock.GetUtcNow();
        if (!_known.TryGetValue(job, out (DateTimeOffset At, JobState State) known) || now - known.At > KnownFor)
        {
            if (_known.Count >= KnownMax) _known.Clear();   // names that nobody has given: the next question reads again
            _known[job] = known = (now, read(job));
        }

        if (known.State.IsOver) remind(site, job, known.State);
    }
}
