using Fed.Actors.Kernel;
using Fed.TestKit;
using Xunit;

namespace Fed.Actors.Tests.Kernel;

public sealed class BehaviorAndStashTests
{
    private readonly List<string> _seen = [];

    [Fact]
    public void Become_replaces_the_behaviour_and_a_restart_goes_back_to_Receive()
    {
        (SimulatedSystem sim, IActorRef<string> door) = Given();
        foreach (string message in new[] { "x", "close", "y", "fail", "z" }) door.Tell(message);
        sim.Run();
        Assert.Equal(["open:x", "closed:y", "open:z"], _seen);
    }

    [Fact]
    public void Become_without_a_stack_returns_to_Receive_by_name()
    {
        (SimulatedSystem sim, IActorRef<string> door) = Given();
        foreach (string message in new[] { "close", "x", "open", "y" }) door.Tell(message);
        sim.Run();
        Assert.Equal(["closed:x", "open:y"], _seen);
    }

    [Fact]
    public void Unstashed_messages_come_before_the_mailbox_in_their_order()
    {
        (SimulatedSystem sim, IActorRef<string> door) = Given();
        foreach (string message in new[] { "close", "stash 1", "stash 2", "x", "open", "y" }) door.Tell(message);
        sim.Run();
        Assert.Equal(["closed:x", "open:stash 1", "open:stash 2", "open:y"], _seen);
    }

    [Fact]
    public void Message_stashed_again_after_unstashing_keeps_its_place()
    {
        (SimulatedSystem sim, IActorRef<string> door) = Given();
        foreach (string message in new[] { "close", "stash 1", "stash 2", "unstash", "x", "open" }) door.Tell(message);
        sim.Run();
        Assert.Equal(["closed:x", "open:stash 1", "open:stash 2"], _seen);
    }

    [Fact]
    public void Same_message_is_not_stashed_twice()
    {
        SimulatedSystem sim = new();
        InvalidOperationException? refused = null;
        IActorRef<Action<Scripted>> actor = sim.Spawn(() => new Scripted([]));
        actor.Tell(self =>
        {
            if (refused is not null) return;
            self.Context.Stash();
            refused = Assert.Throws<InvalidOperationException>(() => self.Context.Stash());
        });
        sim.Run();
        Assert.Contains("stashed it already", refused!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Full_stash_throws_and_keeps_what_it_has()
    {
        SimulatedSystem sim = new(1, options => options with { GuardianStrategy = SupervisorStrategy.OneForOne(_ => Directive.Resume) });
        List<Exception> failures = [];
        IActorRef<string> door = sim.System.Spawn(Props.Create<string>(() => new Door(_seen, failures)).WithStash(2), "door");
        foreach (string message in new[] { "close", "stash 1", "stash 2", "stash 3", "open" }) door.Tell(message);
        sim.Run();
        Assert.Equal(["open:stash 1", "open:stash 2"], _seen);
        Assert.Contains("2 messages", Assert.IsType<StashOverflowException>(Assert.Single(failures)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Restart_puts_stashed_messages_back_first()
    {
        (SimulatedSystem sim, IActorRef<string> door) = Given();
        foreach (string message in new[] { "close", "stash 1", "fail", "x" }) door.Tell(message);
        sim.Run();
        Assert.Equal(["open:stash 1", "open:x"], _seen);
    }

    [Fact]
    public void Stop_sends_stashed_messages_to_the_dead_letters_first()
    {
        (SimulatedSystem sim, IActorRef<string> door) = Given();
        foreach (string message in new[] { "close", "stash 1", "stop", "x" }) door.Tell(message);
        sim.Run();
        Assert.Equal(["stash 1", "x"], sim.DeadLetters.Select(letter => letter.Message));
    }

    private (SimulatedSystem Sim, IActorRef<string> Door) Given()
    {
        SimulatedSystem sim = new();
        return (sim, sim.Spawn(() => new Door(_seen, []), "door"));
    }

    private sealed class Door(List<string> seen, List<Exception> failures) : Actor<string>
    {
        protected override void Receive(string message)
        {
            switch (message)
            {
                case "close": Context.Become(Closed); break;
                case "fail": throw new InvalidOperationException("bad");
                default: seen.Add($"open:{message}"); break;
            }
        }

        private void Closed(string message)
        {
            switch (message)
            {
                case "open":
                    Context.BecomeReceive();
                    Context.UnstashAll();
                    break;
                case "unstash": Context.UnstashAll(); break;
                case "fail": throw new InvalidOperationException("bad");
                case "stop": Context.Stop(Context.Self); break;
                case var _ when message.StartsWith("stash", StringComparison.Ordinal): Stash(); break;
                default: seen.Add($"closed:{message}"); break;
            }
        }

        private void Stash()
        {
            try { Context.Stash(); }
            catch (StashOverflowException full)
            {
                failures.Add(full);
                throw;
            }
        }
    }
}
