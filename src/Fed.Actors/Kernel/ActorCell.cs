using Fed.Actors.Kernel.Mailboxes;

namespace Fed.Actors.Kernel;

/// <summary>
/// An actor's life around its instances: reference, mailbox and turn in one object, so that an idle actor is small. This part holds the turn; Lifecycle and
/// Supervision hold what the system messages do. All fields but the queues and the status belong to the turn.
/// </summary>
internal abstract partial class ActorCell : IActorRef, IRunnable
{
    private const int Idle = 0;
    private const int Scheduled = 1;

    [ThreadStatic]
    private static ActorCell? _creating;

    private readonly IDispatcher _dispatcher;
    private SystemQueue _systemQueue;
    private int _status;

    protected ActorCell(ActorSystem system, ActorCell? parent, ActorPath path, IDispatcher dispatcher, SupervisorStrategy strategy)
    {
        System = system;
        Parent = parent;
        Path = path;
        _dispatcher = dispatcher;
        _strategy = strategy;
    }

    /// <summary>The cell whose factory runs on this thread; taken by the actor's constructor.</summary>
    public static ActorCell? Creating
    {
        get => _creating;
        set => _creating = value;
    }

    public ActorSystem System { get; }

    public ActorCell? Parent { get; }

    public ActorPath Path { get; }

    /// <summary>Set by an actor that collects work over several messages (<see cref="ActorBase.OnMailboxDrained"/>).</summary>
    public bool WantsMailboxDrained { get; set; }

    /// <summary>Set by an actor whose messages wait until a completion has come; system messages still get through.</summary>
    public bool IsPaused { get; set; }

    /// <summary>True while user messages are handled.</summary>
    protected bool IsOpen => _suspensions == 0 && !IsPaused && _awaited == Awaited.Nothing && !_isStopped;

    protected bool HasSystemMessages => _systemQueue.HasMessages;

    protected abstract bool HasUserMessages { get; }

    private bool HasWork => _systemQueue.HasMessages || ((IsOpen || _isStopped) && HasUserMessages);

    public void AssertOnTurn() => _dispatcher.AssertOnDispatcher();

    public void SendSystem(SystemMessage message)
    {
        if (!_systemQueue.TryPush(message))
        {
            message.ApplyStopped(this);
            return;
        }
        ScheduleIfIdle();
    }

    /// <summary>Puts something of the kernel's behind the user messages; it always fits.</summary>
    public abstract void Post(Control control);

    /// <inheritdoc/>
    public void Run()
    {
        _dispatcher.AssertOnDispatcher();
        RunSystemMessages();
        if (_isStopped) DrainToDeadLetters();
        else RunUserMessages();
        EndTurn();
    }

    void IThreadPoolWorkItem.Execute() => ThreadPoolDispatcher.RunTurns(this);

    protected void ScheduleIfIdle()
    {
        if (Volatile.Read(ref _status) == Idle && Interlocked.CompareExchange(ref _status, Scheduled, Idle) == Idle)
            _dispatcher.Schedule(this);
    }

    protected void RunSystemMessages()
    {
        while (_systemQueue.TakeAll() is { } first)
        {
            for (SystemMessage? message = first; message is not null;)
            {
                SystemMessage current = message;
                message = current.Next;
                current.Next = null;
                Apply(current);
            }
        }
    }

    protected abstract void RunUserMessages();

    /// <summary>Tells the actor that it has seen all its mail; what it then does may bring system messages.</summary>
    protected void RunDrained()
    {
        try { _actor?.OnMailboxDrained(); }
        catch (Exception cause) { Fail(cause); }
        RunSystemMessages();
    }

    protected abstract void DrainToDeadLetters();

    private void Apply(SystemMessage message)
    {
        if (_isStopped)
        {
            message.ApplyStopped(this);
            return;
        }
        try { message.Apply(this); }
        catch (Exception cause) { Fail(cause); }
    }

    private void EndTurn()
    {
        if (!HasWork)
        {
            Interlocked.Exchange(ref _status, Idle);
            // From here on another turn may run: what is read below may be stale, which at worst schedules an empty turn.
            if (!HasWork || Interlocked.CompareExchange(ref _status, Scheduled, Idle) != Idle) return;
        }
        _dispatcher.Schedule(this);
    }
}
