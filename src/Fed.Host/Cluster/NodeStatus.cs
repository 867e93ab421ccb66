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
