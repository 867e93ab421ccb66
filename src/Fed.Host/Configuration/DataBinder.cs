using System.Collections.Immutable;
using Fed.Learning.Data;

namespace Fed.Host.Configuration;

/// <summary>Reads and validates the <c>job.data</c> block.</summary>
internal static class DataBinder
{
    private const int ClassesMax = 10_000;

    public static DataOptions Bind(ConfigReader block, ModelChoice model)
    {
        if (!block.Has("target")) throw block.Refuse("target", $"{block.Path}.target is not set; name the column to predict");
        string target = block.Text("target");
        ColumnKind? defaultType = block.OptionalChoice<ColumnKind>("default-type");
        if (defaultType == ColumnKind.Category) throw block.Refuse("default-type", $"{block.Path}.default-type cannot be category, since every such column lists its own categories");
        MissingPolicy defaultMissing = block.Choice<MissingPolicy>("default-missing");
        Dictionary<string, ColumnSpec> columns = new(StringComparer.Ordinal);
        ImmutableArray<ColumnSpec>.Builder order = ImmutableArray.CreateBuilder<ColumnSpec>();
        foreach ((string? name, ConfigReader item) in block.NamedSections("columns"))
        {
            ColumnSpec column = ColumnBinder.Bind(item, name, target, defaultMissing, model);
            if (!columns.TryAdd(column.Name, column)) throw item.Refuse("name", $"the column '{column.Name}' is listed twice in {block.Path}.columns; keep one of them");
            order.Add(column);
        }
        return new DataOptions(target, Classes(block, model, columns.GetValueOrDefault(target)), defaultType, defaultMissing, order.ToImmutable(), Event(block, target, model));
    }

    private static string? Event(ConfigReader block, string target, ModelChoice model)
    {
        string? column = block.OptionalText("event");
        if (ModelBinder.IsSurvival(model) && column is null) throw block.Refuse("target", $"{block.Path}.event is not set; {Kebab.From(model.ToString())} needs the column that says whether an event ended the target's time");
        if (!ModelBinder.IsSurvival(model) && column is not null) throw block.Refuse("event", $"{block.Path}.event has no use with job.model = {Kebab.From(model.ToString())}; remove it");
        return column != target ? column : throw block.Refuse("event", $"{block.Path}.event and target are the same column; name the one that says whether an event ended the time");
    }

    private static int Classes(ConfigReader block, ModelChoice model, ColumnSpec? target)
    {
        int? given = block.OptionalInteger("classes", 2, ClassesMax);
        if (model is not (ModelChoice.Softmax or ModelChoice.Linear or ModelChoice.Logistic or ModelChoice.Autoencoder) && !ModelBinder.IsSurvival(model) && (given is not null || target is { Kind: ColumnKind.Category }))
            return Agreed(block, given, target);
        if (model != ModelChoice.Softmax)
            return given is null ? (model == ModelChoice.Logistic ? 2 : 0) : throw block.Refuse("classes", $"{block.Path}.classes has no use with job.model = {Kebab.From(model.ToString())}; remove it");
        if (target is not { Kind: ColumnKind.Category }) return given ?? throw block.Refuse("target", $"{block.Path}.classes is not set; a softmax model needs it, or a target of type category");
        return Agreed(block, given, target);
    }

    // A target with categories brings its classes; a number beside it must agree.
    private static int Agreed(ConfigReader block, int? given, ColumnSpec? target)
    {
        if (target is not { Kind: ColumnKind.Category }) return given!.Value;
        return given is null || given == target.Categories.Length
            ? target.Categories.Length
            : throw block.Refuse("classes", $"{block.Path}.classes = {given} differs from the {target.Categories.Length} categories of '{target.Name}'; remove it");
    }
}
