using System.Collections.Immutable;
using System.Globalization;
using Fed.Host.Configuration.Hocon;

namespace Fed.Host.Configuration;

/// <summary>Reads typed values out of a resolved object. Every refusal names the place, what was expected and what was found.</summary>
internal sealed class ConfigReader(HoconObject node, string path, ISet<string> asked)
{
    /// <summary>The dotted path of the object, without a dot at its end; empty for the root.</summary>
    public string Path => path;

    /// <summary>The object below a key.</summary>
    public ConfigReader Section(string key) => Value(key) switch
    {
        HoconObject section => new ConfigReader(section, Full(key), asked),
        var other => throw Wrong(key, "an object in braces", other),
    };

    /// <summary>The keys of the object, in the order in which they appeared; for objects whose keys are names of the user's.</summary>
    public IEnumerable<string> Keys => node.Members.Select(static member => member.Key);

    /// <summary>The objects in a list, or the members of an object in braces, which are named by their keys.</summary>
    public IEnumerable<(string? Name, ConfigReader Item)> NamedSections(string key)
    {
        if (!IsBlock(key)) return Sections(key).Select(static item => ((string?)null, item));
        ConfigReader block = Section(key);
        return block.Keys.Select(name => ((string?)name, block.Section(name)));
    }

    /// <summary>The objects in a list.</summary>
    public IEnumerable<ConfigReader> Sections(string key)
    {
        int index = 0;
        foreach (HoconValue item in Items(key))
            yield return item is HoconObject section
                ? new ConfigReader(section, $"{Full(key)}[{index++}]", asked)
                : throw new HoconException(item.Origin, $"expected {Full(key)} to hold objects in braces, found {item.Shown}");
    }

    /// <summary>The objects below a key whose own keys are names of the user's choice; the defaults leave such a block empty.</summary>
    public IEnumerable<(string Key, ConfigReader Value)> Entries(string key)
    {
        ConfigReader block = Section(key);
        return block.Names.Select(name => (name, block.Section(name)));
    }

    /// <summary>The scalars below a key whose own keys are names of the user's choice, those of inner blocks under dotted names.</summary>
    public ImmutableSortedDictionary<string, string> Pairs(string key)
    {
        ImmutableSortedDictionary<string, string>.Builder pairs = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        Collect(Section(key), "");
        return pairs.ToImmutable();

        void Collect(ConfigReader block, string prefix)
        {
            foreach (string name in block.Names)
                if (block.IsBlock(name)) Collect(block.Section(name), $"{prefix}{name}.");
                else pairs[prefix + name] = block.Scalar(name, "a text or a number").Text;
        }
    }

    /// <summary>Where the object was written.</summary>
    public HoconOrigin Origin => node.Origin;

    private IEnumerable<string> Names => node.Members.Select(static member => member.Key);

    /// <summary>The strings in a list.</summary>
    public ImmutableArray<string> Texts(string key) =>
        [.. Items(key).Select(item => item is HoconScalar { Kind: not HoconScalarKind.Null } scalar ? scalar.Text : throw new HoconException(item.Origin, $"expected {Full(key)} to hold texts, found {item.Shown}"))];

