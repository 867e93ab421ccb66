using System.Collections.Immutable;
using System.Text.Json;
using Fed.Host.Cluster;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Fed.Host.Tests.Cluster;

/// <summary>What a node says of itself has room in an envelope, whatever others have said to it.</summary>
public sealed class NodeStatusTests
{
    private static readonly ImmutableSortedDictionary<string, long> Nothing = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

    private static NodeStatus Leading => new("node-1", "coordinator", 7, true, 3, Nothing.Add("silo/north: nonsense", 2), Nothing) { Sites = [new EnrolledSite("north", "key", null) { Refused = Nothing.Add("malformed", 9) }] };

    private static NodeStatus With(params (string Hash, string Json)[] columns) =>
        Leading with { Columns = columns.ToImmutableSortedDictionary(static known => known.Hash, static known => JsonElement.Parse(known.Json), StringComparer.Ordinal) };

    [Fact]
    public void The_largest_columns_go_first_and_the_others_stay()
    {
        string ones = $"[{string.Join(',', Enumerable.Repeat(1, 500_000))}]", angles = $"\"{new string('<', 1 << 20)}\"";   // 1 MiB each, and many more where they are indented and escaped
        NodeStatus whole = With(("a", ones), ("b", "{\"features\":[\"age\"]}"), ("c", angles), ("d", "[2]"));
        NodeStatus within = whole.Within(NodeStatus.BytesMax);
        Assert.InRange(within.ToJson().Length, 1, NodeStatus.BytesMax);
        Assert.Equal(["b", "d"], within.Columns!.Keys);
        Assert.Equal((3L, "north", 2L), (within.Epoch!.Value, within.Sites!.Value.Single().Name, within.Refused.Single().Value));
        Assert.Same(within, within.Within(NodeStatus.BytesMax));
        for (int bytes = whole.ToJson().Length - 1; bytes > 2000; bytes = bytes * 9 / 10) Assert.InRange(whole.Within(bytes).ToJson().Length, 1, bytes);
    }

    [Fact]
    public void Who_leads_is_said_even_where_nothing_else_has_room()
    {
        NodeStatus crowded = With(("a", "[1]")) with { Sites = [.. Enumerable.Range(0, 100).Select(static number => new EnrolledSite($"site-{number}", "key", null) { Refused = Nothing.Add(new string('x', 200), 9) })] };
        NodeStatus quiet = crowded.Within(crowded.ToJson().Length * 8 / 10);
        Assert.All(quiet.Sites!.Value, static site => Assert.Null(site.Refused));
        Assert.Empty(quiet.Refused);
        NodeStatus least = crowded.Within(300);
        Assert.Equal((3L, null), (least.Epoch!.Value, least.Sites));
    }

    [Fact]
    public void A_reason_that_has_a_peers_words_in_it_is_kept_in_part()
    {
        NodeObserver observer = new(NullLogger.Instance);
        for (int number = 0; number < 300; number++) observer.Refused(new("coordinator"), $"a message of job '{number}{new string('x', 100_000)}'");
        Assert.Equal(300, observer.RefusedCount);
        Assert.All(observer.Refusals.Keys, static line => Assert.InRange(line.Length, 1, 400));
        Assert.InRange((Leading with { Refused = observer.Refusals }).ToJson().Length, 1, NodeStatus.BytesMax / 8);
    }
}
