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

    /// <summary>The nodes whose refusals are known here: those of a cluster on this machine as they say now, at once; of others servers by what they leave in the database, and sites by what the leader has heard.</summary>
    public static ImmutableArray<NodeStatus?> Known(ClusterReader cluster, ImmutableArray<NodeStatus> said, NodeStatus? leader)
    {
        ImmutableArray<NodeStatus?> here = Here(cluster);
        ImmutableHashSet<string> names = [.. here.OfType<NodeStatus>().Select(static node => node.Name)];
        IEnumerable<NodeStatus> sites = (leader?.Sites ?? []).Select(static site => new NodeStatus(site.Name, "silo", 0, true, null, ImmutableSortedDictionary<string, long>.Empty, site.Refused ?? ImmutableSortedDictionary<string, long>.Empty));
        return [.. here, .. said.Concat(sites).Where(node => !names.Contains(node.Name))];
    }

    private static ImmutableArray<NodeStatus?> Here(ClusterReader cluster) => LocalState.Read(cluster.Folder.State) is { } state
        ? [.. state.Processes.Where(static process => process.Role is not ("broker" or "database") && ProcessTable.IsAlive(process)).AsParallel().AsOrdered().Select(process => NodeClient.TryStatus(cluster.Folder.Node(process.Name).Root))]
        : [];
}
