using System.Collections.Immutable;
using System.Text.Json;

namespace Fed.Host.Cluster;

/// <summary>What a node says of itself.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Role">Its role.</param>
/// <param name="ProcessId">Its process.</param>
/// <param name="IsReady">Whether it hears and speaks.</param>
/// <param name="Epoch">Of its leadership; null while it does not lead, and for a site.</param>
/// <param name="Refused">Messages that it has refused, by reason.</param>
/// <param name="Envelopes">Envelopes that it has refused, by reason.</param>
internal sealed record NodeStatus(string Name, string Role, int ProcessId, bool IsReady, long? Epoch, ImmutableSortedDictionary<string, long> Refused, ImmutableSortedDictionary<string, long> Envelopes)
{
    /// <summary>Of an aggregator: the part that it stands for; null for the aggregator proper.</summary>
    public int? Part { get; init; }

    /// <summary>Since when it leads; null while it does not.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Of a coordinator that leads: the sites that are enrolled.</summary>
    public ImmutableArray<EnrolledSite>? Sites { get; init; }

    /// <summary>Why it declines to lead, where the journal holds what this program does not know.</summary>
    public string? Declines { get; init; }

    /// <summary>Of a coordinator that leads: what sites' columns are, as the sites gave them, by their hash.</summary>
    public ImmutableSortedDictionary<string, JsonElement>? Columns { get; init; }

    /// <summary>So much a node says of itself at most: an envelope with its keys has 4 MiB.</summary>
    public const int BytesMax = (4 << 20) - (64 << 10);

    /// <summary>As it is said and read.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ClusterJson.Default.NodeStatus);

    /// <summary>What of it has room: without the largest columns of sites where it is too much, and where that is not enough without what was refused, and at last without the sites. Who leads is said always.</summary>
    public NodeStatus Within(int bytesMax)
    {
        if (ToJson().Length <= bytesMax) return this;
        NodeStatus bare = this with { Columns = null };
        NodeStatus quiet = bare with { Sites = Sites is { } sites ? [.. sites.Select(static site => site with { Refused = null })] : null, Refused = Nothing, Envelopes = Nothing };
        NodeStatus chosen = ((NodeStatus[])[bare, quiet]).FirstOrDefault(status => status.ToJson().Length <= bytesMax) ?? quiet with { Sites = null };
        if (Columns is null) return chosen;
        long left = bytesMax - (chosen with { Columns = NoColumns }).ToJson().Length;
        return chosen with { Columns = NoColumns.AddRange(Columns.Select(static known => (Known: known, Bytes: SizeOf(known))).OrderBy(static known => known.Bytes).TakeWhile(known => (left -= known.Bytes) >= 0).Select(static known => known.Known)) };
    }

    private static ImmutableSortedDictionary<string, long> Nothing { get; } = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

    private static ImmutableSortedDictionary<string, JsonElement> NoColumns { get; } = ImmutableSortedDictionary.Create<string, JsonElement>(StringComparer.Ordinal);

    private static NodeStatus Empty { get; } = new("", "", 0, false, null, Nothing, Nothing) { Columns = NoColumns };

    /// <summary>What one site's columns add, where they stand: indented, and escaped.</summary>
    private static long SizeOf(KeyValuePair<string, JsonElement> columns) => (Empty with { Columns = NoColumns.SetItem(columns.Key, columns.Value) }).ToJson().LongLength - Empty.ToJson().Length + 1;   // and a comma
}

/// <summary>A site that is enrolled.</summary>
/// <param name="Name">Its name.</param>
/// <param name="KeyId">Of its signing key.</param>
/// <param name="LastHeard">When the leader heard of it last; null where it has not.</param>
internal sealed record EnrolledSite(string Name, string KeyId, DateTimeOffset? LastHeard)
{
    /// <summary>Hash of what its columns are; null where the leader has not heard of it lately.</summary>
    public string? Columns { get; init; }

    /// <summary>Envelopes that it has refused, by reason.</summary>
    public ImmutableSortedDictionary<string, long>? Refused { get; init; }
}
