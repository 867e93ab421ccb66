using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Host.Cluster;
using Fed.TestKit;
using Xunit;

namespace Fed.Host.Tests.Cluster;

/// <summary>What sites say of themselves takes a bounded part of the leader, whatever one of them says.</summary>
public sealed class SitesPresentTests : IBulkTransfer
{
    private readonly ManualTimeProvider _clock = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
    private readonly List<string> _refused = [];
    private readonly List<(NodeAddress From, Digest Hash, Action<byte[]?, string?> Done, long LengthMax)> _fetches = [];
    private readonly SitesPresent _sites;

    public SitesPresentTests() => _sites = new SitesPresent(_clock, this, _refused.Add);

    private static Digest HashOf(string columns) => Digest.Of(Encoding.UTF8.GetBytes(columns));

    private ProtocolMessage.SitePresent Present(string site, string columns) => new(ProtocolMessage.SitePresent.OfNoJob, new SiloId(site), HashOf(columns), _clock.GetUtcNow());

    private ImmutableArray<JobId> Say(string site, string columns) => _sites.Heard(Present(site, columns));

    private EnrolledSite Known(string site) => _sites.With(new EnrolledSite(site, "key", null));

    /// <summary>Ends the oldest transfer.</summary>
    private void Arrive(string? columns)
    {
        Action<byte[]?, string?> done = _fetches[0].Done;
        _fetches.RemoveAt(0);
        done(columns is null ? null : Encoding.UTF8.GetBytes(columns), columns is null ? "it is not there" : null);
    }

    [Fact]
    public void Columns_are_kept_of_what_sites_announce_now()
    {
        Say("north", "[1]");
        Say("south", "[1]");
        Assert.Equal((NodeAddress.Silo("north"), HashOf("[1]"), (long)SitesPresent.ColumnsBytesMax), (_fetches.Single().From, _fetches[0].Hash, _fetches[0].LengthMax));
        Assert.Empty(_sites.Columns());
        Arrive("[1]");
        Assert.Equal([HashOf("[1]").ToString()], _sites.Columns().Keys);
        for (int number = 2; number < 300; number++)
        {
            Say("north", $"[{number}]");
            Arrive($"[{number}]");
        }

        Assert.Equal([HashOf("[1]").ToString(), HashOf("[299]").ToString()], _sites.Columns().Keys.OrderBy(static hash => hash == HashOf("[299]").ToString()));
        Say("south", "[299]");
        Assert.Equal([HashOf("[299]").ToString()], _sites.Columns().Keys);
        Say("south", "[1]");
        Assert.Single(_fetches);   // they were let go
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(_sites.Columns());
        Assert.Null(Known("north").Columns);
        Assert.Empty(_refused);
    }

    [Fact]
    public void A_site_that_announces_others_at_each_message_has_one_transfer_at_a_time_and_keeps_no_other_from_its_own()
    {
        for (int number = 0; number < 300; number++) Say("north", $"[{number}]");
        Say("south", "[true]");
        Assert.Equal(["silo/north", "silo/south"], _fetches.Select(static fetch => fetch.From.Value));
        Arrive("[0]");   // what it announces no more
        Arrive("[true]");
        Assert.Equal([HashOf("[true]").ToString()], _sites.Columns().Keys);
        Say("north", "[299]");
        Arrive("[299]");
        Assert.Equal(2, _sites.Columns().Count);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("no JSON")]
    [InlineData("[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]")]   // which no JSON around it could hold
    public void What_does_not_come_or_cannot_be_read_is_counted_and_asked_for_again(string? columns)
    {
        Say("north", "[1]");
        Arrive(columns);
        Assert.Contains("'north'", Assert.Single(_refused), StringComparison.Ordinal);
        Assert.Empty(_sites.Columns());
        Say("north", "[1]");
        Arrive("[1]");
        Assert.Single(_sites.Columns());
    }

    [Fact]
    public void Kinds_of_refusals_are_a_few_short_words_and_what_is_beyond_is_counted()
    {
        ImmutableSortedDictionary<string, long> kinds = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal).Add("bad-signature", 7).Add("unknown-sender", 1);
        _sites.Heard(Present("north", "[1]") with { Refused = kinds });
        Assert.Equal(kinds, Known("north").Refused);
        Assert.Empty(_refused);
        _sites.Heard(Present("north", "[1]") with { Refused = kinds.Add(new string('x', 4 << 20), 1).Add("\u001b[2J", 1).Add("", 1) });
        Assert.Equal(kinds, Known("north").Refused);
        Assert.Single(_refused);
        _sites.Heard(Present("north", "[1]") with { Refused = Enumerable.Range(0, 5000).ToImmutableSortedDictionary(static number => $"kind-{(char)('a' + (number / 625))}{(char)('a' + (number / 25 % 25))}{(char)('a' + (number % 25))}", static _ => 1L, StringComparer.Ordinal) });
        Assert.Equal(32, Known("north").Refused!.Count);
        Assert.Equal(2, _refused.Count);
        Assert.All(_refused, static reason => Assert.InRange(reason.Length, 1, 200));
    }

    [Fact]
    public void Jobs_that_a_site_asks_about_are_a_hundred_at_most_and_such_as_there_can_be()
    {
        ImmutableArray<JobId> jobs = [.. Enumerable.Range(0, 100).Select(static number => new JobId($"trial-{number}"))];
        Assert.Equal(jobs, _sites.Heard(Present("north", "[1]") with { Jobs = jobs }));
        Assert.Empty(_refused);
        Assert.Equal(jobs, _sites.Heard(Present("north", "[1]") with { Jobs = [new JobId(""), new JobId("../../etc"), new JobId(new string('x', 4 << 20)), .. jobs] }));
        Assert.Single(_refused);
        Assert.Equal(jobs, _sites.Heard(Present("north", "[1]") with { Jobs = [.. jobs, .. Enumerable.Range(0, 100_000).Select(static number => new JobId($"more-{number}"))] }));
        Assert.Equal(2, _refused.Count);
        Assert.Equal(jobs, _sites.Heard(Present("north", "[1]") with { Jobs = jobs, At = _clock.GetUtcNow() - TimeSpan.FromHours(1) }));   // of a site whose clock is wrong too
    }

    void IBulkTransfer.FetchToMemory(NodeAddress from, Digest hash, Action<byte[]?, string?> done, long lengthMax) => _fetches.Add((from, hash, done, lengthMax));

    void IBulkTransfer.FetchToInbox(NodeAddress from, Digest hash, long length, IInbox inbox, string entryId, Action<string?> done) => Assert.Fail("columns are no contribution");

    void IBulkTransfer.FetchToStore(NodeAddress from, Digest hash, IBlobStore store, Action<string?> done) => Assert.Fail("columns are not stored");
}
