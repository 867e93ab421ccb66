using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Host.Configuration;
using Fed.Host.Configuration.Hocon;
using Fed.Host.Simulation;
using Fed.Learning.Data;

namespace Fed.Host.Comparisons;

/// <summary>One run that a comparison makes: an entry with a seed, its settings checked.</summary>
/// <param name="Entry">Name of the entry.</param>
/// <param name="Label">Among the entry's runs: <c>seed-3</c>, <c>trial</c>.</param>
/// <param name="Seed">Its <c>job.seed</c>.</param>
/// <param name="Config">The whole configuration.</param>
/// <param name="Fingerprint">SHA-256 of all that decides its result: plan, rows and program. Runs with the same one are the same run.</param>
/// <param name="Unprotected">The same but for the protection: runs with the same one sum the same integers, and must come to the same model.</param>
internal sealed record Contender(string Entry, string Label, long Seed, FedConfig Config, string Fingerprint, string Unprotected)
{
    private static readonly HoconOrigin Here = new("fed compare", 0, 0);

    /// <summary>A run of the comparison itself.</summary>
    /// <param name="file">The comparison's file.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="chosen">What tuning chose.</param>
    /// <param name="seed">Its seed.</param>
    /// <exception cref="UserException">Its settings are wrong or do not fit the data.</exception>
    public static Contender Of(string file, CompareEntry entry, ImmutableArray<(string Path, HoconValue Value)> chosen, long seed) =>
        Load(file, entry, $"seed-{seed}", seed, chosen, [("simulation.baselines", "false")]);

    /// <summary>A trial of one combination, judged by held-out training rows.</summary>
    /// <exception cref="UserException">As for <see cref="Of"/>.</exception>
    public static Contender Trial(string file, CompareEntry entry, ImmutableArray<(string Path, HoconValue Value)> tried, TuneOptions tune, FedConfig settings)
    {
        List<(string, string)> own = [("simulation.baselines", "false"), ("simulation.split.evaluate", "validation"), ("job.max-attempts", "1"), ("job.retain-contributions", "0")];
        if (tune.Rounds is { } rounds) own.Add(("job.rounds", rounds.ToString(CultureInfo.InvariantCulture)));
        if (HeldOut(settings.Simulation, tune) is { } held) own.Add(held);
        return Load(file, entry, "trial", tune.Seed, tried, own);
    }

    /// <summary>The setting that holds rows out; null where the file itself does, by a share, a step, or a column that may say so (a test file beside the data says nothing of validation).</summary>
    private static (string Path, string Value)? HeldOut(SimulationOptions simulation, TuneOptions tune) => simulation.Split switch
    {
        { ValidationEvery: not null } or SplitRule.ByKey { Validation: > 0 } => null,
        SplitRule.ByKey key => ("simulation.split.validation-share", ((1 - key.Test) / tune.ValidationEvery).ToString(CultureInfo.InvariantCulture)),
        SplitRule.ByColumn when !SourceBinder.HasTest(simulation.Source) => null,
        _ => ("simulation.split.validation-every", tune.ValidationEvery.ToString(CultureInfo.InvariantCulture)),
    };

    private static Contender Load(string file, CompareEntry entry, string label, long seed, ImmutableArray<(string Path, HoconValue Value)> chosen, IEnumerable<(string Path, string Value)> own)
    {
        FedConfig config = FedConfig.Load(
            file, environment: null,
            [
                entry.Overrides,
                .. chosen.Select(static setting => Nested(setting.Path, setting.Value)),
                .. own.Append((Path: "job.seed", Value: seed.ToString(CultureInfo.InvariantCulture))).Select(static setting => Nested(setting.Path, new HoconScalar(Here, setting.Value, HoconScalarKind.Text))),
            ]);
        SimulatedFederation federation = SimulatedFederation.Load(config);
        JobPlan plan = federation.ToPlan(new JobId("compare"), []);
        string Fingerprint(JobPlan of) => FingerprintOf(config, of, federation.DataFingerprint());
        return new Contender(entry.Name, label, seed, config, Fingerprint(plan), Fingerprint(plan with { Protection = ProtectionRules.Plain, SecAgg = null, Ckks = null, RetainContributions = 0 }));
    }

    private static HoconObject Nested(string path, HoconValue value) =>
        (HoconObject)path.Split('.').Reverse().Aggregate(value, static (below, key) => new HoconObject(below.Origin, [KeyValuePair.Create(key, below)]));

    private static string FingerprintOf(FedConfig config, JobPlan plan, Digest data) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"fedactors/compare/1\n{Reports.Version}\n{config.Job.Kind}\n{plan.ComputeHash()}\n{data}")));
}
