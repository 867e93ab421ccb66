using Fed.Cluster.Stores;
using Fed.Learning.Data;

namespace Fed.Host.Configuration;

/// <summary>Reads and validates the <c>simulation</c> block.</summary>
internal static class SimulationBinder
{
    private const int SitesMax = 10_000;

    public static SimulationOptions Bind(ConfigReader block, JobOptions job)
    {
        if (!block.Has("data")) throw block.Refuse("data", $"{block.Path}.data is not set; name the CSV file to divide among the sites");
        PartitionSource partition = Partition(block.Section("partition"), job);
        int workers = block.Integer("workers", 0, 1_024);
        SimulationOptions options = new(
            block.File("data"),
            partition,
            Split(block.Section("split")),
            block.Texts("site-names"),
            block.Choice<SiteMissing>("site-missing"),
            workers == 0 ? Environment.ProcessorCount : workers,
            block.OptionalLong("arrival-shuffle-seed", 0));
        CheckSiteNames(block, options);
        return options;
    }

    private static PartitionSource Partition(ConfigReader block, JobOptions job)
    {
        if (!block.Has("from")) throw block.Refuse("from", $"{block.Path}.from is not set; write file, column, iid or dirichlet");
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
        bool drawn = from is PartitionChoice.Iid or PartitionChoice.Dirichlet;
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
            _ => new PartitionSource.Dirichlet(sites!.Value, alpha!.Value, seed ?? job.Seed),
        };
    }

    private static SplitRule Split(ConfigReader block)
    {
        int every = block.Integer("test-every", 2);
        int offset = block.Integer("test-offset", 0);
        string? column = block.OptionalText("column");
        if (column is not null)
        {
            string? both = block.IsUsers("test-every") ? "test-every" : block.IsUsers("test-offset") ? "test-offset" : null;
            return both is null ? new SplitRule.ByColumn(column) : throw block.Refuse(both, $"{block.Path}.{both} has no use beside {block.Path}.column; keep one of them");
        }
        if (offset >= every)
            throw block.RefusePair("test-offset", "test-every", $"{block.Path}.test-offset = {offset} is never reached with test-every = {every}; it must be below it");
        return new SplitRule.EveryNth(every, offset);
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
