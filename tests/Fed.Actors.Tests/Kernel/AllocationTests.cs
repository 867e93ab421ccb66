using Fed.Actors.Kernel;
using Xunit;

namespace Fed.Actors.Tests.Kernel;

/// <summary>The kernel's allocation budgets, on one thread so that the figures are exact.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class AllocationTests
{
    private readonly InlineDispatcher _dispatcher = new();
    private readonly ActorSystem _system;

    public AllocationTests() => _system = new ActorSystem("bytes", new ActorSystemOptions { Dispatcher = _dispatcher });

    [Fact]
    public void Tell_and_the_turn_that_handles_it_allocate_nothing()
    {
        IActorRef<object> sink = _system.Spawn(Props.Create<object>(static () => new Sink()));
        object message = new();
        Assert.Equal(0, BytesOf(10_000, () =>
        {
            sink.Tell(message);
            _dispatcher.RunAll();
        }));
    }

    [Fact]
    public void Tell_of_a_value_type_allocates_nothing()
    {
        IActorRef<long> sink = _system.Spawn(Props.Create<long>(static () => new Numbers()));
        Assert.Equal(0, BytesOf(10_000, () =>
        {
            sink.Tell(42);
            _dispatcher.RunAll();
        }));
    }

    [Fact]
    public void Ask_allocates_under_300_bytes_with_its_question()
    {
        IActorRef<Question> actor = _system.Spawn(Props.Create<Question>(static () => new Answering()));
        Assert.InRange(BytesOf(10_000, () =>
        {
            _ = actor.Ask<Question, object>(static to => new Question(to), TimeSpan.FromHours(1));
            _dispatcher.RunAll();
        }), 1, 299);
    }

    [Fact]
    public void Idle_actor_takes_under_700_bytes_after_its_first_message()
    {
        const int Count = 20_000;
        Props<object> props = Props.Create<object>(static () => new Sink());
        IActorRef<object>[] actors = new IActorRef<object>[Count];
        object message = new();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < Count; i++)
        {
            actors[i] = _system.Spawn(props);
            actors[i].Tell(message);
        }
        _dispatcher.RunAll();
        long bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / Count;
        GC.KeepAlive(actors);
        Assert.InRange(bytes, 1, 699);
    }

    private static long BytesOf(int times, Action action)
    {
        for (int i = 0; i < 100; i++) action();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < times; i++) action();
        return (GC.GetAllocatedBytesForCurrentThread() - before) / times;
    }

    private sealed record Question(IActorRef<object> ReplyTo);

    private sealed class Sink : Actor<object>
    {
        protected override void Receive(object message) { }
    }

    private sealed class Numbers : Actor<long>
    {
        protected override void Receive(long message) { }
    }

    private sealed class Answering : Actor<Question>
    {
        protected override void Receive(Question message) => message.ReplyTo.Tell(this);
    }

    private sealed class InlineDispatcher : IDispatcher
    {
        private readonly Queue<IRunnable> _scheduled = new();

        public void Schedule(IRunnable mailbox) => _scheduled.Enqueue(mailbox);

        public void AssertOnDispatcher() { }

        public void RunAll()
        {
            while (_scheduled.TryDequeue(out IRunnable? next)) next.Run();
        }
    }
}

/// <summary>Tests that look at the whole heap run beside no others.</summary>
[CollectionDefinition(nameof(MeasuredAlone), DisableParallelization = true)]
public sealed class MeasuredAlone;
