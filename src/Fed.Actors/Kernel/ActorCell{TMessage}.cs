using System.Runtime.CompilerServices;
using Fed.Actors.Kernel.Mailboxes;

namespace Fed.Actors.Kernel;

/// <summary>The part of a cell that knows the message type: mailbox, behaviour, stash, timers. Everything is made with its first use.</summary>
internal sealed class ActorCell<TMessage> : ActorCell, IActorRef<TMessage>
{
    private readonly Props<TMessage> _props;
    private MpscQueue<Envelope<TMessage>>? _mailbox;
    private DropOldestQueue<TMessage>? _dropOldest;
    private Queue<Envelope<TMessage>>? _front;   // unstashed messages: they come before the mailbox
    private Stash<TMessage>? _stash;
    private Action<TMessage>? _behavior;
    private ActorTimers<TMessage>? _timers;
    private ReceiveTimeout<TMessage>? _receiveTimeout;

    public ActorCell(ActorSystem system, ActorCell? parent, ActorPath path, Props<TMessage> props)
        : base(system, parent, path, props.Dispatcher ?? system.Options.Dispatcher, props.Supervisor ?? SupervisorStrategy.Default) =>
        _props = props;

    protected override bool HasUserMessages =>
        _front is { Count: > 0 } || Volatile.Read(ref _mailbox) is { HasTickets: true } || Volatile.Read(ref _dropOldest) is { HasItems: true };

    private int Capacity => _props.MailboxCapacity ?? System.Options.MailboxCapacity;

    /// <inheritdoc/>
    public void Tell(TMessage message) => Enqueue(new Envelope<TMessage>(message, control: null), force: false);

    /// <summary>As <see cref="Tell"/>, but it fits into a full mailbox too: for what the actor itself started.</summary>
    public void TellAlways(TMessage message) => Enqueue(new Envelope<TMessage>(message, control: null), force: true);

    public override void Post(Control control) => Enqueue(new Envelope<TMessage>(default!, control), force: true);

    /// <summary>Hands a message to the present behaviour; on the actor's turn.</summary>
    public void Deliver(TMessage message)
    {
        Actor<TMessage> actor = Unsafe.As<Actor<TMessage>>(_actor!);
        actor.Current = message;
        actor.HasCurrent = true;
        if (_behavior is { } behavior) behavior(message);
        else actor.CallReceive(message);
    }

    public void Become(Action<TMessage>? behavior) => _behavior = behavior;

    public ActorTimers<TMessage> Timers() => _timers ??= new ActorTimers<TMessage>(this);

    public bool IsCurrent(ReceiveTimeout<TMessage> timeout) => ReferenceEquals(_receiveTimeout, timeout);

    public void SetReceiveTimeout(ReceiveTimeout<TMessage>? timeout)
    {
        _receiveTimeout?.Cancel();
        _receiveTimeout = timeout;
    }

    public void Stash()
    {
        if (_actor is not Actor<TMessage> { HasCurrent: true } actor) throw new InvalidOperationException($"{Path} handles no message, or has stashed it already");
        (_stash ??= new Stash<TMessage>(Path, _props.StashCapacity ?? System.Options.DefaultStashCapacity)).Add(actor.Current);
        actor.HasCurrent = false;
    }

    public override void UnstashAll()
    {
        if (_stash is null || _stash.Count == 0) return;
        Queue<Envelope<TMessage>> front = new(_stash.Count + (_front?.Count ?? 0));
        _stash.MoveTo(front);
        while (_front is not null && _front.TryDequeue(out Envelope<TMessage> later)) front.Enqueue(later);
        _front = front;
    }

    protected override ActorBase NewActor()
    {
        ActorCell? outer = Creating;
        Creating = this;
        try
        {
            Actor<TMessage> actor = _props.Factory() ?? throw new InvalidOperationException("the factory of Props returned null");
            if (Creating is not null || !ReferenceEquals(actor.Cell, this)) throw new InvalidOperationException("the factory of Props must make a new actor at each call");
            return actor;
        }
        finally { Creating = outer; }
    }

