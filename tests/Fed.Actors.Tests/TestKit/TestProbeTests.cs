using Fed.Actors.Kernel;
using Fed.TestKit;
using Xunit;

namespace Fed.Actors.Tests.TestKit;

public sealed class TestProbeTests
{
    private readonly SimulatedSystem _sim = new(seed: 3);
    private readonly TestProbe<Note> _probe;

    public TestProbeTests() => _probe = _sim.CreateTestProbe<Note>("probe");

    [Fact]
    public void Expectations_take_messages_in_order_and_drive_the_system_until_they_come()
    {
        IActorRef<Note> echo = _sim.Spawn(() => new Later(_probe.Ref));
        echo.Tell(new Text("one"));
        echo.Tell(new Text("two"));
        echo.Tell(new Number(3));
        Assert.Equal(new Text("one"), _probe.ExpectMsg(new Text("one")));
        Assert.Equal("two", _probe.ExpectMsg<Text>(text => text.Words.StartsWith('t')).Words);
        Assert.Equal(3, _probe.ExpectMsg<Number>().Value);
        Assert.Equal(new Number(3), _probe.LastMessage);
        Assert.False(_probe.HasMessages);
        Assert.Equal(3, _probe.Messages.Length);
    }

    [Fact]
    public void Limits_are_virtual_and_time_goes_no_further_than_it_must()
    {
        DateTimeOffset start = _sim.Now;
        _sim.Spawn(() => new Later(_probe.Ref)).Tell(new Number(2000));
        _probe.ExpectMsg<Number>();
        Assert.Equal(TimeSpan.FromSeconds(2), _sim.Now - start);
        _sim.Spawn(() => new Later(_probe.Ref)).Tell(new Number(4000));
        Assert.Contains("within 00:00:03", Fails(() => _probe.ExpectMsg<Number>()), StringComparison.Ordinal);
        _probe.ExpectMsg<Number>(within: TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(6), _sim.Now - start);
    }

    [Fact]
    public void Failure_says_who_expected_what_and_what_came()
    {
        _probe.Ref.Tell(new Text("hello"));
        string said = Fails(() => _probe.ExpectMsg(new Text("bye")));
        Assert.Equal(["seed 3", "fed://sim/user/probe", "expected Text { Words = bye }", "Text { Words = hello } came"], ((string[])["seed 3", "fed://sim/user/probe", "expected Text { Words = bye }", "Text { Words = hello } came"]).Where(said.Contains));
        _probe.Ref.Tell(new Text("again"));
        Assert.Contains("expected a Number", Fails(() => _probe.ExpectMsg<Number>()), StringComparison.Ordinal);
        Assert.Contains("nothing came", Fails(() => _probe.ExpectMsg<Number>()), StringComparison.Ordinal);
    }

    [Fact]
    public void Silence_is_expected_for_a_virtual_time_which_passes()
    {
        DateTimeOffset start = _sim.Now;
        _sim.Spawn(() => new Later(_probe.Ref)).Tell(new Number(60_000));
        _probe.ExpectNoMsg();
        _probe.ExpectNoMsg(TimeSpan.FromSeconds(59));
        Assert.Equal(TimeSpan.FromSeconds(59), _sim.Now - start);
        Assert.Contains("expected nothing", Fails(() => _probe.ExpectNoMsg(TimeSpan.FromSeconds(1))), StringComparison.Ordinal);
    }

    [Fact]
    public void Any_and_all_of_several_messages()
    {
        foreach (int value in (int[])[1, 2, 3]) _probe.Ref.Tell(new Number(value));
        Assert.Equal(new Number(1), _probe.ExpectMsgAnyOf(new Number(7), new Number(1)));
        Assert.Equal([new Number(2), new Number(3)], _probe.ExpectMsgAllOf(new Number(3), new Number(2)));
        _probe.Ref.Tell(new Number(4));
        _probe.Ref.Tell(new Number(4));
        Assert.Contains("not expected or not so often", Fails(() => _probe.ExpectMsgAllOf(new Number(4), new Number(5))), StringComparison.Ordinal);
        _probe.Ref.Tell(new Number(6));
        Assert.Contains("any of", Fails(() => _probe.ExpectMsgAnyOf(new Number(7), new Number(8))), StringComparison.Ordinal);
    }

