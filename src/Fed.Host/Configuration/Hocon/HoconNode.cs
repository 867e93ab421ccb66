using System.Collections.Immutable;

namespace Fed.Host.Configuration.Hocon;

/// <summary>A parsed, not yet resolved value.</summary>
internal abstract class HoconNode(HoconOrigin origin)
{
    public HoconOrigin Origin { get; } = origin;

    /// <summary>True when no substitution is left in it.</summary>
    public virtual bool IsClosed => false;

    /// <summary>True when a later definition of this kind leaves nothing of an earlier one, whatever that was. An open list does not: its items may look back.</summary>
    public virtual bool HidesEarlier => false;

    /// <summary>The definitions of one key, earliest first.</summary>
    public virtual IReadOnlyList<HoconNode> Layers => [this];
}

/// <summary>A scalar, or a value that is resolved already.</summary>
internal sealed class ValueNode(HoconValue value, bool isSpace = false) : HoconNode(value.Origin)
{
    public HoconValue Value { get; } = value;

    /// <summary>Blanks between two parts of a concatenation: they count between strings only.</summary>
    public bool IsSpace { get; } = isSpace;

    public override bool IsClosed => true;

    public override bool HidesEarlier => Value is not HoconObject;
}

/// <summary>A list whose items may hold substitutions.</summary>
internal sealed class ListNode(HoconOrigin origin, IReadOnlyList<HoconNode> items) : HoconNode(origin)
{
    public IReadOnlyList<HoconNode> Items { get; } = items;

    public override bool IsClosed { get; } = items.All(static item => item.IsClosed);

    public override bool HidesEarlier => IsClosed;
}

/// <summary><c>${path}</c> or <c>${?path}</c>.</summary>
/// <param name="origin">Where the dollar sign stands.</param>
/// <param name="path">The keys from the root.</param>
/// <param name="isOptional">True for <c>${?path}</c>: undefined instead of an error.</param>
/// <param name="includedAt">Where the file that holds it was included: tried first, as a file may be included under a key and refer to its own values.</param>
internal sealed class SubstitutionNode(HoconOrigin origin, ImmutableArray<string> path, bool isOptional, ImmutableArray<string> includedAt) : HoconNode(origin)
{
    public ImmutableArray<string> Path { get; } = path;

    public bool IsOptional { get; } = isOptional;

    public ImmutableArray<string> IncludedAt { get; } = includedAt;

    public override string ToString() => $"${{{(IsOptional ? "?" : "")}{string.Join('.', Path)}}}";
}

/// <summary>Values beside each other on one line: strings join, lists append, objects merge.</summary>
internal sealed class ConcatenationNode(HoconOrigin origin, IReadOnlyList<HoconNode> parts) : HoconNode(origin)
{
    public IReadOnlyList<HoconNode> Parts { get; } = parts;
}

/// <summary><c>key += item</c>.</summary>
internal sealed class AppendNode(HoconNode item) : HoconNode(item.Origin)
{
    public HoconNode Item { get; } = item;
}

/// <summary>Several definitions of one key that only the resolver can merge.</summary>
internal sealed class StackNode(IReadOnlyList<HoconNode> layers) : HoconNode(layers[0].Origin)
{
    public override IReadOnlyList<HoconNode> Layers { get; } = layers;
}

/// <summary>An object under construction: keys in order of first appearance, later definitions merged in.</summary>
internal sealed class ObjectNode(HoconOrigin origin) : HoconNode(origin)
{
    private readonly Dictionary<string, HoconNode> _members = new(StringComparer.Ordinal);

    public IEnumerable<KeyValuePair<string, HoconNode>> Members => _members; // Nothing is ever removed, so the order is that of insertion.

    public override bool IsClosed => _members.Values.All(static member => member.IsClosed);

    public HoconNode? this[string key] => _members.GetValueOrDefault(key);

    /// <summary>Defines a key again or for the first time.</summary>
    public void Put(string key, HoconNode value) => _members[key] = _members.TryGetValue(key, out HoconNode? earlier) ? Merge(earlier, value) : value;

    /// <summary>Defines every key of another object, later than this one's.</summary>
    public void PutAll(ObjectNode later)
    {
        foreach ((string key, HoconNode value) in later.Members) Put(key, value);
    }

    private static HoconNode Merge(HoconNode earlier, HoconNode later)
    {
        if (later.HidesEarlier) return later;
        if (earlier.Layers[^1] is not ObjectNode top || later is not ObjectNode added) return new StackNode([.. earlier.Layers, .. later.Layers]);
        ObjectNode merged = new(top.Origin);
        merged.PutAll(top);
        merged.PutAll(added);
        return earlier is StackNode ? new StackNode([.. earlier.Layers.SkipLast(1), merged]) : merged;
    }
}
