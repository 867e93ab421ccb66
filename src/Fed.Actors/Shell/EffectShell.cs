using System.Collections.Concurrent;
using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Actors.Shell;

/// <summary>
/// Carries out a decider's effects: messages go to the courier, timers to the kernel, work to the pool. Work that is under way under an id is not started twice;
/// what it gives comes back as a command.
/// </summary>
/// <typeparam name="TCommand">The decider's commands.</typeparam>
internal abstract class EffectShell<TCommand>(NodeAddress self, NodeServices services, IActorRef<CourierMessage> courier, Func<string, TCommand>? timerDue)
    : IEffectRunner<TCommand, Effect>
    where TCommand : class
{
    private readonly ConcurrentDictionary<string, Slot> _underWay = new(StringComparer.Ordinal);

    protected NodeAddress Self => self;

    protected NodeServices Services => services;

    protected IActorRef<CourierMessage> Courier => courier;

    public void Run(Effect effect, EffectContext<TCommand> context)
    {
        switch (effect)
        {
            case Effect.Send send:
                courier.Tell(new CourierMessage.Send(send.To, Complete(send.Message, context)));
                break;
            case Effect.Deliver deliver:
                ProtocolMessage message = Complete(deliver.Message, context);
                courier.Tell(new CourierMessage.Deliver(deliver.Id, deliver.To, () => message, services.ResendInterval));
                break;
            case Effect.EndDelivery end:
                courier.Tell(new CourierMessage.End(end.Id));
                break;
            case Effect.StartTimer timer:
                context.Timers.StartSingle(timer.Id, timerDue!(timer.Id), timer.After);
                break;
            case Effect.CancelTimer cancel:
                context.Timers.Cancel(cancel.Id);
                break;
            case Effect.Refused refused:
                services.Observer.Refused(self, refused.Reason);
                break;
            case Effect.Work work:
                StartWork(work.Item, context);
                break;
        }
    }

    /// <summary>Adds what only the shell can: signatures and journal heads.</summary>
    protected virtual ProtocolMessage Complete(ProtocolMessage message, EffectContext<TCommand> context) => message;

    /// <summary>Starts work whose id is not under way.</summary>
    protected abstract void StartWork(WorkItem item, EffectContext<TCommand> context);

    /// <summary>Runs a job unless one of this id is under way; its command goes to the decider. A failure that <paramref name="failed"/> does not turn into a command stops the node.</summary>
    protected void RunOnce(string id, string lane, IActorRef<TCommand> decider, Func<CancellationToken, TCommand?> job, Func<Exception, TCommand?>? failed = null)
    {
        Slot slot = new();
        if (!_underWay.TryAdd(id, slot)) return;
        slot.Hold(services.Workers.Run(
            lane,
            job,
            command => Finish(id, slot, decider, command),
            cause => Finish(id, slot, decider, Explain(cause, failed))));
    }

    /// <summary>Marks work that is not a job of the pool as under way; false where it is already.</summary>
    protected bool Begin(string id) => _underWay.TryAdd(id, new Slot());

    /// <summary>Ends work that <see cref="Begin"/> started.</summary>
    protected void Finish(string id, IActorRef<TCommand> decider, TCommand? command)
    {
        _underWay.TryRemove(id, out _);
        if (command is not null) decider.Tell(command);
    }

    /// <summary>Cancels the jobs whose id a rule matches.</summary>
    protected void CancelWhere(Func<string, bool> matches)
    {
        foreach ((string id, Slot slot) in _underWay)
            if (matches(id)) slot.Cancel();
    }

    private void Finish(string id, Slot slot, IActorRef<TCommand> decider, TCommand? command)
    {
        _underWay.TryRemove(new KeyValuePair<string, Slot>(id, slot));   // its own only: the next job of this id may have begun
        if (command is not null) decider.Tell(command);
    }

    private TCommand? Explain(Exception cause, Func<Exception, TCommand?>? failed)
    {
        if (cause is OperationCanceledException) return null;
        TCommand? command = failed?.Invoke(cause);
        if (command is null) services.Observer.Fault(self, cause);
        return command;
    }

    /// <summary>A job's place: cancelling works before its handle is known, too.</summary>
    private sealed class Slot
    {
        private readonly Lock _gate = new();
        private IDisposable? _handle;
        private bool _isCancelled;

        public void Hold(IDisposable handle)
        {
            lock (_gate)
            {
                _handle = handle;
                if (!_isCancelled) return;
            }

            handle.Dispose();
        }

        public void Cancel()
        {
            IDisposable? handle;
            lock (_gate)
            {
                _isCancelled = true;
                handle = _handle;
            }

            handle?.Dispose();
        }
    }
}