    [Fact]
    public void Fishing_throws_away_what_does_not_fit_within_one_limit_for_all()
    {
        for (int i = 0; i < 5; i++) _probe.Ref.Tell(new Number(i));
        _probe.Ref.Tell(new Text("fish"));
        Assert.Equal(new Number(3), _probe.FishForMessage(message => message is Number { Value: 3 }));
        Assert.Equal("fish", _probe.FishForMessage<Text>().Words);
        IActorRef<Note> later = _sim.Spawn(() => new Later(_probe.Ref));
        for (int i = 1; i <= 10; i++) later.Tell(new Number(1000 * i));
        Fails(() => _probe.FishForMessage<Text>(within: TimeSpan.FromSeconds(5)));
        Assert.Equal(new Number(6000), _probe.ExpectMsg<Number>());
    }

    [Fact]
    public void Receiving_several_waits_for_all_and_one_is_null_where_none_comes()
    {
        _probe.Ref.Tell(new Number(1));
        _probe.Ref.Tell(new Number(2));
        Assert.Equal([new Number(1), new Number(2)], _probe.ReceiveN(2));
        Assert.Null(_probe.ReceiveOne(TimeSpan.FromSeconds(1)));
        _probe.Ref.Tell(new Number(3));
        Assert.Contains("expected 2 messages, and 1 came", Fails(() => _probe.ReceiveN(2)), StringComparison.Ordinal);
        Assert.Equal(new Number(3), _probe.ReceiveOne());
    }

    [Fact]
    public void Termination_of_a_watched_actor_is_expected_apart_from_messages()
    {
        IActorRef<Note> victim = _sim.Spawn(() => new Later(_probe.Ref), "victim");
        _probe.Watch(victim);
        _probe.Ref.Tell(new Number(1));
        victim.PoisonPill();
        _probe.ExpectTerminated(victim);
        Assert.Equal([victim], _probe.Terminated);
        _probe.ExpectMsg(new Number(1));
        IActorRef<Note> other = _sim.Spawn(() => new Later(_probe.Ref), "other");
        _probe.Watch(other);
        _probe.Unwatch(other);
        _sim.System.Stop(other);
        Assert.Contains("other has not stopped", Fails(() => _probe.ExpectTerminated(other)), StringComparison.Ordinal);
    }

