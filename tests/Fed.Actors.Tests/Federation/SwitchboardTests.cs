using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Shell;
using Xunit;

namespace Fed.Actors.Tests.Federation;

/// <summary>Messages of jobs that have no node yet: whoever attends the address decides.</summary>
public sealed class SwitchboardTests : IFederationObserver
{
    private static readonly NodeAddress South = NodeAddress.Silo("south");
    private static readonly Origin Leader = new(NodeAddress.Coordinator, 3);
    private static readonly ProtocolMessage Message = new ProtocolMessage.CommitNonce(new JobId("lung-1"), Digest.Of("plan"u8));

    private readonly Wire _wire = new();
    private readonly List<string> _refused = [];
    private readonly List<ProtocolMessage> _received = [];

    [Fact]
    public void Message_of_an_unknown_job_reaches_the_node_that_the_attendant_starts_for_it_and_later_ones_go_there_at_once()
    {
        Switchboard switchboard = new(_wire);
        int asked = 0;
        using IDisposable attending = switchboard.Attend(South, this, (from, message) =>
        {
            asked++;
            Assert.Equal(Leader, from);
            switchboard.Connect(South, message.Job, this, (_, received) => _received.Add(received));
            return true;
        });
        _wire.Deliver(South, Leader, Message);
        _wire.Deliver(South, Leader, Message);
        Assert.Equal([Message, Message], _received);
        Assert.Equal(1, asked);
        Assert.Empty(_refused);
    }

    [Fact]
    public void Message_that_the_attendant_does_not_want_is_refused_and_the_address_is_given_up_with_its_last_user()
    {
        Switchboard switchboard = new(_wire);
        IDisposable attending = switchboard.Attend(South, this, static (_, _) => false);
        _wire.Deliver(South, Leader, Message);
        Assert.Contains("lung-1", Assert.Single(_refused), StringComparison.Ordinal);
        IDisposable node = switchboard.Connect(South, new JobId("other"), this, static (_, _) => { });
        attending.Dispose();
        Assert.True(_wire.IsTaken(South));
        node.Dispose();
        Assert.False(_wire.IsTaken(South));
    }

    void IFederationObserver.Refused(NodeAddress node, string reason) => _refused.Add(reason);

    void IFederationObserver.Recovered(NodeAddress node, JournalHead head, object state) => Assert.Fail("a switchboard recovers nothing");

    void IFederationObserver.Journaled(NodeAddress node, JournalHead head, object happened) => Assert.Fail("a switchboard journals nothing");

    void IFederationObserver.Progress(SiloId silo, CollectionId collection, int percent) => Assert.Fail("a switchboard computes nothing");

    void IFederationObserver.Fault(NodeAddress node, Exception cause) => Assert.Fail(cause.Message);

    private sealed class Wire : ITransport
    {
        private readonly Dictionary<NodeAddress, Action<Origin, object>> _places = [];

        public void Deliver(NodeAddress to, Origin from, object message) => _places[to](from, message);

        public bool IsTaken(NodeAddress address) => _places.ContainsKey(address);

        public void Send(Origin from, NodeAddress to, object message) => throw new NotSupportedException("nothing is sent here");

        public IDisposable Register(NodeAddress address, Action<Origin, object> receive)
        {
            _places.Add(address, receive);
            return new Place(() => _places.Remove(address));
        }

        private sealed class Place(Action leave) : IDisposable
        {
            public void Dispose() => leave();
        }
    }
}
