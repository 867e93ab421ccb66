using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Host.Cluster;

/// <summary>When a leader heard of its sites last, and what their columns are. Thread-safe.</summary>
/// <param name="clock">The time.</param>
/// <param name="bulk">Fetches what columns are, from their sites.</param>
internal sealed class SitesPresent(TimeProvider clock, IBulkTransfer bulk)
{
    private static readonly TimeSpan OldMax = TimeSpan.FromMinutes(5);   // clocks may differ by so much; what lay longer at the broker says nothing of now
    private static readonly TimeSpan NewsMax = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<SiloId, (DateTimeOffset At, ProtocolMessage.SitePresent Said)> _heard = [];
    private readonly ConcurrentDictionary<Digest, JsonElement?> _columns = [];   // null: on their way

    /// <summary>A site says that it is there.</summary>
    public void Heard(ProtocolMessage.SitePresent present)
    {
        DateTimeOffset now = clock.GetUtcNow();
        if ((now - present.At).Duration() > OldMax) return;
        _heard[present.Silo] = (present.At < now ? present.At : now, present);
        if (!_columns.TryAdd(present.Columns, null)) return;
        bulk.FetchToMemory(NodeAddress.Silo(present.Silo.Value), present.Columns, (bytes, _) =>
        {
            if (bytes is not null && Read(bytes) is { } columns) _columns[present.Columns] = columns;
            else _columns.TryRemove(present.Columns, out JsonElement? _);   // asked for again when the site says again that it is there
        });
    }

    /// <summary>A site as it is known, with what was heard of it.</summary>
    public EnrolledSite With(EnrolledSite site) => _heard.TryGetValue(new SiloId(site.Name), out (DateTimeOffset At, ProtocolMessage.SitePresent Said) heard)
        ? site with { LastHeard = heard.At, Columns = clock.GetUtcNow() - heard.At <= NewsMax ? heard.Said.Columns.ToString() : null, Refused = heard.Said.Refused }
        : site;

    /// <summary>What columns are, by their hash.</summary>
    public ImmutableSortedDictionary<string, JsonElement> Columns() => _columns.Where(static known => known.Value is not null)
        .ToImmutableSortedDictionary(static known => known.Key.ToString(), static known => known.Value!.Value, StringComparer.Ordinal);

    private static JsonElement? Read(byte[] bytes)
    {
        try
        {
            return JsonElement.Parse(bytes);
        }
        catch (JsonException)
        {
            return null;   // whoever submits hears of no columns of this site
        }
    }
}
