using System.Collections.Immutable;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Host.History;

namespace Fed.Host.Cluster;

/// <summary>Who leads as the aggregator, and as that of each part, by the leases and by what servers say of themselves.</summary>
/// <param name="said">What servers have said last, and how long ago.</param>
/// <param name="leader">Who holds a role's lease; null where nobody does.</param>
internal sealed class AggregatorRoles(ImmutableArray<(NodeStatus Status, TimeSpan Age)> said, Func<NodeAddress, (string Holder, long Epoch)?> leader)
{
    private const string Role = "aggregator";

    private readonly Dictionary<NodeAddress, (string Holder, long Epoch)?> _leaders = [];

    /// <summary>A row for each role: those that servers stand for, and those that jobs need.</summary>
    /// <param name="plans">Of jobs that are not over.</param>
    public Table Table(IEnumerable<JobPlan> plans)
    {
        Table table = new("role", "leads", "epoch", "since", "standing by", "away", "declines");
        ImmutableArray<NodeStatus> aggregators = [.. said.Select(static node => node.Status).Where(static status => status.Role == Role)];
        foreach (int part in plans.SelectMany(AggregatorTree.Parts).Concat(aggregators.Select(static status => status.Part ?? 0)).Append(0).Distinct().Order())
        {
            (string Holder, long Epoch)? lease = Leader(AddressOf(part));
            ImmutableArray<(NodeStatus Status, TimeSpan Age)> own = [.. said.Where(node => node.Status.Role == Role && (node.Status.Part ?? 0) == part)];
            ImmutableArray<(NodeStatus Status, TimeSpan Age)> others = [.. own.Where(node => node.Status.Name != lease?.Holder)];
            table.Add(
                Name(part), lease?.Holder ?? "nobody", lease?.Epoch,
                ClusterStatus.Time(own.Select(static node => node.Status).FirstOrDefault(status => status.Name == lease?.Holder && status.Epoch == lease?.Epoch)?.Since),
                ClusterStatus.Names(others.Where(static node => node.Age <= NodePresence.AwayAfter && node.Status.Declines is null).Select(static node => node.Status.Name)),
                ClusterStatus.Names(others.Where(static node => node.Age > NodePresence.AwayAfter).Select(static node => $"{node.Status.Name} (since {ClusterStatus.Time(DateTimeOffset.UtcNow - node.Age)})")),
                ClusterStatus.Names(own.Where(static node => node.Status.Declines is not null).Select(static node => $"{node.Status.Name}: {node.Status.Declines}")));
        }

        return table;
    }

    /// <summary>Whom a sum waits for: aggregators that nobody leads as, and sites whose aggregator is there to take what they have.</summary>
    /// <param name="plan">The job's plan.</param>
    /// <param name="sites">Sites that have not answered.</param>
    public IEnumerable<string> Awaited(JobPlan plan, IEnumerable<SiloId> sites) =>
    [
        .. AggregatorTree.Parts(plan).Prepend(0).Where(part => Leader(AddressOf(part)) is null).Select(Name),
        .. sites.Where(site => Leader(AggregatorTree.For(plan, site)) is not null).Select(static site => site.Value),
    ];

    private static NodeAddress AddressOf(int part) => AggregatorPart.AddressOf(part == 0 ? null : part);

    private static string Name(int part) => part == 0 ? Role : $"aggregator of part {part}";

    private (string Holder, long Epoch)? Leader(NodeAddress role)
    {
        if (!_leaders.TryGetValue(role, out (string Holder, long Epoch)? known)) _leaders[role] = known = leader(role);
        return known;
    }
}
