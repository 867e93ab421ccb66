using System.Collections.Immutable;

namespace Fed.Host.Configuration;

/// <summary>Reads and validates the <c>job.data</c> block.</summary>
internal static class DataBinder
{
    public static DataOptions Bind(ConfigReader block, ModelChoice model)
    {
        if (!block.Has("target")) throw block.Refuse("target", $"{block.Path}.target is not set; name the column to predict");
        string target = block.Text("target");
        ColumnType? defaultType = block.OptionalChoice<ColumnType>("default-type");
        if (defaultType == ColumnType.Category) throw block.Refuse("default-type", $"{block.Path}.default-type cannot be category, since every such column lists its own categories");
        MissingPolicy defaultMissing = block.Choice<MissingPolicy>("default-missing");
        Dictionary<string, ColumnOptions> columns = new(StringComparer.Ordinal);
        ImmutableArray<ColumnOptions>.Builder order = ImmutableArray.CreateBuilder<ColumnOptions>();
        foreach (ConfigReader item in block.Sections("columns"))
        {
            ColumnOptions column = Column(item, target, defaultMissing, model);
            if (!columns.TryAdd(column.Name, column)) throw item.Refuse("name", $"the column '{column.Name}' is listed twice in {block.Path}.columns; keep one of them");
            order.Add(column);
        }
        return new DataOptions(target, defaultType, defaultMissing, order.ToImmutable());
    }

    private static ColumnOptions Column(ConfigReader item, string target, MissingPolicy defaultMissing, ModelChoice model)
    {
        item.RefuseOthers("name", "type", "categories", "missing");
        string name = item.Text("name");
        ColumnType type = item.Choice<ColumnType>("type");
        ImmutableArray<string> categories = item.Texts("categories");
        if (type == ColumnType.Category)
        {
            if (categories.Length < 2) throw item.Refuse("categories", $"the column '{name}' is a category and lists {categories.Length} categories; list at least two, the reference level first");
            if (categories.Distinct(StringComparer.Ordinal).Count() != categories.Length) throw item.Refuse("categories", $"the column '{name}' lists a category twice; each stands once");
        }
        else if (!categories.IsEmpty) throw item.Refuse("categories", $"the column '{name}' lists categories but its type is {Kebab.From(type.ToString())}; write type = category or remove them");
        if (name == target) CheckTarget(item, name, type, categories.Length, model);
        bool isRead = type is not (ColumnType.Key or ColumnType.Ignore);
        if (!isRead && item.Has("missing")) throw item.Refuse("missing", $"the column '{name}' is no feature, so missing has no use there; remove it");
        MissingPolicy missing = item.OptionalChoice<MissingPolicy>("missing") ?? defaultMissing;
        bool fills = missing is MissingPolicy.Mean or MissingPolicy.Zero;
        if (fills && item.Has("missing") && (type == ColumnType.Category || name == target))
            throw item.Refuse("missing", $"an empty cell of '{name}' cannot be filled with {(missing == MissingPolicy.Mean ? "a mean" : "0")}, since it is {(name == target ? "the target" : "a category")}; write error or drop-row");
        // The default that fills numbers in cannot fill these; an empty cell there is an error unless the column says otherwise.
        if (fills && (type == ColumnType.Category || name == target)) missing = MissingPolicy.Error;
        return new ColumnOptions(name, type, categories, missing);
    }

    private static void CheckTarget(ConfigReader item, string name, ColumnType type, int categories, ModelChoice model)
    {
        if (type is ColumnType.Key or ColumnType.Ignore) throw item.Refuse("type", $"the target '{name}' cannot be {(type == ColumnType.Key ? "the key" : "ignored")}; give it the type of its values");
        if (type == ColumnType.Category && model == ModelChoice.Linear) throw item.Refuse("type", $"the target '{name}' is a category, which a linear model cannot predict; use job.model = logistic or softmax");
        if (categories > 2 && model == ModelChoice.Logistic) throw item.Refuse("categories", $"the target '{name}' has {categories} categories and a logistic model two; use job.model = softmax");
    }
}
