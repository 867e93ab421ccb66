using System.Collections.Immutable;
using Fed.Actors.Protocol;

namespace Fed.Host.Traffic;

/// <summary>Counts what passes between sites and servers. Thread-safe; what is drained is not counted again.</summary>
internal sealed class TrafficMeter
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (int Round, string Phase)> _latest = new(StringComparer.Ordinal);
    private Dictionary<(int Round, string Phase, string Site), (long Up, long Down)> _counts = [];

    /// <summary>Counts a message.</summary>
    /// <param name="site">The site at one of its ends.</param>
    /// <param name="isUp">True when the site sent it.</param>
    /// <param name="message">The message.</param>
    public void Message(string site, bool isUp, ProtocolMessage message)
    {
        long bytes = MessageFacts.SizeOf(message);
        string phase = MessageFacts.PhaseOf(message);
        lock (_gate)
        {
            int round = MessageFacts.RoundOf(message) ?? (_latest.TryGetValue(site, out (int Round, string Phase) before) ? before.Round : 0);
            _latest[site] = (round, phase);
            Add((round, phase, site), isUp, bytes);
        }
    }

    /// <summary>To what bytes belong that are fetched now: the phase of the last message between the site and a server, which is the one that named them.</summary>
    public (int Round, string Phase) PhaseOf(string site)
    {
        lock (_gate) return _latest.TryGetValue(site, out (int, string) latest) ? latest : (0, "plan");
    }

    /// <summary>Counts bytes that were fetched.</summary>
    public void Bulk(string site, bool isUp, (int Round, string Phase) of, long bytes)
    {
        lock (_gate) Add((of.Round, of.Phase, site), isUp, bytes);
    }

    /// <summary>What was counted since the last call, in order of rounds, phases and sites.</summary>
    public ImmutableArray<TrafficCount> Drain()
    {
        Dictionary<(int Round, string Phase, string Site), (long Up, long Down)> counts;
        lock (_gate) (counts, _counts) = (_counts, []);
        return [.. counts.Select(static count => new TrafficCount(count.Key.Round, count.Key.Phase, count.Key.Site, count.Value.Up, count.Value.Down)).OrderBy(static count => count.Round).ThenBy(static count => count.Phase, StringComparer.Ordinal).ThenBy(static count => count.Site, StringComparer.Ordinal)];
    }

    private void Add((int, string, string) place, bool isUp, long bytes)
    {
        (long up, long down) = _counts.GetValueOrDefault(place);
        _counts[place] = isUp ? (up + bytes, down) : (up, down + bytes);
    }
}
