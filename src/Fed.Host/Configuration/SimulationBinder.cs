using Fed.Cluster.Stores;
using Fed.Learning.Data;
using Fed.Learning.Data.Sources;

namespace Fed.Host.Configuration;

/// <summary>Reads and validates the <c>simulation</c> block.</summary>
internal static class SimulationBinder
{
    private const int SitesMax = 10_000;

    public static SimulationOptions Bind(ConfigReader block, JobOptions job)
    {
        DataSource source = SourceBinder.Bind(block);
        PartitionSource partition = Partition(block.Section("partition"), job);
        SplitRule split = SplitBinder.Bind(block.Section("split"), source);
        EvaluateChoice evaluate = block.Section("split").Choice<EvaluateChoice>("evaluate");
        if (evaluate == EvaluateChoice.Validation && split is not SplitRule.ByColumn && split.ValidationEvery is null && split is not SplitRule.ByKey { Validation: > 0 })
            throw block.Section("split").Refuse("evaluate", $"{block.Path}.split.evaluate = validation, but no rows are held out for validation; set validation-every or validation-share");
        int workers = block.Integer("workers", 0, 1_024);
        SimulationOptions options = new(
            source,
            SourceBinder.Units(block),
            partition,
            Shift(block.Section("partition").Section("shift"), job),
            split,
            evaluate,
            block.Texts("site-names"),
            block.Choice<SiteMissing>("site-missing"),
            workers == 0 ? Environment.ProcessorCount : workers,
            block.OptionalLong("arrival-shuffle-seed", 0))
        {
            HasBaselines = block.Flag("baselines"),
            Trainers = TrainerBinder.Bind(block),
        };
        CheckSiteNames(block, options);
        return options;
    }

    private static PartitionSource Partition(ConfigReader block, JobOptions job)
    {
        if (!block.Has("from")) throw block.Refuse("from", $"{block.Path}.from is not set; write file, column, iid, dirichlet or quantity");
        PartitionChoice from = block.Choice<PartitionChoice>("from");
        string? file = block.Has("file") ? block.File("file") : null;
        string? column = block.OptionalText("column");
        int? sites = block.OptionalInteger("sites", 2, SitesMax);
        double? alpha = block.OptionalReal("alpha", 0, above: true);
        long? seed = block.OptionalLong("seed", 0);
        string[] needed = from switch
        {
            PartitionChoice.File => ["file", "column"],
            PartitionChoice.Column => ["column"],
            PartitionChoice.Iid => ["sites"],
            _ => ["sites", "alpha"],
        };
        bool drawn = from is PartitionChoice.Iid or PartitionChoice.Dirichlet or PartitionChoice.Quantity;
        foreach (string key in (ReadOnlySpan<string>)["file", "column", "sites", "alpha", "seed"])
        {
            bool needs = needed.Contains(key, StringComparer.Ordinal);
            if (needs && !block.Has(key)) throw block.Refuse("from", $"{block.Path}.from = {Kebab.From(from.ToString())} needs {block.Path}.{key}");
            if (!needs && block.Has(key) && !(drawn && key == "seed")) throw block.Refuse(key, $"{block.Path}.{key} has no use with from = {Kebab.From(from.ToString())}; remove it");
        }
        if (from == PartitionChoice.Column && (column == job.Data.Target || job.Data.Columns.FirstOrDefault(c => c.Name == column) is { Kind: not ColumnKind.Key }))
            throw block.Refuse("column", $"{block.Path}.column = {column} names a column that job.data uses otherwise; give that column type = key, or divide by another one");
        return from switch
        {
            PartitionChoice.File => new PartitionSource.FromFile(file!, column!),
            PartitionChoice.Column => new PartitionSource.FromColumn(column!),
            PartitionChoice.Iid => new PartitionSource.Iid(sites!.Value, seed ?? job.Seed),
            PartitionChoice.Quantity => new PartitionSource.Quantity(sites!.Value, alpha!.Value, seed ?? job.Seed),
            _ => new PartitionSource.Dirichlet(sites!.Value, alpha!.Value, seed ?? job.Seed),
        };
    }

    private static FeatureShift? Shift(ConfigReader block, JobOptions job)
    {
        FeatureShift shift = new(block.Real("scale", 0), block.Real("offset", 0), block.Real("noise", 0), block.Real("rotation", 0), block.OptionalLong("seed", 0) ?? job.Seed);
        if (shift.Rotation > 180) throw block.Refuse("rotation", $"expected {block.Path}.rotation to be at most 180 degrees");
        return shift.IsNone ? null : shift;
    }

    private static void CheckSiteNames(ConfigReader block, SimulationOptions options)
    {
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase); // Some file systems do not tell A from a.
        foreach (string name in options.SiteNames)
        {
            // Sites are folders on disk and words in messages.
            if (!DataDirectory.IsName(name)) throw block.Refuse("site-names", $"expected a site name of 1 to 40 letters, digits, '.', '-' and '_', found '{name}'");
            if (!seen.Add(name)) throw block.Refuse("site-names", $"the site name '{name}' is given twice; names differ in more than case");
        }
        if (!options.SiteNames.IsEmpty && options.SiteCount is { } count && options.SiteNames.Length != count)
            throw block.Refuse("site-names", $"{block.Path}.site-names has {options.SiteNames.Length} names for {count} sites; give as many");
    }
}
