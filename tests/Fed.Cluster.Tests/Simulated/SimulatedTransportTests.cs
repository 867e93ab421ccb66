using Fed.Actors.Ports;
using Fed.TestKit;
using Fed.TestKit.Transport;
using Xunit;

namespace Fed.Cluster.Tests.Simulated;

public sealed class SimulatedTransportTests
{
    private static readonly NodeAddress North = NodeAddress.Silo("north"), South = NodeAddress.Silo("south");

    private readonly SeededSimulation _simulation = new(seed: 9);
    private readonly SimulatedTransport _transport;
    private readonly List<int> _received = [];

    public SimulatedTransportTests()
    {
        _transport = new SimulatedTransport(_simulation);
        _transport.Register(North, (_, message) => _received.Add((int)message));
    }

    [Fact]
    public void Loss_loses_about_as_many_as_asked()
    {
        _transport.Faults = new LinkFaults { LossPermille = 300 };
        Send(10_000);
        Assert.InRange(_received.Count, 6700, 7300);   // binomial(10,000, 0.7): 6.5 standard deviations, and the seed is fixed
        Assert.Equal(_received.Distinct(), _received);
    }

    [Fact]
    public void Duplicates_arrive_twice_and_in_order()
    {
        _transport.Faults = new LinkFaults { DuplicatePermille = 1000, DelayMax = TimeSpan.FromSeconds(1) };
        Send(50);
        Assert.Equal(Enumerable.Range(0, 50).SelectMany(i => (int[])[i, i]), _received);
    }

    [Fact]
    public void Order_is_kept_under_delay_and_lost_under_reordering()
    {
        _transport.Faults = new LinkFaults { DelayMax = TimeSpan.FromSeconds(1) };
        Send(100);
        Assert.Equal(Enumerable.Range(0, 100), _received);
        _received.Clear();
        _transport.Faults = new LinkFaults { DelayMax = TimeSpan.FromSeconds(1), ReorderPermille = 1000 };
        Send(100);
        Assert.NotEqual(Enumerable.Range(0, 100), _received);
        Assert.Equal(Enumerable.Range(0, 100), _received.Order());
    }

    [Fact]
    public void Cut_is_one_way_stops_what_is_on_its_way_and_heals()
    {
        List<object> south = [];
        _transport.Register(South, (_, message) => south.Add(message));
        _transport.Send(South, North, 0);
        _transport.Cut(South, North);
        _transport.Send(South, North, 1);
        _transport.Send(North, South, 2);
        _simulation.Run();
        Assert.Empty(_received);
        Assert.Equal([2], south);
        _transport.Heal(South, North);
        Send(1);
        Assert.Equal([0], _received);
    }

    private void Send(int count)
    {
        for (int i = 0; i < count; i++) _transport.Send(South, North, i);
        _simulation.Run();
    }
}
