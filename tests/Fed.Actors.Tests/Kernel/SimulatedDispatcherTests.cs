using Fed.Actors.Kernel;
using Fed.TestKit;
using Xunit;

namespace Fed.Actors.Tests.Kernel;

public sealed class SimulatedDispatcherTests
{
    [Fact]
    public void Kernel_code_on_another_thread_fails_the_simulation()
    {
        SimulatedSystem sim = new();
        IActorRef<Action<Scripted>> actor = sim.Spawn(() => new Scripted([]));
        sim.Run();
        Exception? onThread = OnAnotherThread(() => actor.Tell(_ => { }));
        Assert.IsType<InvalidOperationException>(onThread);
        Assert.Contains("another thread", Assert.Throws<InvalidOperationException>(sim.Run).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Turn_on_another_thread_fails_the_simulation()
    {
        SimulatedSystem sim = new();
        IActorRef<Action<Scripted>> actor = sim.Spawn(() => new Scripted([]));
        sim.Run();
        Assert.IsType<InvalidOperationException>(OnAnotherThread(((IRunnable)actor).Run));
        Assert.Throws<InvalidOperationException>(sim.Run);
    }

    [Fact]
    public void Context_used_outside_a_turn_fails_the_simulation()
    {
        SimulatedSystem sim = new();
        Scripted? leaked = null;
        sim.Spawn(() => new Scripted([])).Tell(self => leaked = self);
        sim.Run();
        Assert.Throws<InvalidOperationException>(() => leaked!.Context.Become(_ => { }));
        Assert.Contains("outside its turn", Assert.Throws<InvalidOperationException>(sim.Run).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Busy_actors_that_never_rest_are_reported_with_their_seed()
    {
        SimulatedSystem sim = new(99);
        IActorRef<Action<Scripted>> actor = sim.Spawn(() => new Scripted([]));
        Action<Scripted> again = null!;
        again = self => self.Context.Self.Tell(again);
        actor.Tell(again);
        Assert.Contains("seed 99", Assert.Throws<InvalidOperationException>(() => sim.Dispatcher.Run(turnsMax: 100)).Message, StringComparison.Ordinal);
    }

    private static Exception? OnAnotherThread(Action action)
    {
        Exception? thrown = null;
        Thread thread = new(() => thrown = Record.Exception(action));
        thread.Start();
        thread.Join();
        return thrown;
    }
}
