using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Fed.EndToEnd.Running;

/// <summary>What a site of a cluster has written about its work.</summary>
internal static partial class SiteLog
{
    /// <summary>What the site began to compute (a job's round and sum), and how often: its journal cannot tell, since a second result for one key is dropped there.</summary>
    /// <param name="log">The log's path.</param>
    public static ImmutableArray<(string Key, int Count)> Computed(string log) =>
        [.. File.ReadLines(log).Select(static line => Computes().Match(line)).Where(static line => line.Success).GroupBy(static line => line.Groups[1].Value).Select(static key => (key.Key, key.Count()))];

    [GeneratedRegex("computes for ([^:]+: round .*)")]
    private static partial Regex Computes();
}
