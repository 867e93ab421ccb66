namespace Fed.Actors.Ports;

/// <summary>Who a message is for: a role and, for silos, the site's name (<c>coordinator</c>, <c>aggregator</c>, <c>aggregator/2</c>, <c>silo/north</c>).</summary>
public readonly record struct NodeAddress(string Value) : IComparable<NodeAddress>
{
    /// <summary>The job actor's node.</summary>
    public static NodeAddress Job { get; } = new("job");

    /// <summary>The round coordinator.</summary>
    public static NodeAddress Coordinator { get; } = new("coordinator");

    /// <summary>The aggregator; where a plan has parts, their root.</summary>
    public static NodeAddress Aggregator { get; } = new("aggregator");

    /// <summary>The aggregator of a part, numbered from 1.</summary>
    public static NodeAddress SubAggregator(int part) => new($"aggregator/{part}");

    /// <summary>The silo of a site.</summary>
    public static NodeAddress Silo(string site) => new("silo/" + site);

    /// <inheritdoc/>
    public int CompareTo(NodeAddress other) => string.CompareOrdinal(Value, other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}
