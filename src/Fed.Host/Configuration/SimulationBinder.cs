using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Fed.Host.Configuration;

/// <summary>Reads and validates the <c>simulation</c> block.</summary>
internal static partial class SimulationBinder
{
    private const int SitesMax = 10_000;

    public static SimulationOptions Bind(ConfigReader block, JobOptions job)
    {
        if (!block.Has("data")) throw block.Refuse("data", $"{block.Path}.data is not set; name the CSV file to divide among the sites");
        PartitionOptions partition = Partition(block.Section("partition"), job.Seed);
        int workers = block.Integer("workers", 0, 1_024);
        return new SimulationOptions(
            block.File("data"),
            partition,
            Split(block.Section("split")),
            SiteNames(block, partition.SiteCount),
            block.Choice<SiteMissing>("site-missing"),
            workers == 0 ? Environment.ProcessorCount : workers,
            block.OptionalLong("arrival-shuffle-seed", 0));
    }

    // Sites are folders on disk and words in messages.
    [GeneratedRegex("^[A-Za-z0-9_.-]{1,40}$", RegexOptions.NonBacktracking)]
    private static partial Regex SiteName { get; }

    private static PartitionOptions Partition(ConfigReader block, long jobSeed)
    {
        if (!block.Has("from")) throw block.Refuse("from", $"{block.Path}.from is not set; write file, column, iid or dirichlet");
        PartitionSource from = block.Choice<PartitionSource>("from");
        string? file = block.Has("file") ? block.File("file") : null;
        string? column = block.OptionalText("column");
        int? sites = block.OptionalInteger("sites", 2, SitesMax);
        double? alpha = block.OptionalReal("alpha", 0, above: true);
        long? seed = block.OptionalLong("seed", 0);
        string[] needed = from switch
        {
            PartitionSource.File => ["file", "column"],
            PartitionSource.Column => ["column"],
            PartitionSource.Iid => ["sites"],
            _ => ["sites", "alpha"],
        };
        bool drawn = from is PartitionSource.Iid or PartitionSource.Dirichlet;
        foreach (string key in (ReadOnlySpan<string>)["file", "column", "sites", "alpha", "seed"])
        {
            bool needs = needed.Contains(key, StringComparer.Ordinal);
            if (needs && !block.Has(key)) throw block.Refuse("from", $"{block.Path}.from = {Kebab.From(from.ToString())} needs {block.Path}.{key}");
            if (!needs && block.Has(key) && !(drawn && key == "seed")) throw block.Refuse(key, $"{block.Path}.{key} has no use with from = {Kebab.From(from.ToString())}; remove it");
        }
        return from switch
        {
            PartitionSource.File => new PartitionOptions.FromFile(file!, column!),
            PartitionSource.Column => new PartitionOptions.FromColumn(column!),
            PartitionSource.Iid => new PartitionOptions.Iid(sites!.Value, seed ?? jobSeed),
            _ => new PartitionOptions.Dirichlet(sites!.Value, alpha!.Value, seed ?? jobSeed),
        };
    }

    private static SplitOptions Split(ConfigReader block)
    {
        int every = block.Integer("test-every", 2);
        int offset = block.Integer("test-offset", 0);
        string? column = block.OptionalText("column");
        if (column is not null)
        {
            string? both = block.IsUsers("test-every") ? "test-every" : block.IsUsers("test-offset") ? "test-offset" : null;
            return both is null ? new SplitOptions.ByColumn(column) : throw block.Refuse(both, $"{block.Path}.{both} has no use beside {block.Path}.column; keep one of them");
        }
        if (offset >= every)
            throw block.RefusePair("test-offset", "test-every", $"{block.Path}.test-offset = {offset} is never reached with test-every = {every}; it must be below it");
        return new SplitOptions.EveryNth(every, offset);
    }

    private static ImmutableArray<string> SiteNames(ConfigReader block, int? sites)
    {
        ImmutableArray<string> names = block.Texts("site-names");
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase); // Some file systems do not tell A from a.
        foreach (string name in names)
        {
            if (!SiteName.IsMatch(name) || name is "." or "..") throw block.Refuse("site-names", $"expected a site name of 1 to 40 letters, digits, '.', '-' and '_', found '{name}'");
            if (!seen.Add(name)) throw block.Refuse("site-names", $"the site name '{name}' is given twice; names differ in more than case");
        }
        if (!names.IsEmpty && sites is { } count && names.Length != count) throw block.Refuse("site-names", $"{block.Path}.site-names has {names.Length} names for {count} sites; give as many");
        return names;
    }
}
