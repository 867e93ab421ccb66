using System.Threading.Channels;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Cluster.Identity;
using Fed.Cluster.Messaging.Envelopes;
using Fed.Cluster.Messaging.RabbitMq;
using Xunit;

namespace Fed.Cluster.Tests.Messaging.RabbitMq;

/// <summary>Programs of several versions at one broker: the one of the next version speaks the old one to whoever has not upgraded, and the new one to whoever has; whom it cannot speak to refuses and counts.</summary>
[Collection(RabbitTests.Name)]
public sealed class WireVersionsTests(RabbitFixture fixture)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Next_version_and_the_one_before_understand_each_other_and_the_one_after_is_refused_by_the_oldest()
    {
        await WireFederation.PurgeAsync(fixture);
        WireVersions before = new(1, 1), next = new(1, 2), upgraded = new(1, 2), later = new(2, 3);
        await using RabbitNode north = fixture.Federation.Connect("north", fixture.Server, versions: before), south = fixture.Federation.Connect("south", fixture.Server, versions: upgraded);
        await using RabbitNode leader = fixture.Federation.Connect("node-1", fixture.Server, versions: next), sums = fixture.Federation.Connect("sums", fixture.Server, versions: later);
        using RabbitTransport atNorth = new(north), atSouth = new(south), atLeader = new(leader), atSums = new(sums);
        Channel<string> heard = Channel.CreateUnbounded<string>();
        IDisposable Hear(RabbitTransport at, NodeAddress address) => at.Register(address, (from, _) => heard.Writer.TryWrite($"{from.Address} to {address}"));
        NodeAddress northern = NodeAddress.Silo("north"), southern = NodeAddress.Silo("south");
        using IDisposable a = Hear(atNorth, northern), b = Hear(atSouth, southern), c = Hear(atLeader, NodeAddress.Job);

        foreach ((RabbitTransport at, string name) in new[] { (atNorth, "north"), (atSouth, "south") })
        {
            at.Send(new Origin(NodeAddress.Silo(name), 0), NodeAddress.Job, new ProtocolMessage.SitePresent(ProtocolMessage.SitePresent.OfNoJob, new SiloId(name), Digest.Of("columns"u8), DateTimeOffset.UnixEpoch));
            Assert.Equal($"silo/{name} to job", await Next());
            atLeader.Send(new Origin(NodeAddress.Job, 1), NodeAddress.Silo(name), new ProtocolMessage.EndJob(new JobId("wire-1")));
            Assert.Equal($"job to silo/{name}", await Next());
        }

        Assert.Equal((1, 2), (next.For(KeysOf("north")), next.For(KeysOf("south"))));   // what it writes to each of them from now on
        Assert.Equal(1, upgraded.For(KeysOf("sums")));   // whom nobody has heard of
        Assert.All(new[] { north, south, leader }, static node => Assert.Empty(node.Counters.Refusals));

        atSums.Send(new Origin(NodeAddress.Aggregator, 1), northern, new ProtocolMessage.UpdateAnswer(new JobId("wire-1"), new CollectionId(1, 1, "training"), new SiloId("north"), Digest.Of("update"u8), null));
        atLeader.Send(new Origin(NodeAddress.Job, 1), northern, new ProtocolMessage.EndJob(new JobId("wire-2")));
        Assert.Equal("job to silo/north", await Next());
        Assert.True(SpinWait.SpinUntil(() => north.Counters.Refusals.GetValueOrDefault(EnvelopeRefusal.UnsupportedVersion) == 1, Limit));   // it came by another connection, so in no order

        CertifiedKey[] KeysOf(string name) => [fixture.Federation[name].Encryption];
        async Task<string> Next() => await heard.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Limit, TestContext.Current.CancellationToken);
    }
}
