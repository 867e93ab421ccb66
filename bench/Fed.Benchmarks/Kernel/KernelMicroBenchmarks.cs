using BenchmarkDotNet.Attributes;
using Fed.Actors.Kernel;

namespace Fed.Benchmarks.Kernel;

/// <summary>Tell and Ask without threads: what the kernel itself costs and allocates.</summary>
[MemoryDiagnoser]
public class KernelMicroBenchmarks
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private readonly InlineDispatcher _dispatcher = new();
    private readonly object _message = new();
    private IActorRef<object> _sink = null!;
    private IActorRef<Question> _answering = null!;

    /// <summary>Starts the actors.</summary>
    [GlobalSetup]
    public void Setup()
    {
        ActorSystem system = new("micro", new ActorSystemOptions { Dispatcher = _dispatcher });
        _sink = system.Spawn(Props.Create<object>(static () => new Sink()));
        _answering = system.Spawn(Props.Create<Question>(static () => new Answering()));
        _dispatcher.RunAll();
    }

    /// <summary>One message and the turn that handles it.</summary>
    [Benchmark]
    public void TellAndTurn()
    {
        _sink.Tell(_message);
        _dispatcher.RunAll();
    }

    /// <summary>Thirty messages and the one turn that handles them.</summary>
    [Benchmark(OperationsPerInvoke = 30)]
    public void TellThirtyAndTurn()
    {
        for (int i = 0; i < 30; i++) _sink.Tell(_message);
        _dispatcher.RunAll();
    }

    /// <summary>A question and its answer.</summary>
    [Benchmark]
    public object Ask()
    {
        Task<object> reply = _answering.Ask<Question, object>(static to => new Question(to), Limit);
        _dispatcher.RunAll();
        return reply.Result;
    }

    private sealed record Question(IActorRef<object> ReplyTo);

    private sealed class Sink : Actor<object>
    {
        protected override void Receive(object message) { }
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
