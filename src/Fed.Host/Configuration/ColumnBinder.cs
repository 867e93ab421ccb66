using System.Collections.Immutable;
using System.Text;
using Fed.Learning.Data;

namespace Fed.Host.Configuration;

/// <summary>Reads and validates one column of <c>job.data.columns</c>.</summary>
internal static class ColumnBinder
{
    private const int WidthMax = 1 << 20;
    private static readonly string[] Everywhere = ["name", "type", "missing"];

    /// <summary>The column.</summary>
    /// <param name="item">Its block.</param>
    /// <param name="key">Its name where the block is a member of an object; null where it is an item of a list, which then says its name.</param>
    /// <param name="target">Name of the column to predict.</param>
    /// <param name="defaultMissing">What an empty cell does where the column does not say.</param>
    /// <param name="model">Which model.</param>
    public static ColumnSpec Bind(ConfigReader item, string? key, string target, MissingPolicy defaultMissing, ModelChoice model)
    {
        item.RefuseOthers("name", "type", "categories", "missing", "unit", "min", "max", "out-of-range", "alphabet", "length", "code", "buckets");
        string name = key ?? item.Text("name");
        ColumnKind type = item.Choice<ColumnKind>("type");
        RefuseUseless(item, name, type);
        ImmutableArray<string> categories = Categories(item, name, type);
        (double? min, double? max) = (item.Has("min") ? item.Number("min") : null, item.Has("max") ? item.Number("max") : null);
        if (min >= max) throw item.Refuse("max", $"the column '{name}' has max = {item.Text("max")}, which is not above its min; correct one of them");
        return new ColumnSpec(name, type, name == target ? Target(item, name, type, categories.Length, model) : Missing(item, name, type, defaultMissing), categories)
        {
            Unit = item.OptionalText("unit"),
            Min = min,
            Max = max,
            OutOfRange = item.OptionalChoice<OutOfRangePolicy>("out-of-range") ?? OutOfRangePolicy.Error,
            Text = type switch { ColumnKind.Letters => Letters(item, name), ColumnKind.Words => Words(item, name), _ => null },
        };
    }

    private static void RefuseUseless(ConfigReader item, string name, ColumnKind type)
    {
        string[] used = type switch
        {
            ColumnKind.Numeric or ColumnKind.Integer => ["unit", "min", "max", "out-of-range"],
            ColumnKind.Category => ["categories", "alphabet"],
            ColumnKind.Letters => ["alphabet", "length", "code"],
            ColumnKind.Words => ["buckets", "length"],
            _ => [],
        };
        foreach (string setting in item.Keys)
        {
            if (used.Contains(setting, StringComparer.Ordinal) || Everywhere.Contains(setting, StringComparer.Ordinal) || !item.Has(setting)) continue;
            if (setting == "categories") throw item.Refuse(setting, $"the column '{name}' lists categories but its type is {Kebab.From(type.ToString())}; write type = category or remove them");
            throw item.Refuse(setting, $"the column '{name}' is of type {Kebab.From(type.ToString())}, so {setting} has no use there; remove it");
        }
        if (item.Has("out-of-range") && !item.Has("min") && !item.Has("max")) throw item.Refuse("out-of-range", $"the column '{name}' says what numbers out of range do, but has no min and no max; add one");
    }

    // Letters may stand as one text, which is shorter than a list of thirty.
    private static ImmutableArray<string> Categories(ConfigReader item, string name, ColumnKind type)
    {
        if (type != ColumnKind.Category) return [];
        if (item.Has("alphabet") && item.Has("categories")) throw item.Refuse("alphabet", $"the column '{name}' has categories and an alphabet; keep one of them");
        ImmutableArray<string> categories = item.Has("alphabet") ? [.. item.RawText("alphabet").EnumerateRunes().Select(static letter => letter.ToString())] : item.Texts("categories");
        if (categories.Length < 2) throw item.Refuse("categories", $"the column '{name}' is a category and lists {categories.Length} categories; list at least two, the reference level first");
        return categories.Distinct(StringComparer.Ordinal).Count() == categories.Length ? categories : throw item.Refuse(item.Has("alphabet") ? "alphabet" : "categories", $"the column '{name}' lists a category twice; each stands once");
    }

