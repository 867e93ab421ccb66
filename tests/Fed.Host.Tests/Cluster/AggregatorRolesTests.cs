using System.Collections.Immutable;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Host.Cluster;
using Xunit;

namespace Fed.Host.Tests.Cluster;

/// <summary>What <c>fed status</c> says of aggregators.</summary>
public sealed class AggregatorRolesTests
{
    private static readonly JobPlan Parted = DeskFixture.Plan with { Aggregators = 2 };

    private readonly Dictionary<NodeAddress, (string, long)> _leases = new() { [NodeAddress.Aggregator] = ("sums", 3), [NodeAddress.SubAggregator(2)] = ("sums-2", 5) };

    private AggregatorRoles Roles(params ImmutableArray<(NodeStatus, TimeSpan)> said) => new(said, role => _leases.TryGetValue(role, out (string, long) lease) ? lease : null);

    private static (NodeStatus, TimeSpan) Said(string name, int? part, TimeSpan age, long? epoch = null, string? declines = null) =>
        (new NodeStatus(name, "aggregator", 1, true, epoch, ImmutableSortedDictionary<string, long>.Empty, ImmutableSortedDictionary<string, long>.Empty)
        {
            Part = part, Since = epoch is null ? null : new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero), Declines = declines,
        }, age);

    private static string[] Rows(AggregatorRoles roles, params IEnumerable<JobPlan> plans)
    {
        using StringWriter output = new();
        roles.Table(plans).WriteCsv(output);
        return [.. output.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Skip(1)];
    }

    [Fact]
    public void Each_role_has_a_row_with_who_leads_who_stands_by_and_who_is_away()
    {
        TimeSpan now = TimeSpan.FromSeconds(1);
        string[] rows = Rows(Roles(Said("sums", null, now, epoch: 3), Said("sums-b", null, now), Said("sums-1", 1, TimeSpan.FromMinutes(5), epoch: 4), Said("sums-2", 2, now), Said("sums-3", 2, now, declines: "newer events")));
        Assert.Equal("aggregator,sums,3,2026-11-22 12:00:00Z,sums-b,,", rows[0]);
        Assert.Matches("^aggregator of part 1,nobody,,,,sums-1 \\(since .*Z\\),$", rows[1]);
        Assert.Equal("aggregator of part 2,sums-2,5,,,,sums-3: newer events", rows[2]);
        Assert.Equal(3, rows.Length);
    }

    [Fact]
    public void Roles_that_a_job_needs_have_a_row_where_no_server_ever_stood_for_them()
    {
        _leases.Clear();
        Assert.Equal(["aggregator,nobody,,,,,"], Rows(Roles()));
        Assert.Equal(["aggregator,nobody,,,,,", "aggregator of part 1,nobody,,,,,", "aggregator of part 2,nobody,,,,,"], Rows(Roles(), Parted));
    }

    [Fact]
    public void A_sum_waits_for_the_aggregator_of_a_part_and_not_for_its_sites_which_are_there()
    {
        ImmutableArray<SiloId> sites = [.. Parted.Silos];
        Assert.Equal(["aggregator of part 1", .. sites.Where(static (_, index) => index % 2 == 1).Select(static site => site.Value)], Roles().Awaited(Parted, sites));
        _leases.Remove(NodeAddress.Aggregator);
        Assert.Equal(["aggregator"], Roles().Awaited(DeskFixture.Plan, sites));
        _leases[NodeAddress.Aggregator] = ("sums", 3);
        Assert.Equal(sites.Select(static site => site.Value), Roles().Awaited(DeskFixture.Plan, sites));
    }
}
