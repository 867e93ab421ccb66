using System.Globalization;

namespace Fed.Cluster.Identity;

/// <summary>Who a node is: what its certificates have as their only alternative name, as a URI.</summary>
/// <param name="Federation">Name of the federation.</param>
/// <param name="Role">What it may be.</param>
/// <param name="Name">Its name, which is also its user at the broker; of a site's node the site's.</param>
public sealed record NodeIdentity(string Federation, NodeRole Role, string Name)
{
    /// <summary>Characters in a name.</summary>
    public const int NameLengthMax = 40;

    private const string Scheme = "fed://";

    /// <summary>True for 1 to 40 characters of a to z, 0 to 9 and hyphen: names that mean nothing else in patterns, routing keys, addresses and paths.</summary>
    public static bool IsName(string text) => text.Length is > 0 and <= NameLengthMax && text.All(static character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '-');

    /// <summary>The identity as a URI, for example <c>fed://lung/silo/north</c>.</summary>
    public string Uri => $"{Scheme}{Federation}/{Role.ToString().ToLowerInvariant()}/{Name}";

    /// <summary>Reads a URI; null for whatever <see cref="Uri"/> would not have written.</summary>
    public static NodeIdentity? Parse(string uri)
    {
        string[] parts = uri.StartsWith(Scheme, StringComparison.Ordinal) ? uri[Scheme.Length..].Split('/') : [];
        if (parts.Length != 3 || !IsName(parts[0]) || !IsName(parts[2])) return null;
        foreach (NodeRole role in Enum.GetValues<NodeRole>())
        {
            NodeIdentity identity = new(parts[0], role, parts[2]);
            if (identity.Uri == uri) return identity;
        }

        return null;
    }

    /// <summary>True for an address that this node may send from and receive at.</summary>
    public bool MayBe(NodeAddress address) => Role == NodeRole.Silo ? address == NodeAddress.Silo(Name) : RoleOf(address) == Role;

    /// <summary>The role of an address; null for what is none.</summary>
    public static NodeRole? RoleOf(NodeAddress address)
    {
        string value = address.Value ?? "";
        if (address == NodeAddress.Job || address == NodeAddress.Coordinator) return NodeRole.Coordinator;
        if (address == NodeAddress.Aggregator) return NodeRole.Aggregator;
        string[] parts = value.Split('/');
        if (parts.Length != 2) return null;
        if (parts[0] == "silo") return IsName(parts[1]) ? NodeRole.Silo : null;
        bool isPart = parts[0] == "aggregator" && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int part) && part > 0 && address == NodeAddress.SubAggregator(part);
        return isPart ? NodeRole.Aggregator : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Uri;
}
