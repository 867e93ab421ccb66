using System.Collections.Immutable;
using Fed.Host.Cluster.Local;
using Fed.Host.History;

namespace Fed.Host.Cluster;

/// <summary>What nodes have refused since they were started, by kind: envelopes that do not count, and messages that have no business with them.</summary>
internal static class Refusals
{
    /// <summary>A row for each kind and node.</summary>
    public static Table Of(IEnumerable<NodeStatus?> nodes)
    {
        Table table = new("node", "refused", "because", "count");
        foreach (NodeStatus node in nodes.OfType<NodeStatus>().OrderBy(static node => node.Name, StringComparer.Ordinal))
        {
            foreach ((string kind, long count) in node.Envelopes) table.Add(node.Name, "envelope", kind, count);
            foreach ((string reason, long count) in node.Refused) table.Add(node.Name, "message", reason, count);
        }

        return table;
    }

    /// <summary>The aggregators and sites of a cluster on this machine; elsewhere they tell their own operators.</summary>
    public static ImmutableArray<NodeStatus?> OthersHere(ClusterReader cluster) => LocalState.Read(cluster.Folder.State) is { } state
        ? [.. state.Processes.Where(static process => process.Role is "aggregator" or "silo" && ProcessTable.IsAlive(process)).Select(process => NodeClient.TryStatus(cluster.Folder.Node(process.Name).Root))]
        : [];
}