    /// <summary>The integers in a list, each of at least a bound.</summary>
    public ImmutableArray<int> Integers(string key, int min) =>
        [.. Numbers(key, $"integers of at least {min}").Select(item => int.TryParse(item.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= min ? value : throw Listed(key, $"integers of at least {min}", item))];

    /// <summary>The finite numbers in a list.</summary>
    public ImmutableArray<double> Reals(string key) => [.. Numbers(key, "numbers").Select(item => TryReal(item.Text, out double value) ? value : throw Listed(key, "numbers", item))];

    /// <summary>The integers in a list, each of at least a bound; each once.</summary>
    public ImmutableArray<long> Longs(string key, long min)
    {
        ImmutableArray<long> values = [.. Numbers(key, $"integers of at least {min}").Select(item => long.TryParse(item.Text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value >= min ? value : throw Listed(key, $"integers of at least {min}", item))];
        return values.Distinct().Count() == values.Length ? values : throw Refuse(key, $"{Full(key)} lists a number twice; each stands once");
    }

    /// <summary>The object itself.</summary>
    public HoconObject Node => node;

    /// <summary>True when the value is an object in braces.</summary>
    public bool IsBlock(string key) => Value(key) is HoconObject;

    /// <summary>True when the key has a value other than null.</summary>
    public bool Has(string key) => Value(key) is not (null or HoconScalar { Kind: HoconScalarKind.Null });

    /// <summary>True when the value was written by the user rather than in the defaults.</summary>
    public bool IsUsers(string key) => Has(key) && Value(key)!.Origin.File != FedConfig.ReferenceName;

    public string Text(string key) => Scalar(key, "a text").Text is { Length: > 0 } text ? text : throw Wrong(key, "a text", Value(key));

    /// <summary>A text, possibly an empty one.</summary>
    public string RawText(string key) => Scalar(key, "a text").Text;

    public string? OptionalText(string key) => Has(key) ? Text(key) : null;

    /// <summary>A text as it is; a number without quotes as a whole number or a number.</summary>
    public object TextOrNumber(string key) => Scalar(key, "a text or a number") switch
    {
        { Kind: HoconScalarKind.Number } number when long.TryParse(number.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) => whole,
        { Kind: HoconScalarKind.Number } number when TryReal(number.Text, out double real) => real,
        var other => other.Text,
    };

    public bool Flag(string key) => Scalar(key, "true or false").Text switch
    {
        "true" or "yes" or "on" => true,
        "false" or "no" or "off" => false,
        _ => throw Wrong(key, "true or false", Value(key)),
    };

    /// <summary>An integer within bounds, both included.</summary>
    public int Integer(string key, int min, int max = int.MaxValue) => (int)Long(key, min, max);

    public int? OptionalInteger(string key, int min, int max = int.MaxValue) => Has(key) ? Integer(key, min, max) : null;

    /// <summary>An integer within bounds, both included.</summary>
    public long Long(string key, long min, long max = long.MaxValue)
    {
        string expected = Bounds("an integer", min, max, max is int.MaxValue or long.MaxValue);
        return long.TryParse(Scalar(key, expected).Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= min && value <= max ? value : throw Wrong(key, expected, Value(key));
    }

    public long? OptionalLong(string key, long min, long max = long.MaxValue) => Has(key) ? Long(key, min, max) : null;

    /// <summary>A finite number of at least <paramref name="min"/>, or above it.</summary>
    public double Real(string key, double min, bool above = false)
    {
        string expected = $"a number {(above ? "above" : "of at least")} {min.ToString(CultureInfo.InvariantCulture)}";
        return TryReal(Scalar(key, expected).Text, out double value) && (above ? value > min : value >= min) ? value : throw Wrong(key, expected, Value(key));
    }

    /// <summary>Any finite number.</summary>
    public double Number(string key) => TryReal(Scalar(key, "a number").Text, out double value) ? value : throw Wrong(key, "a number", Value(key));

    public double? OptionalReal(string key, double min, bool above = false) => Has(key) ? Real(key, min, above) : null;

    /// <summary>A duration within bounds, both included.</summary>
    public TimeSpan Duration(string key, TimeSpan min, TimeSpan max)
    {
        if (!HoconUnits.TryDuration(Scalar(key, "a duration such as 90s").Text, out TimeSpan value)) throw Wrong(key, "a duration such as 90s", Value(key));
        return value >= min && value <= max ? value : throw Wrong(key, $"a duration from {HoconUnits.Format(min)} to {HoconUnits.Format(max)}", Value(key));
    }

    /// <summary>A number of bytes within bounds, both included.</summary>
    public long Size(string key, long min, long max)
    {
        if (!HoconUnits.TrySize(Scalar(key, "a size such as 512 MiB").Text, out long value)) throw Wrong(key, "a size such as 512 MiB", Value(key));
        return value >= min && value <= max ? value : throw Wrong(key, $"a size from {min >> 20} MiB to {max >> 20} MiB", Value(key));
    }

    /// <summary>One of an enumeration's members, written in lower case with hyphens.</summary>
    public TEnum Choice<TEnum>(string key) where TEnum : struct, Enum
    {
        string[] names = [.. Enum.GetNames<TEnum>().Select(Kebab.From)];
        string expected = names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} or {names[^1]}";
        string text = Scalar(key, expected).Text;
        foreach (TEnum value in Enum.GetValues<TEnum>())
            if (Kebab.From(value.ToString()) == text)
                return value;
        throw Wrong(key, expected, Value(key));
    }

    public TEnum? OptionalChoice<TEnum>(string key) where TEnum : struct, Enum => Has(key) ? Choice<TEnum>(key) : null;

    /// <summary>A value with a form of its own.</summary>
    /// <param name="key">The key.</param>
    /// <param name="expected">The form, for the message.</param>
    /// <param name="parse">Null refuses the text.</param>
    public T Special<T>(string key, string expected, Func<string, T?> parse) where T : struct => parse(Scalar(key, expected).Text) ?? throw Wrong(key, expected, Value(key));

    /// <summary>A file or folder; relative ones start at the folder of the file that names them, those from the environment at the current folder.</summary>
    public string File(string key) => PathOf(key, Text(key), Value(key)!);

    /// <summary>The files or folders in a list; as <see cref="File"/>.</summary>
    public ImmutableArray<string> Files(string key) => [.. Texts(key).Zip(Items(key), (text, item) => PathOf(key, text, item))];

    private string PathOf(string key, string text, HoconValue value)
    {
        HoconOrigin origin = value.Origin;
        if (text.Length == 0 || text.Contains('\0', StringComparison.Ordinal)) throw Wrong(key, "the name of a file", value);
        string folder = origin.Line == 0 ? "" : System.IO.Path.GetDirectoryName(origin.File) ?? "";
        string joined = System.IO.Path.Combine(folder, text);
        string whole = System.IO.Path.GetFullPath(joined); // Also takes out the '..' that messages would show.
        return System.IO.Path.IsPathRooted(joined) ? whole : System.IO.Path.GetRelativePath(".", whole);
    }

    /// <summary>Where a key was set, else where its object was.</summary>
    public HoconOrigin OriginOf(string key) => (Value(key) ?? node).Origin;

    /// <summary>A refusal at a key, in a sentence that already names it.</summary>
    public HoconException Refuse(string key, string sentence) => new(OriginOf(key), sentence);

    /// <summary>A refusal of keys that contradict each other, at the first of them that the user wrote.</summary>
    public HoconException RefusePair(string key, string other, string sentence) => Refuse(!IsUsers(key) && IsUsers(other) ? other : key, sentence);

    /// <summary>Refuses keys that were never asked for; for objects in lists, which have no counterpart in the defaults.</summary>
    public void RefuseOthers(params ReadOnlySpan<string> known)
    {
        foreach ((string key, HoconValue value) in node.Members)
            if (!known.Contains(key))
                throw new HoconException(value.Origin, $"unknown key '{path}.{key}'{Nearest.Suggestion(key, known.ToArray())}");
    }

    public static bool TryReal(string text, out double value) => double.TryParse(text, NumberStyles.Float & ~NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    private ImmutableArray<HoconValue> Items(string key) => Value(key) switch
    {
        HoconArray list => list.Items,
        null or HoconScalar { Kind: HoconScalarKind.Null } => [],
        var other => throw Wrong(key, "a list in brackets", other),
    };

    private IEnumerable<HoconScalar> Numbers(string key, string expected) => Items(key).Select(item => item as HoconScalar ?? throw Listed(key, expected, item));

    private HoconException Listed(string key, string expected, HoconValue item) => new(item.Origin, $"expected {Full(key)} to hold {expected}, found {item.Shown}");

    private HoconScalar Scalar(string key, string expected) =>
        Value(key) is HoconScalar { Kind: not HoconScalarKind.Null } scalar ? scalar : throw Wrong(key, expected, Value(key));

    private HoconValue? Value(string key)
    {
        asked.Add(Full(key));
        return node[key];
    }

    private HoconException Wrong(string key, string expected, HoconValue? found) =>
        new(OriginOf(key), $"expected {expected} for {Full(key)}, found {found?.Shown ?? "nothing"}");

    private string Full(string key) => path.Length == 0 ? key : $"{path}.{key}";

    private static string Bounds(string what, long min, long max, bool open) => open ? $"{what} of at least {min}" : $"{what} from {min} to {max}";
}