    [Fact]
    public void Block_takes_no_longer_and_no_shorter_than_it_may_and_gives_its_limit_to_what_is_inside()
    {
        IActorRef<Note> later = _sim.Spawn(() => new Later(_probe.Ref));
        later.Tell(new Number(10_000));
        _probe.Within(TimeSpan.FromSeconds(20), () => _probe.ExpectMsg<Number>());   // beyond the usual three seconds
        later.Tell(new Number(10_000));
        Assert.Contains("within 00:00:05", Fails(() => _probe.Within(TimeSpan.FromSeconds(5), () => _probe.ExpectMsg<Number>())), StringComparison.Ordinal);
        Assert.Contains("of virtual time", Fails(() => _probe.Within(TimeSpan.FromSeconds(1), () => _sim.Advance(TimeSpan.FromSeconds(2)))), StringComparison.Ordinal);
        Assert.Contains("of virtual time", Fails(() => _probe.Within(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), () => { })), StringComparison.Ordinal);
        Assert.Contains("within 00:00:01", Fails(() => _probe.Within(TimeSpan.FromSeconds(1), () => _probe.Within(TimeSpan.FromSeconds(9), () => _probe.ExpectMsg<Text>()))), StringComparison.Ordinal);
    }

    [Fact]
    public void Reply_goes_to_the_address_in_the_message_and_forward_to_somebody_else()
    {
        TestProbe<string> asker = _sim.CreateTestProbe<string>();
        TestProbe<Note> other = _sim.CreateTestProbe<Note>();
        _probe.Ref.Tell(new Question("ping", asker.Ref));
        _probe.ExpectMsg<Question>();
        _probe.Reply(message => ((Question)message).ReplyTo, "pong");
        asker.ExpectMsg("pong");
        _probe.Forward(other.Ref);
        Assert.Equal("ping", other.ExpectMsg<Question>().Words);
        Assert.Throws<InvalidOperationException>(() => other.LastMessage is null || asker.LastMessage is null || _sim.CreateTestProbe<string>().LastMessage is null);
    }

    [Fact]
    public void Autopilot_answers_by_itself_and_ignored_messages_are_not_noted()
    {
        TestProbe<string> asker = _sim.CreateTestProbe<string>();
        _probe.AutoPilot = message => (message as Question)?.ReplyTo.Tell("auto");
        _probe.IgnoreMessages(message => message is Number);
        _probe.Ref.Tell(new Number(1));
        _probe.Ref.Tell(new Question("ping", asker.Ref));
        asker.ExpectMsg("auto");
        Assert.IsType<Question>(Assert.Single(_probe.Messages));
    }

    [Fact]
    public void Condition_is_awaited_in_virtual_time()
    {
        _sim.Spawn(() => new Later(_probe.Ref)).Tell(new Number(2500));
        _probe.AwaitCondition(() => _probe.HasMessages);
        Assert.Contains("the condition does not hold", Fails(() => _probe.AwaitCondition(() => false)), StringComparison.Ordinal);
        Assert.Contains("the door is open", Fails(() => _sim.AwaitCondition(() => false, TimeSpan.FromSeconds(1), "the door is open")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probe_on_real_threads_waits_for_messages_and_ends()
    {
        TimeSpan limit = TimeSpan.FromMinutes(1);
        ActorSystem system = new("real", ActorSystemOptions.Default);
        ThreadProbe<Note> probe = new(system, "probe");
        IActorRef<Note> relay = system.Spawn(Props.Create<Note>(() => new Relay(probe.Ref)), "relay");
        probe.Watch(relay);
        relay.Tell(new Number(1));
        relay.Tell(new Text("two"));
        Assert.Equal(new Number(1), await probe.NextAsync(limit));
        Assert.Contains("expected a Number", (await Assert.ThrowsAsync<ExpectationException>(() => probe.ExpectMsgAsync<Number>(limit))).Message, StringComparison.Ordinal);
        relay.PoisonPill();
        Assert.Same(relay, await probe.ExpectTerminatedAsync(limit));
        Assert.Contains("nothing was told", (await Assert.ThrowsAsync<ExpectationException>(() => probe.NextAsync(TimeSpan.FromMilliseconds(1)))).Message, StringComparison.Ordinal);
        Assert.Equal(2, probe.Messages.Length);
        await system.TerminateAsync(limit);
    }

    [Fact]
    public void Simulated_ports_stand_on_the_system_itself()
    {
        List<string> order = [];
        _sim.Schedule(TimeSpan.FromSeconds(2), () => order.Add("two"));
        _sim.Schedule(TimeSpan.Zero, () => order.Add("now"));
        _sim.Schedule(TimeSpan.FromSeconds(1), () => order.Add("one"));
        _sim.Run();
        Assert.Equal(["now"], order);
        _sim.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(["now", "one", "two"], order);
        Assert.Equal(new SimulatedSystem(seed: 3).NextUInt64(), _sim.NextUInt64());
        Assert.NotEqual(new SimulatedSystem(seed: 4).NextUInt64(), new SimulatedSystem(seed: 3).NextUInt64());
    }

    private static string Fails(Action act) => Assert.Throws<ExpectationException>(act).Message;

    private abstract record Note;

    private sealed record Text(string Words) : Note;

    private sealed record Number(int Value) : Note;

    private sealed record Question(string Words, IActorRef<string> ReplyTo) : Note;

    /// <summary>Hands numbers on after so many milliseconds, and everything else at once.</summary>
    private sealed class Later(IActorRef<Note> to) : Actor<Note>
    {
        protected override void Receive(Note message)
        {
            if (message is Number { Value: > 100 } number) Context.System.Time.CreateTimer(_ => to.Tell(number), null, TimeSpan.FromMilliseconds(number.Value), Timeout.InfiniteTimeSpan);
            else to.Tell(message);
        }
    }

    private sealed class Relay(IActorRef<Note> to) : Actor<Note>
    {
        protected override void Receive(Note message) => to.Tell(message);
    }
}