    protected override void ForgetBehavior()
    {
        _behavior = null;
        StopTimers();
    }

    protected override void StopTimers()
    {
        _timers?.CancelAll();
        SetReceiveTimeout(timeout: null);
    }

    protected override void RunUserMessages()
    {
        int budget = System.Options.Throughput;
        while (budget > 0 && IsOpen && TryNext(out Envelope<TMessage> envelope))
        {
            budget--;
            try { Handle(in envelope); }
            catch (Exception cause) { Fail(cause); }
            if (HasSystemMessages) RunSystemMessages();
        }
        ForgetCurrent();
        if (WantsMailboxDrained && IsOpen && !HasUserMessages) RunDrained();
    }

    protected override void DrainToDeadLetters()
    {
        UnstashAll();
        while (TryNext(out Envelope<TMessage> envelope)) ToDeadLetters(in envelope, "the actor has stopped");
    }

    private void Enqueue(in Envelope<TMessage> envelope, bool force)
    {
        if (IsStopped)
        {
            ToDeadLetters(in envelope, "the actor has stopped");
            return;
        }
        if (_props.Overflow == MailboxOverflow.DropOldest)
        {
            DropOldestQueue<TMessage> queue = _dropOldest ?? Interlocked.CompareExchange(ref _dropOldest, new DropOldestQueue<TMessage>(Capacity), null) ?? _dropOldest;
            if (queue.Enqueue(in envelope, force, out TMessage dropped)) ToDeadLetters(new Envelope<TMessage>(dropped, control: null), "the mailbox was full");
        }
        else
        {
            MpscQueue<Envelope<TMessage>> mailbox =
                _mailbox ?? Interlocked.CompareExchange(ref _mailbox, new MpscQueue<Envelope<TMessage>>(Capacity), null) ?? _mailbox;
            if (!mailbox.TryEnqueue(in envelope, force))
            {
                if (_props.Overflow == MailboxOverflow.Fail) throw new MailboxFullException($"the mailbox of {Path} is full: {Capacity} messages wait");
                ToDeadLetters(in envelope, "the mailbox was full");
                return;
            }
        }
        ScheduleIfIdle();
    }

    private bool TryNext(out Envelope<TMessage> envelope)
    {
        if (_front is not null && _front.TryDequeue(out envelope)) return true;
        if (_mailbox is not null) return _mailbox.TryDequeue(out envelope);
        if (_dropOldest is not null) return _dropOldest.TryDequeue(out envelope);
        envelope = default;
        return false;
    }

    private void Handle(in Envelope<TMessage> envelope)
    {
        if (envelope.Control is { } control)
        {
            ForgetCurrent();
            if (control is PoisonPillControl && WantsMailboxDrained)
            {
                RunDrained();   // what came before the pill is to be finished first
                if (!IsOpen)
                {
                    PutBack(in envelope);
                    return;
                }
            }
            control.Apply(this);
            return;
        }
        _receiveTimeout?.Touch();
        Deliver(envelope.Message);
    }

    private void ForgetCurrent()
    {
        if (_actor is null) return;
        Actor<TMessage> actor = Unsafe.As<Actor<TMessage>>(_actor);
        actor.Current = default!;
        actor.HasCurrent = false;
    }

    private void PutBack(in Envelope<TMessage> envelope)
    {
        Queue<Envelope<TMessage>> front = new();
        front.Enqueue(envelope);
        while (_front is not null && _front.TryDequeue(out Envelope<TMessage> later)) front.Enqueue(later);
        _front = front;
    }

    private void ToDeadLetters(in Envelope<TMessage> envelope, string reason)
    {
        object? content = envelope.Control is { } control ? control.Content : envelope.Message;
        if (envelope.Control is null || content is not null) System.DeadLetters.Publish(new DeadLetter(content, Path, reason));
    }
}