    private static TextEncoding Letters(ConfigReader item, string name)
    {
        foreach (string needed in (ReadOnlySpan<string>)["alphabet", "length"])
            if (!item.Has(needed)) throw item.Refuse("type", $"the column '{name}' is of letters and needs {needed}");
        string alphabet = item.RawText("alphabet");
        Rune[] letters = [.. alphabet.EnumerateRunes()];
        if (letters.Length < 2 || letters.Distinct().Count() != letters.Length) throw item.Refuse("alphabet", $"the column '{name}' needs an alphabet of at least two letters, each once, found '{alphabet}'");
        TextEncoding encoding = new(item.Integer("length", 1, WidthMax), alphabet, item.OptionalChoice<LetterCode>("code") ?? LetterCode.OneHot);
        return (long)encoding.Length * (encoding.Code == LetterCode.Ids ? 1 : letters.Length) <= WidthMax ? encoding : throw item.Refuse("length", $"the column '{name}' would become more than {WidthMax} features; shorten it");
    }

    private static TextEncoding Words(ConfigReader item, string name)
    {
        foreach (string needed in (ReadOnlySpan<string>)["buckets", "length"])
            if (!item.Has(needed)) throw item.Refuse("type", $"the column '{name}' is of words and needs {needed}");
        return new TextEncoding(item.Integer("length", 1, WidthMax), Buckets: item.Integer("buckets", 2, WidthMax));
    }

    private static MissingPolicy Missing(ConfigReader item, string name, ColumnKind type, MissingPolicy defaultMissing)
    {
        bool isFeature = type is not (ColumnKind.Key or ColumnKind.Ignore);
        if (type == ColumnKind.Key && item.OptionalChoice<MissingPolicy>("missing") is { } own)
            return own is MissingPolicy.Error or MissingPolicy.DropRow ? own : throw item.Refuse("missing", $"an empty cell of the key '{name}' cannot be filled in; write error or drop-row");
        if (!isFeature && item.Has("missing")) throw item.Refuse("missing", $"the column '{name}' is no feature, so missing has no use there; remove it");
        return item.OptionalChoice<MissingPolicy>("missing") ?? (isFeature ? defaultMissing : MissingPolicy.Error);
    }

    private static MissingPolicy Target(ConfigReader item, string name, ColumnKind type, int categories, ModelChoice model)
    {
        if (type is ColumnKind.Letters or ColumnKind.Words) throw item.Refuse("type", $"the target '{name}' cannot be text; give it the type numeric, integer or category");
        if (type is ColumnKind.Key or ColumnKind.Ignore) throw item.Refuse("type", $"the target '{name}' cannot be {(type == ColumnKind.Key ? "a key" : "ignored")}; give it the type of its values");
        if (type == ColumnKind.Category && (model == ModelChoice.Linear || ModelBinder.IsSurvival(model)))
            throw item.Refuse("type", $"the target '{name}' is a category, which a {Kebab.From(model.ToString())} model cannot predict; use job.model = logistic or softmax");
        if (categories > 2 && model == ModelChoice.Logistic) throw item.Refuse("categories", $"the target '{name}' has {categories} categories and a logistic model two; use job.model = softmax");
        MissingPolicy missing = item.OptionalChoice<MissingPolicy>("missing") ?? MissingPolicy.Error; // What fills features in by default never makes up targets.
        if (missing is MissingPolicy.Mean or MissingPolicy.Zero)
            throw item.Refuse("missing", $"an empty cell of '{name}' cannot be filled in, since it is the target; write error or drop-row");
        return missing;
    }
}
