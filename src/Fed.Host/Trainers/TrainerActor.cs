using Fed.Actors.Kernel;
using Fed.Learning.External;

namespace Fed.Host.Trainers;

/// <summary>What the actor around a process hears.</summary>
internal abstract record TrainerOrder
{
    private protected TrainerOrder()
    {
    }

    /// <summary>A question; one at a time.</summary>
    public sealed record Ask(TrainerJob Job) : TrainerOrder;

    /// <summary>Nobody waits for the answer any more.</summary>
    public sealed record Leave(TrainerJob Job) : TrainerOrder;

    /// <summary>The session's thread is through with a question.</summary>
    public sealed record Through(TrainerSession Session, TrainerJob Job, Exception? Failure) : TrainerOrder;

    /// <summary>Time to look whether the process lives and keeps to its memory.</summary>
    public sealed record Look : TrainerOrder;

    /// <summary>What it holds.</summary>
    public sealed record Measured(TrainerSession Session, long Bytes) : TrainerOrder;
}

/// <summary>
/// Stands for one process of a trainer, which starts with the first question. When the process ends, breaks the protocol, is silent for too long or holds too much memory, the process is
/// killed and the actor fails; its supervisor, a <see cref="TrainerSupervisor"/>, restarts it, and with it the process.
/// </summary>
internal sealed class TrainerActor(Func<TrainerSession> start, TrainerOptions options, IActorRef<TrainerSupervisor.Message> supervisor) : Actor<TrainerOrder>
{
    /// <summary>How often the process is looked at while it works.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private TrainerSession? _session;
    private TrainerJob? _job;

    protected override void PostRestart(Exception cause)
    {
        base.PostRestart(cause);
        supervisor.Tell(new TrainerSupervisor.Message.Restarted());
    }

    protected override void PostStop() => _session?.Dispose();

    protected override void Receive(TrainerOrder message)
    {
        switch (message)
        {
            case TrainerOrder.Ask ask:
                _job = ask.Job;
                TrainerSession session = _session ??= start();
                IActorRef<TrainerOrder> self = Context.Self;
                session.Put(ask.Job, failure => self.Tell(new TrainerOrder.Through(session, ask.Job, failure)));
                Context.Timers.StartPeriodic(nameof(TrainerOrder.Look), new TrainerOrder.Look(), LookInterval);
                break;
            case TrainerOrder.Leave leave when ReferenceEquals(leave.Job, _job):
                Rest();
                _session?.Dispose();   // there is no gentler way that is certain; the next question starts a process anew
                _session = null;
                supervisor.Tell(new TrainerSupervisor.Message.Through(leave.Job, new OperationCanceledException()));
                break;
            case TrainerOrder.Through through when ReferenceEquals(through.Session, _session) && ReferenceEquals(through.Job, _job):
                Rest();
                if (through.Failure is not (null or TrainerException)) throw through.Failure;
                supervisor.Tell(new TrainerSupervisor.Message.Through(through.Job, through.Failure));
                break;
            case TrainerOrder.Look when _job is not null && _session is { } running:
                if (running.Silent >= options.Silence)
                    throw new TrainerFailedException($"it showed no sign of life for {options.Silence.TotalSeconds:0.###} s and was killed; let it report progress, or raise silence");
                Context.PipeTo(Task.Run(running.MemoryBytes), bytes => new TrainerOrder.Measured(running, bytes), _ => new TrainerOrder.Measured(running, 0));
                break;
            case TrainerOrder.Measured measured when ReferenceEquals(measured.Session, _session) && measured.Bytes > options.MemoryMax:
                throw new TrainerFailedException($"it held {measured.Bytes >> 20} MiB of memory, {options.MemoryMax >> 20} MiB are allowed, and it was killed; mend the leak, or raise max-memory");
        }
    }

    private void Rest()
    {
        _job = null;
        Context.Timers.Cancel(nameof(TrainerOrder.Look));
    }
}
