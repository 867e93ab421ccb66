using Fed.Actors.Kernel;

namespace Fed.Benchmarks.Kernel;

/// <summary>The patterns of <see cref="ChannelFloor"/> on actors.</summary>
internal sealed class ActorPatterns : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private readonly ActorSystem _system = new("bench", ActorSystemOptions.Default);
    private readonly IActorRef<Question> _answering;

    public ActorPatterns() => _answering = _system.Spawn(Props.Create<Question>(static () => new Answering()));

    public void Dispose() => _system.TerminateAsync(Limit).Wait();

    public void PingPong(int messages, int inFlight)
    {
        using CountdownEvent done = new(2);
        Ball[] balls = [.. Enumerable.Range(0, inFlight).Select(static _ => new Ball())];
        IActorRef<Ball> a = _system.Spawn(Props.Create<Ball>(() => new Player(messages / 2, done)));
        IActorRef<Ball> b = _system.Spawn(Props.Create<Ball>(() => new Player(messages / 2, done)));
        a.Tell(new Ball { Partner = b });
        b.Tell(new Ball { Partner = a });
        foreach (Ball ball in balls) a.Tell(ball);
        done.Wait();
        _system.Stop(a);
        _system.Stop(b);
    }

    public void FanIn(int messages, int senders)
    {
        using CountdownEvent done = new(1);
        Ball message = new();
        IActorRef<Ball> sink = _system.Spawn(Props.Create<Ball>(() => new Sink(messages, done)).WithMailbox(messages));   // a burst may be all of them; none may be dropped
        for (int sender = 0; sender < senders; sender++) _system.Spawn(Props.Create<Ball>(() => new Burst(sink, messages / senders))).Tell(message);
        done.Wait();
        _system.Stop(sink);
    }

    public void Ask(int questions) => AskAsync(questions).Wait();

    /// <summary>Creates actors, each with a first message, and waits until all have handled it.</summary>
    public IActorRef Create(int count)
    {
        using CountdownEvent done = new(1);
        IActorRef<int> parent = _system.Spawn(Props.Create<int>(() => new Parent(done)));
        parent.Tell(count);
        done.Wait();
        return parent;
    }

    private async Task AskAsync(int questions)
    {
        for (int i = 0; i < questions; i++) await _answering.Ask<Question, Answer>(static to => new Question(to), Limit).ConfigureAwait(false);
    }

    internal sealed class Ball
    {
        public IActorRef<Ball>? Partner { get; init; }
    }

    private sealed record Question(IActorRef<Answer> ReplyTo);

    private sealed record Answer
    {
        public static readonly Answer Instance = new();
    }

    private sealed class Player(int left, CountdownEvent done) : Actor<Ball>
    {
        private int _left = left;
        private IActorRef<Ball>? _partner;

        protected override void Receive(Ball message)
        {
            if (message.Partner is not null)
            {
                _partner = message.Partner;
                return;
            }
            if (_left == 0) return;
            _partner!.Tell(message);
            if (--_left == 0) done.Signal();
        }
    }

    private sealed class Sink(int left, CountdownEvent done) : Actor<Ball>
    {
        private int _left = left;

        protected override void Receive(Ball message)
        {
            if (--_left == 0) done.Signal();
        }
    }

    private sealed class Burst(IActorRef<Ball> sink, int left) : Actor<Ball>
    {
        private int _left = left;

        protected override void Receive(Ball message)
        {
            for (int i = 0; i < 100 && _left > 0; i++, _left--) sink.Tell(message);
            if (_left > 0) Context.Self.Tell(message);
            else Context.Stop(Context.Self);
        }
    }

    private sealed class Answering : Actor<Question>
    {
        protected override void Receive(Question message) => message.ReplyTo.Tell(Answer.Instance);
    }

    private sealed class Parent(CountdownEvent done) : Actor<int>
    {
        private int _waiting;

        protected override void Receive(int message)
        {
            if (message > 0)
            {
                _waiting = message;
                Props<IActorRef<int>> props = Props.Create<IActorRef<int>>(static () => new Idle());
                for (int i = 0; i < message; i++) Context.Spawn(props).Tell(Context.Self);
            }
            else if (--_waiting == 0)
            {
                done.Signal();
            }
        }
    }

    private sealed class Idle : Actor<IActorRef<int>>
    {
        protected override void Receive(IActorRef<int> message) => message.Tell(-1);
    }
}
