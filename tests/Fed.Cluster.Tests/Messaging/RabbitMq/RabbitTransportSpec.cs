using System.Globalization;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Cluster.Messaging.RabbitMq;
using Fed.TestKit.Transport;
using Xunit;

namespace Fed.Cluster.Tests.Messaging.RabbitMq;

/// <summary>The transport over a real broker keeps what every transport promises: each address at a node of its own.</summary>
[Collection(RabbitTests.Name)]
public sealed class RabbitTransportSpec(RabbitFixture fixture) : TransportSpec, IAsyncLifetime
{
    private readonly NodesOfTheirOwn _nodes = new(fixture);

    protected override ITransport Transport => _nodes;

    protected override bool KeepsForLater => true;

    public async ValueTask InitializeAsync()
    {
        _ = fixture.Server;   // skips where there is none
        await WireFederation.PurgeAsync(fixture);
    }

    public ValueTask DisposeAsync() => _nodes.DisposeAsync();

    protected override void Drive() => _nodes.Drive();

    protected override object Message(int number) => new ProtocolMessage.CommitNonce(new JobId("spec"), Digest.Of(Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture))));

    private sealed class NodesOfTheirOwn(RabbitFixture fixture) : ITransport, IAsyncDisposable
    {
        private readonly Dictionary<string, (RabbitNode Node, RabbitTransport Transport)> _open = new(StringComparer.Ordinal);
        private readonly Dictionary<NodeAddress, int> _owed = [], _receivers = [];
        private readonly Lock _gate = new();
        private readonly SemaphoreSlim _arrived = new(0);

        public void Send(Origin from, NodeAddress to, object message)
        {
            lock (_gate) _owed[to] = _owed.GetValueOrDefault(to) + 1;
            Of(from.Address).Send(from, to, message);
        }

        public IDisposable Register(NodeAddress address, Action<Origin, object> receive)
        {
            lock (_gate) _receivers[address] = _receivers.GetValueOrDefault(address) + 1;
            IDisposable registration = Of(address).Register(address, (from, message) =>
            {
                receive(from, message);
                lock (_gate) _owed[address]--;
                _arrived.Release();
            });
            return new Ended(() =>
            {
                lock (_gate) _receivers[address]--;
                registration.Dispose();
            });
        }

        public void Drive()
        {
            while (IsOwed()) Assert.True(_arrived.Wait(TimeSpan.FromMinutes(1)), "a message did not arrive within a minute");
        }

        public async ValueTask DisposeAsync()
        {
            foreach ((RabbitNode node, RabbitTransport transport) in _open.Values)
            {
                transport.Dispose();
                await node.DisposeAsync();
            }
        }

        private bool IsOwed()
        {
            lock (_gate) return _owed.Any(owed => owed.Value > 0 && _receivers.GetValueOrDefault(owed.Key) > 0);
        }

        private RabbitTransport Of(NodeAddress address)
        {
            string name = address == NodeAddress.Coordinator ? "node-1" : address.Value.Split('/')[1];
            if (_open.TryGetValue(name, out (RabbitNode Node, RabbitTransport Transport) open)) return open.Transport;
            RabbitNode node = fixture.Federation.Connect(name, fixture.Server);
            return (_open[name] = (node, new RabbitTransport(node))).Transport;
        }
    }

    private sealed class Ended(Action undo) : IDisposable
    {
        public void Dispose() => undo();
    }
}
