using System.Collections.Immutable;

namespace Fed.Host.Traffic;

/// <summary>Bytes of one phase over its sites.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Sites">Sites that sent or were sent anything.</param>
/// <param name="Up">From all of them.</param>
/// <param name="Down">To all of them.</param>
/// <param name="UpMax">The most of one site.</param>
/// <param name="DownMax">The most to one site.</param>
internal sealed record PhaseTraffic(string Phase, int Sites, long Up, long Down, long UpMax, long DownMax)
{
    /// <summary>The phases of some counts, in the order in which a round goes through them, those of other names behind.</summary>
    public static ImmutableArray<PhaseTraffic> Of(IEnumerable<TrafficCount> counts) =>
    [
        .. counts.GroupBy(static count => count.Phase, StringComparer.Ordinal)
            .OrderBy(static phase => PlaceOf(phase.Key)).ThenBy(static phase => phase.Key, StringComparer.Ordinal)
            .Select(static phase => Of(phase.Key, [.. phase.GroupBy(static count => count.Site, StringComparer.Ordinal).Select(static site => (site.Sum(static count => count.Up), site.Sum(static count => count.Down)))])),
    ];

    /// <summary>By which phases are ordered.</summary>
    public static int PlaceOf(string phase) => Order.IndexOf(phase) is var place and >= 0 ? place : Order.Length;

    private static ImmutableArray<string> Order { get; } = ["plan", "key", "commit nonce", "show nonce", "compute", "advertise keys", "share keys", "commit", MessageFacts.Upload, "confirm", "challenge", "evaluate", "ready", "doubt sum", "release shares", "share", "close"];

    private static PhaseTraffic Of(string phase, (long Up, long Down)[] sites) =>
        new(phase, sites.Length, sites.Sum(static site => site.Up), sites.Sum(static site => site.Down), sites.Max(static site => site.Up), sites.Max(static site => site.Down));
}
