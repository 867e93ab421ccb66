using System.Globalization;
using Fed.Cluster.Identity.Enrolment;

namespace Fed.Host.Cluster.Local;

/// <summary>Where a cluster on this machine lies: <c>DATA/cluster/</c>, a folder for each node (its kit), <c>federation/</c> with the CA, <c>broker/</c>, <c>database/</c>, <c>log/</c>.</summary>
/// <param name="data">The data folder.</param>
internal sealed class LocalFolder(string data)
{
    /// <summary>Name of the local federation.</summary>
    public const string Federation = "local";

    /// <summary>The node that leads at first, as a rule.</summary>
    public const string Coordinator = "coordinator";

    /// <summary>The node that takes over.</summary>
    public const string Standby = "standby";

    /// <summary>The node that sums.</summary>
    public const string Aggregator = "aggregator";

    /// <summary>The node that takes over from it, where there is one.</summary>
    public const string AggregatorStandby = "aggregator-standby";

    /// <summary>The node that sums a part.</summary>
    public static string AggregatorOf(int part) => $"{Aggregator}-{part}";

    /// <summary>True for the name of a server's node, which no site may have.</summary>
    public static bool IsServer(string name) => name is Coordinator or Standby or Aggregator || name.StartsWith(Aggregator + "-", StringComparison.Ordinal);

    /// <summary>The part that a node sums; null for any other node.</summary>
    public static int? PartOf(string name) => name.StartsWith(Aggregator + "-", StringComparison.Ordinal) && int.TryParse(name.AsSpan(Aggregator.Length + 1), CultureInfo.InvariantCulture, out int part) ? part : null;

    /// <summary>The whole.</summary>
    public string Root { get; } = Path.Combine(Path.GetFullPath(data), "cluster");

    /// <summary>What was started.</summary>
    public string State => Path.Combine(Root, "state.json");

    /// <summary>The CA's holder's folder.</summary>
    public string Authority => Path.Combine(Root, "federation");

    /// <summary>RabbitMQ's folder.</summary>
    public string Broker => Path.Combine(Root, "broker");

    /// <summary>PostgreSQL's folder.</summary>
    public string Database => Path.Combine(Root, "database");

    /// <summary>A node's kit.</summary>
    public NodeFolder Node(string name) => new(Path.Combine(Root, name));

    /// <summary>What a process says.</summary>
    public string Log(string name) => Path.Combine(Root, "log", $"{name}.log");
}
