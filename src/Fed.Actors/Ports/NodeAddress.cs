namespace Fed.Actors.Ports;

/// <summary>Who a message is for: a role and, for silos, the site's name (<c>coordinator</c>, <c>aggregator</c>, <c>silo/north</c>).</summary>
public readonly record struct NodeAddress(string Value) : IComparable<NodeAddress>
{
    /// <summary>The job actor's node.</summary>
    public static NodeAddress Job { get; } = new("job");

    /// <summary>The round coordinator.</summary>
    public static NodeAddress Coordinator { get; } = new("coordinator");

    /// <summary>The aggregator.</summary>
    public static NodeAddress Aggregator { get; } = new("aggregator");

    /// <summary>The silo of a site.</summary>
    public static NodeAddress Silo(string site) => new("silo/" + site);

    /// <inheritdoc/>
    public int CompareTo(NodeAddress other) => string.CompareOrdinal(Value, other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}
