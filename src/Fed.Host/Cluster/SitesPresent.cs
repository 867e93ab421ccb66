using System.Collections.Immutable;
using System.Text.Json;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Host.Cluster;

/// <summary>
/// When a leader heard of its sites last, and what their columns are. What a site says goes into the leader's memory and into what it says of itself, so each part of it is bounded here, where it comes in. Thread-safe.
/// </summary>
/// <param name="clock">The time.</param>
/// <param name="bulk">Fetches what columns are, from their sites.</param>
/// <param name="refused">Hears of what is refused.</param>
internal sealed class SitesPresent(TimeProvider clock, IBulkTransfer bulk, Action<string> refused)
{
    /// <summary>What columns are has so many bytes at most.</summary>
    public const int ColumnsBytesMax = 1 << 20;

    private const int ColumnsDepthMax = 16;   // of what is put into other JSON
    private const int KindsMax = 32, KindLengthMax = 40;
    private static readonly JsonDocumentOptions Shallow = new() { MaxDepth = ColumnsDepthMax };
    private static readonly TimeSpan OldMax = TimeSpan.FromMinutes(5);   // clocks may differ by so much; what lay longer at the broker says nothing of now
    private static readonly TimeSpan NewsMax = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Dictionary<SiloId, (DateTimeOffset At, Digest Columns, ImmutableSortedDictionary<string, long>? Refused)> _heard = [];
    private readonly Dictionary<Digest, JsonElement?> _columns = [];   // of those that sites announced last; null: on their way
    private readonly HashSet<SiloId> _asked = [];                      // sites whose columns are on their way: one at a time of each

    /// <summary>A site says that it is there.</summary>
    /// <returns>The jobs that it asks about.</returns>
    public ImmutableArray<JobId> Heard(ProtocolMessage.SitePresent present)
    {
        SiloId site = present.Silo;
        DateTimeOffset now = clock.GetUtcNow();
        if ((now - present.At).Duration() <= OldMax && Note(site, (present.At < now ? present.At : now, present.Columns, KindsOf(present))))
            bulk.FetchToMemory(NodeAddress.Silo(site.Value), present.Columns, (bytes, failure) => Take(site, present.Columns, bytes, failure), ColumnsBytesMax);
        return JobsOf(present);
    }

    /// <summary>A site as it is known, with what was heard of it.</summary>
    public EnrolledSite With(EnrolledSite site)
    {
        lock (_gate)
        {
            return _heard.TryGetValue(new SiloId(site.Name), out (DateTimeOffset At, Digest Columns, ImmutableSortedDictionary<string, long>? Refused) heard)
                ? site with { LastHeard = heard.At, Columns = IsNews(heard.At) ? heard.Columns.ToString() : null, Refused = heard.Refused }
                : site;
        }
    }

    /// <summary>What columns are, by their hash: of those that sites announce now.</summary>
    public ImmutableSortedDictionary<string, JsonElement> Columns()
    {
        lock (_gate)
        {
            return _heard.Values.Where(heard => IsNews(heard.At)).Select(static heard => heard.Columns).Distinct().Where(hash => _columns.GetValueOrDefault(hash) is not null)
                .ToImmutableSortedDictionary(static hash => hash.ToString(), hash => _columns[hash]!.Value, StringComparer.Ordinal);
        }
    }

    private bool IsNews(DateTimeOffset at) => clock.GetUtcNow() - at <= NewsMax;

    /// <summary>Notes what a site says; true where what its columns are is to be fetched.</summary>
    private bool Note(SiloId site, (DateTimeOffset At, Digest Columns, ImmutableSortedDictionary<string, long>? Refused) said)
    {
        lock (_gate)
        {
            bool isChanged = _heard.TryGetValue(site, out (DateTimeOffset At, Digest Columns, ImmutableSortedDictionary<string, long>? Refused) before) && before.Columns != said.Columns;
            _heard[site] = said;
            if (isChanged && !_heard.Values.Any(heard => heard.Columns == before.Columns)) _columns.Remove(before.Columns);
            return !_columns.ContainsKey(said.Columns) && _asked.Add(site) && _columns.TryAdd(said.Columns, null);
        }
    }

    private void Take(SiloId site, Digest hash, byte[]? bytes, string? failure)
    {
        JsonElement? columns = bytes is null ? null : Read(bytes);
        lock (_gate)
        {
            _asked.Remove(site);
            if (!_columns.ContainsKey(hash)) return;   // it announces others by now
            if (columns is not null) _columns[hash] = columns;
            else _columns.Remove(hash);   // asked for again when the site says again that it is there
        }

        if (columns is null) refused($"what the columns of '{site}' are: {failure ?? "it cannot be read"}");
    }

    private ImmutableArray<JobId> JobsOf(ProtocolMessage.SitePresent present)
    {
        ImmutableArray<JobId> said = present.Jobs ?? [], jobs = [.. said.Where(static job => JobId.IsName(job.Value)).Take(ProtocolMessage.SitePresent.JobsMax)];
        if (jobs.Length < said.Length) refused($"'{present.Silo}' asks about more than {ProtocolMessage.SitePresent.JobsMax} jobs, or about what is none");
        return jobs;
    }

    private ImmutableSortedDictionary<string, long>? KindsOf(ProtocolMessage.SitePresent present)
    {
        if (present.Refused is not { } said) return null;
        ImmutableSortedDictionary<string, long> kinds = said.Where(static entry => IsKind(entry.Key)).Take(KindsMax).ToImmutableSortedDictionary(StringComparer.Ordinal);
        if (kinds.Count < said.Count) refused($"'{present.Silo}' has refused what is of no kind, or of more than {KindsMax}");
        return kinds;
    }

    /// <summary>True for what a kind of refusals can be called; a newer program may have more of them than this one.</summary>
    private static bool IsKind(string kind) => kind.Length is > 0 and <= KindLengthMax && kind.All(static c => char.IsAsciiLetterLower(c) || c == '-');

    private static JsonElement? Read(byte[] bytes)
    {
        try
        {
            return JsonElement.Parse(bytes, Shallow);
        }
        catch (JsonException)
        {
            return null;   // whoever submits hears of no columns of this site
        }
    }
}
