using Fed.Actors.Ports;
using Xunit;

namespace Fed.TestKit.Transport;

/// <summary>What every transport promises on a healthy link; derive a test class per implementation.</summary>
public abstract class TransportSpec
{
    private static readonly NodeAddress North = NodeAddress.Silo("north"), South = NodeAddress.Silo("south"), Leader = NodeAddress.Coordinator;

    /// <summary>A transport without faults.</summary>
    protected abstract ITransport Transport { get; }

    /// <summary>True where a message to an address that nobody receives waits for somebody who does; else it is lost.</summary>
    protected virtual bool KeepsForLater => false;

    /// <summary>Returns when what was sent to whoever receives has arrived.</summary>
    protected abstract void Drive();

    /// <summary>Something that a coordinator may say to a silo: equal for equal numbers.</summary>
    protected virtual object Message(int number) => number;

    [Fact]
    public void Message_reaches_the_receiver_of_its_address_only_and_names_its_sender_and_epoch()
    {
        List<(Origin, object)> north = [], south = [];
        using IDisposable first = Transport.Register(North, (from, message) => north.Add((from, message)));
        using IDisposable second = Transport.Register(South, (from, message) => south.Add((from, message)));
        Transport.Send(new Origin(NodeAddress.Coordinator, 7), North, Message(1));
        Drive();
        Assert.Equal([(new Origin(NodeAddress.Coordinator, 7), Message(1))], north);
        Assert.Empty(south);
    }

    [Fact]
    public void Messages_of_a_pair_arrive_in_order()
    {
        List<object> received = [];
        using IDisposable registration = Transport.Register(North, (_, message) => received.Add(message));
        for (int i = 0; i < 100; i++) Transport.Send(Leader, North, Message(i));
        Drive();
        Assert.Equal(Enumerable.Range(0, 100).Select(Message), received);
    }

    [Fact]
    public void Message_to_nobody_is_lost_or_kept_and_nothing_follows_from_it()
    {
        List<object> received = [];
        Transport.Send(Leader, North, Message(1));
        Drive();
        using IDisposable registration = Transport.Register(North, (_, message) => received.Add(message));
        Transport.Send(Leader, North, Message(2));
        Drive();
        Assert.Equal(KeepsForLater ? [Message(1), Message(2)] : [Message(2)], received);
    }

    [Fact]
    public void Last_registration_counts_and_an_older_one_ending_does_not_end_it()
    {
        List<object> old = [], current = [];
        IDisposable first = Transport.Register(North, (_, message) => old.Add(message));
        using IDisposable second = Transport.Register(North, (_, message) => current.Add(message));
        first.Dispose();
        Transport.Send(Leader, North, Message(1));
        Drive();
        Assert.Empty(old);
        Assert.Equal([Message(1)], current);
    }

    /// <summary>A leader of yesterday may register last and end first: the one that leads is heard again.</summary>
    [Fact]
    public void When_the_last_registration_ends_the_one_before_it_counts_again()
    {
        List<object> old = [], current = [];
        using IDisposable first = Transport.Register(North, (_, message) => old.Add(message));
        Transport.Register(North, (_, message) => current.Add(message)).Dispose();
        Transport.Send(Leader, North, Message(1));
        Drive();
        Assert.Equal([Message(1)], old);
        Assert.Empty(current);
    }

    [Fact]
    public void Nothing_arrives_after_a_registration_has_ended()
    {
        List<object> received = [];
        Transport.Register(North, (_, message) => received.Add(message)).Dispose();
        Transport.Send(Leader, North, Message(1));
        Drive();
        Assert.Empty(received);
    }
}
