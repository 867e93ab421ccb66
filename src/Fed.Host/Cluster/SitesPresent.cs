using System.Collections.Concurrent;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;

namespace Fed.Host.Cluster;

/// <summary>When a leader heard of its sites last. Thread-safe.</summary>
internal sealed class SitesPresent(TimeProvider clock)
{
    private static readonly TimeSpan OldMax = TimeSpan.FromMinutes(5);   // clocks may differ by so much; what lay longer at the broker says nothing of now

    private readonly ConcurrentDictionary<SiloId, (DateTimeOffset At, Digest Columns)> _heard = [];

    /// <summary>A site says that it is there.</summary>
    public void Heard(ProtocolMessage.SitePresent present)
    {
        DateTimeOffset now = clock.GetUtcNow();
        if ((now - present.At).Duration() <= OldMax) _heard[present.Silo] = (present.At < now ? present.At : now, present.Columns);
    }

    /// <summary>When; null where it was not since this node leads.</summary>
    public DateTimeOffset? LastHeard(SiloId site) => _heard.TryGetValue(site, out (DateTimeOffset At, Digest Columns) heard) ? heard.At : null;

    /// <summary>The blob that says what a site's columns are, if it was heard of within a time.</summary>
    public Digest? Columns(SiloId site, TimeSpan within) => _heard.TryGetValue(site, out (DateTimeOffset At, Digest Columns) heard) && clock.GetUtcNow() - heard.At <= within ? heard.Columns : null;
}
