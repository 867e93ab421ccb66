using System.Collections.Immutable;

namespace Fed.Host.Configuration.Hocon;

/// <summary>A resolved value: no substitution is left in it.</summary>
internal abstract class HoconValue(HoconOrigin origin)
{
    /// <summary>Where the value was written; for merged objects and joined strings, where the first part was.</summary>
    public HoconOrigin Origin { get; } = origin;

    /// <summary>How messages show the value: <c>'soon'</c>, <c>an object</c>, <c>a list</c>, <c>null</c>.</summary>
    public abstract string Shown { get; }
}

/// <summary>What a scalar looked like; readers convert by text, so this matters for null and for printing only.</summary>
internal enum HoconScalarKind
{
    /// <summary>An unquoted <c>null</c>: the same as not set.</summary>
    Null,

    /// <summary>An unquoted <c>true</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary>An unquoted JSON number.</summary>
    Number,

    /// <summary>Everything else.</summary>
    Text,
}

/// <summary>A string, number, boolean or null.</summary>
internal sealed class HoconScalar(HoconOrigin origin, string text, HoconScalarKind kind) : HoconValue(origin)
{
    /// <summary>The characters, escapes resolved.</summary>
    public string Text { get; } = text;

    /// <summary>What it looked like.</summary>
    public HoconScalarKind Kind { get; } = kind;

    /// <inheritdoc/>
    public override string Shown => Kind == HoconScalarKind.Null ? "null" : $"'{(Text.Length <= 60 ? Text : Text[..57] + "...")}'";
}

/// <summary>A list.</summary>
internal sealed class HoconArray(HoconOrigin origin, ImmutableArray<HoconValue> items) : HoconValue(origin)
{
    /// <summary>The items in order.</summary>
    public ImmutableArray<HoconValue> Items { get; } = items;

    /// <inheritdoc/>
    public override string Shown => "a list";
}

/// <summary>An object; the members keep the order in which their keys appeared first.</summary>
internal sealed class HoconObject : HoconValue
{
    private readonly Dictionary<string, HoconValue> _byKey;

    public HoconObject(HoconOrigin origin, ImmutableArray<KeyValuePair<string, HoconValue>> members) : base(origin)
    {
        Members = members;
        _byKey = members.ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>Keys and values, each key once.</summary>
    public ImmutableArray<KeyValuePair<string, HoconValue>> Members { get; }

    /// <summary>The value of a key, or null when there is none.</summary>
    public HoconValue? this[string key] => _byKey.GetValueOrDefault(key);

    /// <inheritdoc/>
    public override string Shown => "an object";
}
