using System.Collections.Immutable;
using Fed.Host.Configuration.Hocon;
using Fed.Host.Trainers;
using Fed.Learning.Data;

namespace Fed.Host.Configuration;

/// <summary>A validated configuration: nothing in it contradicts itself, as far as that can be known before the data are read.</summary>
/// <param name="Job">The plan.</param>
/// <param name="Simulation">Sites on one machine.</param>
/// <param name="Node">The process.</param>
internal sealed record FedConfig(JobOptions Job, SimulationOptions Simulation, NodeOptions Node)
{
    /// <summary>How messages name the defaults; no file of the user's can have this name.</summary>
    public const string ReferenceName = "built-in reference.conf";

    private HoconOrigin QuorumOrigin { get; init; }

    private HoconOrigin ProtectionOrigin { get; init; }

    /// <summary>The file as the user named it.</summary>
    public required string File { get; init; }

    /// <summary>Runs side by side, where the file is for <c>fed compare</c>.</summary>
    public required CompareOptions Compare { get; init; }

    /// <summary>How a node starts trainers: what stands in its node block goes before what the description of the data has.</summary>
    public ImmutableSortedDictionary<string, TrainerOptions> Trainers => Simulation.Trainers.SetItems(Node.Trainers);

    /// <summary>Every setting with its value, defaults included, as read.</summary>
    public required HoconObject Effective { get; init; }

    /// <summary>The schema by which the data are read. A column that divides the rows is a key, listed or not.</summary>
    public DataSchema Schema
    {
        get
        {
            DataSchema schema = Job.Data.Schema(Simulation.Split) with { Units = Simulation.Units };
            return Simulation.Partition is PartitionSource.FromColumn key && !schema.Columns.Any(column => column.Name == key.Name)
                ? schema with { Columns = schema.Columns.Add(new ColumnSpec(key.Name, ColumnKind.Key)) }
                : schema;
        }
    }

    /// <summary>The text of the built-in defaults, comments included.</summary>
    public static string ReferenceText => Hocon.Hocon.Embedded("reference.conf");

    /// <summary>Reads and validates a file over the built-in defaults.</summary>
    /// <param name="file">The user's file, relative to the current folder.</param>
    /// <param name="environment">Looks up environment variables; the process's own when absent.</param>
    /// <param name="overrides">Settings that go before the file's, the last first of all.</param>
    /// <exception cref="UserException">The file is missing, is not HOCON, has an unknown key, or asks for the impossible.</exception>
    public static FedConfig Load(string file, Func<string, string?>? environment = null, params ReadOnlySpan<HoconObject> overrides)
    {
        HoconObject[] later = [.. overrides];
        HoconObject defaults = Hocon.Hocon.Parse(ReferenceText, ReferenceName);
        HoconObject root = ShortForm.Expand(Hocon.Hocon.Load(file, (ReferenceName, ReferenceText), environment ?? Environment.GetEnvironmentVariable, [.. later.Select(ShortForm.Expand)]), defaults);
        TrainerBinder.RefuseCommands(root);
        KnownKeys.Check(root, defaults);
        return Bind(root, file, new HashSet<string>(StringComparer.Ordinal));
    }

    /// <summary>Checks what depends on the number of sites, once the data are read.</summary>
    /// <exception cref="HoconException">The quorum is above the sites that a round needs, or the protection cannot hold among so many.</exception>
    public void CheckSites(int sites)
    {
        int target = Job.Participation.Target(sites, everyone: false);
        if (Job.Quorum.Count is { } quorum && quorum > target)
            throw new HoconException(QuorumOrigin, $"job.quorum = {quorum} can never be reached: a round needs {target} of {sites} sites; lower the quorum or raise job.selection.fraction");
        if (Job.Kind == RunKind.Federated && PlanRules.Refusal(Job, sites) is { } refusal) throw new HoconException(ProtectionOrigin, refusal.Sentence);
    }

    /// <summary>Refuses a plan that cannot hold for any number of sites: what can be said before the data are read.</summary>
    /// <exception cref="HoconException">It cannot.</exception>
    public void CheckAnySites()
    {
        if (Job.Kind == RunKind.Federated && PlanRules.Refusal(Job) is { } refusal) throw new HoconException(ProtectionOrigin, refusal.Sentence);
    }

    /// <summary>From resolved values to options.</summary>
    /// <param name="root">Defaults and the user's settings, merged.</param>
    /// <param name="file">The user's file.</param>
    /// <param name="asked">Receives the path of every setting that was read.</param>
    internal static FedConfig Bind(HoconObject root, string file, ISet<string> asked)
    {
        ConfigReader all = new(root, "", asked);
        ConfigReader job = all.Section("job");
        JobOptions plan = JobBinder.Bind(job);
        SimulationOptions simulation = SimulationBinder.Bind(all.Section("simulation"), plan);
        FedConfig config = new(plan, simulation, NodeBinder.Bind(all.Section("node"))) { File = file, Effective = root, QuorumOrigin = job.OriginOf("quorum"), ProtectionOrigin = job.Section("protection").OriginOf("mode"), Compare = CompareBinder.Bind(all.Section("compare"), plan) };
        if (simulation.SiteCount is { } sites) config.CheckSites(sites);
        return config;
    }
}
