using System.Collections.Immutable;
using System.Text.Json;
using Fed.Host.Configuration;

namespace Fed.Host.Cluster;

/// <summary>What a node answers its operator.</summary>
/// <param name="node">The node.</param>
/// <param name="role">Its role.</param>
/// <param name="part">Of which part it is the aggregator; null for the aggregator proper, and for others.</param>
/// <param name="coordinator">Its part as a coordinator; null where it is none.</param>
internal sealed class ControlAnswers(NodeRuntime node, string role, int? part, CoordinatorPart? coordinator)
{
    /// <summary>True while the node hears and speaks.</summary>
    public bool IsReady => node.Connection.IsReady;

    /// <summary>Answers; null for what is nothing.</summary>
    public string? Answer(string method, string path) => (method, path) == ("GET", "/status") ? JsonSerializer.Serialize(Status(), ClusterJson.Default.NodeStatus) : null;

    /// <summary>What the node says of itself.</summary>
    public NodeStatus Status()
    {
        NodeStatus status = new(
            node.Kit.Identity.Name, role, Environment.ProcessId, IsReady, node.Observer.Term?.Epoch, node.Observer.Refusals,
            node.Connection.Counters.Refusals.ToImmutableSortedDictionary(static entry => Kebab.From(entry.Key.ToString()), static entry => entry.Value, StringComparer.Ordinal)) { Part = part, Since = node.Observer.LeadsSince, Declines = node.Observer.Declines };
        return coordinator is { IsLeading: true } leading ? status with { Sites = leading.Sites(), Columns = leading.Columns() } : status;
    }
}
