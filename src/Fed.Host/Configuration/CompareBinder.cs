using System.Collections.Immutable;
using Fed.Cluster.Stores;
using Fed.Host.Configuration.Hocon;

namespace Fed.Host.Configuration;

/// <summary>Reads and validates the <c>compare</c> block. What stands in the runs' own job and simulation settings is checked when each is merged over the file.</summary>
internal static class CompareBinder
{
    public static CompareOptions Bind(ConfigReader block, JobOptions job)
    {
        ImmutableArray<long> seeds = block.Longs("seeds", 0);
        if (seeds.IsEmpty) throw block.Refuse("seeds", $"{block.Path}.seeds is empty; name at least one seed");
        double? target = block.OptionalReal("target-accuracy", 0, above: true);
        if (target > 1) throw block.Refuse("target-accuracy", $"expected {block.Path}.target-accuracy to be at most 1, since no accuracy is above it");
        if (target is not null && job.Data.Classes == 0) throw block.Refuse("target-accuracy", $"{block.Path}.target-accuracy has no use with a model that predicts no classes; remove it");
        ConfigReader tune = block.Section("tune");
        TuneOptions tuning = new(tune.OptionalInteger("budget", 1), tune.OptionalInteger("rounds", 1, 1_000_000), tune.Long("seed", 0), tune.Integer("validation-every", 2));
        return new CompareOptions(seeds, target, Entries(block, tuning), tuning);
    }

    private static ImmutableArray<CompareEntry> Entries(ConfigReader block, TuneOptions tuning)
    {
        ImmutableArray<CompareEntry>.Builder entries = ImmutableArray.CreateBuilder<CompareEntry>();
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);   // names are folders, and some file systems do not tell A from a
        foreach (ConfigReader item in block.Sections("runs"))
        {
            item.RefuseOthers("name", "job", "simulation", "tune");
            string name = item.Text("name");
            if (!DataDirectory.IsName(name)) throw item.Refuse("name", $"expected a run's name of 1 to 40 letters, digits, '.', '-' and '_', found '{name}'");
            if (!seen.Add(name)) throw item.Refuse("name", $"the run '{name}' is listed twice in {block.Path}.runs; names differ in more than case");
            foreach (string key in (ReadOnlySpan<string>)["job", "simulation", "tune"])
            {
                if (!item.Has(key)) continue;
                ConfigReader own = item.Section(key);
                if (key != "simulation" && own.Has("seed"))
                    throw own.Refuse("seed", $"the run '{name}' has a seed of its own, which would not be used: every run is made with each of {block.Path}.seeds, and tried with {block.Path}.tune.seed; remove it");
            }
            HoconObject overrides = new(item.Node.Origin, [.. item.Node.Members.Where(static member => member.Key is "job" or "simulation" && member.Value is HoconObject)]);
            ImmutableArray<TunedSetting> tuned = item.Has("tune") ? [.. Settings(item.Section("tune").Node, "job")] : [];
            CompareEntry entry = new(name, overrides, tuned, item.Node.Origin);
            long combinations = tuned.Aggregate(1L, static (product, setting) => Math.Min(1_000_000, product * setting.Values.Length));
            if (combinations > (tuning.Budget ?? 1_000))
                throw item.Refuse("tune", $"the run '{name}' would try {combinations} combinations, and {block.Path}.tune.budget is {tuning.Budget ?? 1_000} for every run; list fewer values");
            entries.Add(entry);
        }

        return entries.ToImmutable();
    }

    private static IEnumerable<TunedSetting> Settings(HoconObject node, string path)
    {
        foreach ((string key, HoconValue value) in node.Members)
        {
            string full = $"{path}.{key}";
            if (value is HoconObject below)
                foreach (TunedSetting setting in Settings(below, full)) yield return setting;
            else yield return value is HoconArray { Items.IsEmpty: false } list
                ? new TunedSetting(full, list.Items)
                : throw new HoconException(value.Origin, $"expected a list of values to try for {full}, found {(value is HoconArray ? "an empty list" : value.Shown)}");
        }
    }
}
