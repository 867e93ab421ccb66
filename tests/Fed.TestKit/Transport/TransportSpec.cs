using Fed.Actors.Ports;
using Xunit;

namespace Fed.TestKit.Transport;

/// <summary>What every transport promises on a healthy link; derive a test class per implementation.</summary>
public abstract class TransportSpec
{
    private static readonly NodeAddress North = NodeAddress.Silo("north"), South = NodeAddress.Silo("south");

    /// <summary>A transport without faults.</summary>
    protected abstract ITransport Transport { get; }

    /// <summary>Returns when what was sent has arrived.</summary>
    protected abstract void Drive();

    [Fact]
    public void Message_reaches_the_receiver_of_its_address_only_and_names_its_sender_and_epoch()
    {
        List<(Origin, object)> north = [], south = [];
        using IDisposable first = Transport.Register(North, (from, message) => north.Add((from, message)));
        using IDisposable second = Transport.Register(South, (from, message) => south.Add((from, message)));
        Transport.Send(new Origin(NodeAddress.Coordinator, 7), North, "hello");
        Drive();
        Assert.Equal([(new Origin(NodeAddress.Coordinator, 7), (object)"hello")], north);
        Assert.Empty(south);
    }

    [Fact]
    public void Messages_of_a_pair_arrive_in_order()
    {
        List<int> received = [];
        using IDisposable registration = Transport.Register(North, (_, message) => received.Add((int)message));
        for (int i = 0; i < 100; i++) Transport.Send(South, North, i);
        Drive();
        Assert.Equal(Enumerable.Range(0, 100), received);
    }

    [Fact]
    public void Message_to_nobody_is_lost_and_does_not_come_later()
    {
        List<object> received = [];
        Transport.Send(South, North, "lost");
        Drive();
        using IDisposable registration = Transport.Register(North, (_, message) => received.Add(message));
        Transport.Send(South, North, "found");
        Drive();
        Assert.Equal(["found"], received);
    }

    [Fact]
    public void Last_registration_counts_and_an_older_one_ending_does_not_end_it()
    {
        List<object> old = [], current = [];
        IDisposable first = Transport.Register(North, (_, message) => old.Add(message));
        using IDisposable second = Transport.Register(North, (_, message) => current.Add(message));
        first.Dispose();
        Transport.Send(South, North, "hello");
        Drive();
        Assert.Empty(old);
        Assert.Equal(["hello"], current);
    }

    /// <summary>A leader of yesterday may register last and end first: the one that leads is heard again.</summary>
    [Fact]
    public void When_the_last_registration_ends_the_one_before_it_counts_again()
    {
        List<object> old = [], current = [];
        using IDisposable first = Transport.Register(North, (_, message) => old.Add(message));
        Transport.Register(North, (_, message) => current.Add(message)).Dispose();
        Transport.Send(South, North, "a");
        Drive();
        Assert.Equal(["a"], old);
        Assert.Empty(current);
    }

    [Fact]
    public void Nothing_arrives_after_a_registration_has_ended()
    {
        List<object> received = [];
        Transport.Register(North, (_, message) => received.Add(message)).Dispose();
        Transport.Send(South, North, "hello");
        Drive();
        Assert.Empty(received);
    }
}
