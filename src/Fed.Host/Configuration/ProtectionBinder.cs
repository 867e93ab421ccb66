using Fed.Actors.Protocol.Job;

namespace Fed.Host.Configuration;

/// <summary>Reads and validates the <c>job.protection</c> block. A mode may be named alone: <c>protection = secagg</c>.</summary>
internal static class ProtectionBinder
{
    private static readonly string[] Parameters = ["colluding", "threshold", "minimum-contributors", "verification", "openings-per-key"];

    private const int SitesMax = 1_000_000;

    /// <summary>Reads all settings whatever the mode, so that a mistake shows before it matters and a comparison can change the mode alone.</summary>
    /// <exception cref="UserException">A value out of its range, or parameters of a protection that nobody asked for.</exception>
    public static ProtectionOptions Bind(ConfigReader block)
    {
        ProtectionOptions options = new(
            block.Choice<ProtectionChoice>("mode"),
            block.Integer("colluding", 0, SitesMax),
            block.OptionalInteger("threshold", 1, SitesMax),
            block.OptionalInteger("minimum-contributors", SecAggPlan.ContributorsMin, SitesMax),
            block.Choice<SumCheckLevel>("verification"),
            block.Long("openings-per-key", CkksPlan.TrialOpenings + 1, CkksPlan.OpeningsMax));
        // Parameters without a mode are what is left of a block whose mode was lost: running in plain mode then would be the worst answer.
        if (!block.IsUsers("mode") && Parameters.FirstOrDefault(block.IsUsers) is { } orphan)
            throw block.Refuse(orphan, $"{block.Path}.{orphan} is set but no mode, so nothing would be protected; write {block.Path} {{ mode = secagg, ... }}, or another mode");
        return options;
    }
}
