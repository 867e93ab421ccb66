using System.Collections.Immutable;
using Fed.Host.Configuration.Hocon;

namespace Fed.Host.Configuration;

/// <summary>The <c>compare</c> block. Each setting is explained in reference.conf.</summary>
/// <param name="Seeds">Each at least 0, each once.</param>
/// <param name="TargetAccuracy">Above 0, at most 1; null counts no rounds to a target.</param>
/// <param name="Entries">The runs in the order of the file, names unique; empty in a file that is not for comparing.</param>
/// <param name="Tune">How settings are chosen.</param>
internal sealed record CompareOptions(ImmutableArray<long> Seeds, double? TargetAccuracy, ImmutableArray<CompareEntry> Entries, TuneOptions Tune);

/// <summary>One of the runs.</summary>
/// <param name="Name">Fit for a folder.</param>
/// <param name="Overrides">Its own <c>job</c> and <c>simulation</c> settings.</param>
/// <param name="Tuned">What it tries before; empty where nothing is tuned.</param>
/// <param name="Origin">Where it stands in the file.</param>
internal sealed record CompareEntry(string Name, HoconObject Overrides, ImmutableArray<TunedSetting> Tuned, HoconOrigin Origin)
{
    /// <summary>Every combination of the tuned settings, the last one varying first; a single empty one where nothing is tuned.</summary>
    public ImmutableArray<ImmutableArray<(string Path, HoconValue Value)>> Combinations => Tuned.Aggregate(
        (ImmutableArray<ImmutableArray<(string, HoconValue)>>)[[]],
        static (all, setting) => [.. all.SelectMany(before => setting.Values.Select(value => before.Add((setting.Path, value))))]);
}

/// <summary>A setting with the values to try.</summary>
/// <param name="Path">From the root, such as <c>job.fedprox.mu</c>.</param>
/// <param name="Values">At least one.</param>
internal sealed record TunedSetting(string Path, ImmutableArray<HoconValue> Values);

/// <summary>How settings are chosen.</summary>
/// <param name="Budget">Combinations that a run may try; null for any number.</param>
/// <param name="Rounds">Rounds of a trial; null for those of the job.</param>
/// <param name="Seed">The trials' seed.</param>
/// <param name="ValidationEvery">At least 2.</param>
internal sealed record TuneOptions(int? Budget, int? Rounds, long Seed, int ValidationEvery);
