using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.TestKit.Transport;
using Fed.TestKit.Transport.Broker;

namespace Fed.TestKit.Federation;

/// <content>The network: plain links, or a broker between all processes (<see cref="FederationScenario.Broker"/>).</content>
public sealed partial class SimulatedFederation
{
    private BrokerTransport? _outside;

    /// <summary>The broker; null with plain links.</summary>
    public BrokerModel? Broker { get; }

    private BrokerModel? BrokerOf(FederationScenario scenario) => scenario.Broker is { } faults
        ? new BrokerModel(_simulation)
        {
            Timings = new BrokerTimings { WireMax = scenario.Links.DelayMax, Heartbeat = faults.Heartbeat },
            Struck = (kind, message) => Struck(kind, message is null ? null : JobOf(BrokerTransport.MessageOf(message))),
        }
        : null;

    private static JobId? JobOf(object message) => (message as ProtocolMessage)?.Job;

    /// <summary>The network as a process that starts gets it.</summary>
    private ITransport NetworkOf(SimulatedProcess process)
    {
        if (Broker is null) return _transport;
        return process.Link = new BrokerTransport(Broker, process.Simulation)
        {
            Queues = new BrokerQueueOptions { IsSingleActive = true, LengthMax = _scenario.Broker!.LengthMax },
            Redelivering = message => Struck(FaultKind.Redelivery, JobOf(message)),
            CanConnect = () => !process.IsCutOutgoing && !process.IsCutIncoming,
        };
    }

    /// <summary>The network as somebody in no roster gets it.</summary>
    private ITransport Outside => Broker is null ? _transport : _outside ??= new BrokerTransport(Broker, _simulation) { Queues = new BrokerQueueOptions { IsSingleActive = true, LengthMax = _scenario.Broker!.LengthMax } };

    private void MaybeBreakBroker(BrokerModel broker, BrokerFaults faults)
    {
        if (Strikes(FaultKind.ConnectionLoss, faults.ConnectionLossPer10K) && Somebody(FaultKind.ConnectionLoss) is { Link.Connection: { } connection } victim)
        {
            Struck(FaultKind.ConnectionLoss);
            Trace.Line($"{victim.Name} loses its connection");
            connection.Kill();
        }

        if (Strikes(FaultKind.Unroutable, faults.UnbindingsPer10K))
        {
            SimulatedIdentity unbound = Somebody(FaultKind.Unroutable).Identity;
            Trace.Line($"the bindings of {unbound} are gone");
            broker.Unbind(unbound.Address.Value, Outage(FaultKind.Unroutable));
        }

        if (!Strikes(FaultKind.BrokerRestart, faults.RestartsPer10K)) return;
        Struck(FaultKind.BrokerRestart);
        Trace.Line("the broker restarts");
        broker.Restart(Outage(FaultKind.BrokerRestart));
    }

    /// <summary>Brings a process's connection in line with what is cut and who sleeps; frames wait meanwhile, and go on or are lost with the connection.</summary>
    private static void Relink(SimulatedProcess process)
    {
        if (process.Link?.Connection is not { } connection) return;
        connection.Unblock();
        if (process.IsPaused) connection.Sleep();
        BrokerDirections cut = (process.IsCutOutgoing ? BrokerDirections.ToBroker : BrokerDirections.None) | (process.IsCutIncoming ? BrokerDirections.ToClient : BrokerDirections.None);
        if (cut != BrokerDirections.None) connection.Block(cut);
    }
}
