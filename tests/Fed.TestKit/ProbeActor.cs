using Fed.Actors.Kernel;

namespace Fed.TestKit;

/// <summary>The actor behind a probe: hands on what it is told and whose watches end, on its turns.</summary>
internal sealed class ProbeActor<TMessage>(Action<TMessage> told, Action<IActorRef> terminated) : Actor<object>
    where TMessage : class
{
    protected override void Receive(object message)
    {
        switch (message)
        {
            case WatchOrder order when order.IsOn:
                Context.Watch(order.Actor);
                break;
            case WatchOrder order:
                Context.Unwatch(order.Actor);
                break;
            default:
                told((TMessage)message);
                break;
        }
    }

    protected override bool Signal(Signal signal)
    {
        if (signal is not Terminated dead) return false;
        terminated(dead.Ref);
        return true;
    }
}

/// <summary>To the probe's actor: begin or end a watch.</summary>
internal sealed record WatchOrder(IActorRef Actor, bool IsOn);
