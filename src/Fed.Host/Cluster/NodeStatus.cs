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
    /// <summary>Of a coordinator that leads: the sites that are enrolled.</summary>
    public ImmutableArray<EnrolledSite>? Sites { get; init; }

    /// <summary>Why it declines to lead, where the journal holds what this program does not know.</summary>
    public string? Declines { get; init; }
}

/// <summary>The sites that are there, with their columns as the JSON that they gave.</summary>
internal sealed record OfferedSites(ImmutableArray<OfferedColumns> Sites);

/// <summary>One of them.</summary>
/// <param name="Name">Its name.</param>
/// <param name="KeyId">Of its signing key.</param>
/// <param name="Columns">As it gave them.</param>
internal sealed record OfferedColumns(string Name, string KeyId, JsonElement Columns);
