using System.Text.RegularExpressions;
using Fed.Actors.Protocol.Job;
using Fed.Host.Tests.Configuration;
using Xunit;

namespace Fed.Host.Tests;

/// <summary>The page on protections tells of every rule by which a plan may be refused, and of no other.</summary>
public sealed partial class ProtectionDocsTests
{
    [GeneratedRegex(@"^\| `(?<rule>[a-z-]+)` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Row { get; }

    [Fact]
    public void The_table_of_refusals_has_the_rules_in_the_order_in_which_they_are_checked()
    {
        string page = File.ReadAllText(Repository.File("docs/protection.md"));
        string section = page[page.IndexOf("## Refusals", StringComparison.Ordinal)..];
        Assert.Equal(ProtectionRules.All.Select(static rule => rule.Name), Row.Matches(section).Select(static match => match.Groups["rule"].Value));
    }

    [Theory]
    [InlineData(5, 0, 3)]
    [InlineData(5, 1, 4)]
    [InlineData(5, 3, 5)]
    [InlineData(10, 1, 6)]
    [InlineData(10, 2, 7)]
    [InlineData(10, 3, 7)]
    [InlineData(20, 0, 11)]
    [InlineData(20, 3, 12)]
    public void The_thresholds_in_the_table_are_those_of_the_plan(int sites, int colluding, int threshold) => Assert.Equal(threshold, new SecAggPlan(colluding, 0, 3).ThresholdOf(sites));
}
