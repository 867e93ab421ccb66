using Fed.Actors.Kernel;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Fed.TestKit.Sample;

/// <summary>An actor of somebody's own under test.</summary>
public sealed class GreeterTests
{
    private readonly SimulatedSystem _sim = new(seed: 7);
    private readonly TestProbe<string> _probe;
    private readonly IActorRef<Greet> _greeter;

    public GreeterTests()
    {
        _probe = _sim.CreateTestProbe<string>();
        _greeter = _sim.Spawn(() => new Greeter(), "greeter");
    }

    [Fact]
    public void Greeter_greets_at_once_and_says_good_bye_after_an_hour()
    {
        _greeter.Tell(new Greet("world", _probe.Ref));
        _probe.ExpectMsg("hello, world");
        _probe.ExpectNoMsg(TimeSpan.FromMinutes(59));
        _probe.ExpectMsg("good bye, world", within: TimeSpan.FromMinutes(1));
        _sim.Events.ExpectNothingBad();
    }

    [Fact]
    public void Greeter_warns_of_a_name_that_it_cannot_say_and_stops_when_it_is_told_to()
    {
        _sim.EventFilter.Warning(contains: "no name").ExpectOne(() => _greeter.Tell(new Greet("", _probe.Ref)));
        _probe.Watch(_greeter);
        _greeter.PoisonPill();
        _probe.ExpectTerminated(_greeter);
        _sim.EventFilter.DeadLetter<Greet>().ExpectOne(() => _greeter.Tell(new Greet("nobody", _probe.Ref)));
    }

    private sealed record Greet(string Name, IActorRef<string> ReplyTo, bool IsLeaving = false);

    private sealed class Greeter : Actor<Greet>
    {
        protected override void Receive(Greet message)
        {
            if (message.Name.Length == 0)
            {
                Context.Log.LogWarning("no name to greet");
                return;
            }

            message.ReplyTo.Tell($"{(message.IsLeaving ? "good bye" : "hello")}, {message.Name}");
            if (!message.IsLeaving) Context.Timers.StartSingle(message.Name, message with { IsLeaving = true }, TimeSpan.FromHours(1));
        }
    }
}
