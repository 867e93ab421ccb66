using Fed.Actors.Kernel;
using Fed.Learning.External;

namespace Fed.Host.Trainers;

/// <summary>
/// Supervises a silo's trainer, as a child of the silo's node: a process that fails is started again after a backoff, and its question is put again; after too many times within the window
/// the question fails, which lets the site decline the attempt, and the next one finds a new process.
/// </summary>
internal sealed class TrainerSupervisor : Actor<TrainerSupervisor.Message>
{
    private static readonly TimeSpan RestartWindow = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan BackoffMin = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan BackoffMax = TimeSpan.FromSeconds(30);

    private readonly Func<TrainerSession> _start;
    private readonly TrainerOptions _options;
    private readonly LastFailure _last;
    private IActorRef<TrainerOrder>? _child;
    private TrainerJob? _job;

    private TrainerSupervisor(Func<TrainerSession> start, TrainerOptions options, LastFailure last) => (_start, _options, _last) = (start, options, last);

    /// <summary>What it hears.</summary>
    internal abstract record Message
    {
        private protected Message()
        {
        }

        /// <summary>A question; one at a time.</summary>
        public sealed record Ask(TrainerJob Job) : Message;

        /// <summary>Nobody waits for the answer any more.</summary>
        public sealed record Leave(TrainerJob Job) : Message;

        /// <summary>A question is answered, refused or left.</summary>
        public sealed record Through(TrainerJob Job, Exception? Refusal) : Message;

        /// <summary>The job is over; for a <see cref="TrainerStand"/>, which stops the supervisor.</summary>
        public sealed record End : Message;

        /// <summary>The actor of the process has been restarted.</summary>
        public sealed record Restarted : Message;

        /// <summary>It has been stopped: one failure too many.</summary>
        public sealed record GivenUp : Message;
    }

    /// <summary>The recipe.</summary>
    /// <param name="start">Makes a session.</param>
    /// <param name="options">The site's settings.</param>
    /// <param name="tell">Told of each failure, for the site's log.</param>
    public static Props<Message> Props(Func<TrainerSession> start, TrainerOptions options, Action<Exception> tell)
    {
        LastFailure last = new();
        Directive restart(Exception cause)
        {
            last.Cause = cause;
            tell(cause);
            return Directive.Restart;
        }

        return Fed.Actors.Kernel.Props.Create(() => new TrainerSupervisor(start, options, last))
            .WithSupervisor(SupervisorStrategy.OneForOne(restart).WithRetries(options.Restarts, RestartWindow).WithBackoff(BackoffMin, BackoffMax));
    }

    protected override void PostStop() => _job?.Fail(new TrainerException("the site is stopping"));

    protected override void Receive(Message message)
    {
        switch (message)
        {
            case Message.Ask ask:
                _job = ask.Job;
                if (_child is null)
                {
                    IActorRef<Message> self = Context.Self;
                    _child = Context.Spawn(Fed.Actors.Kernel.Props.Create(() => new TrainerActor(_start, _options, self)));
                    Context.WatchWith(_child, new Message.GivenUp());
                }

                _child.Tell(new TrainerOrder.Ask(ask.Job));
                break;
            case Message.Leave leave when ReferenceEquals(leave.Job, _job):
                _job = null;   // a restart that waits puts nothing any more
                leave.Job.Fail(new OperationCanceledException());
                _child?.Tell(new TrainerOrder.Leave(leave.Job));
                break;
            case Message.Through through when ReferenceEquals(through.Job, _job):
                _job = null;
                if (through.Refusal is null) through.Job.Answered();
                else through.Job.Fail(through.Refusal);
                break;
            case Message.Restarted when _job is not null:
                _child!.Tell(new TrainerOrder.Ask(_job));
                break;
            case Message.GivenUp:
                _child = null;
                _job?.Fail(new TrainerException(
                    $"its process failed {_options.Restarts + 1} times, last: {_last.Cause?.Message ?? "it was stopped"}", _last.Cause));
                _job = null;
                break;
        }
    }

    /// <summary>Written by the strategy and read by the actor, both on the actor's turns.</summary>
    private sealed class LastFailure
    {
        public Exception? Cause { get; set; }
    }
}
