using System.Diagnostics.Metrics;
using Fed.Cluster.Messaging.RabbitMq;
using Fed.Host.Cluster;
using Fed.Host.Configuration;

namespace Fed.Host.Telemetry;

/// <summary>What a node counts of itself anyway, read whenever metrics are sent.</summary>
internal static class NodeInstruments
{
    public static void Create(Meter meter, NodeRuntime node)
    {
        WireCounters wire = node.Connection.Counters;
        meter.CreateObservableGauge("fed.node.ready", () => node.Connection.IsReady ? 1 : 0, null, "1 while the node hears and speaks.");
        meter.CreateObservableGauge("fed.lease.epoch", () => node.Observer.Term?.Epoch ?? 0, null, "Epoch under which the node leads; 0 while it does not.");
        meter.CreateObservableCounter("fed.messages", () => Messages(wire), "{message}", "Control messages by what became of them.");
        meter.CreateObservableCounter("fed.refusals", () => Refusals(wire, node.Observer), "{message}", "What was refused: envelopes by reason, and messages of peers.");
        meter.CreateObservableCounter("fed.wire.bytes", () => Bytes(wire), "By", "Bytes of envelopes and pieces to and from the broker.");
        meter.CreateObservableCounter("fed.wire.failures", () => wire.FailedCount, "{failure}", "How often a connection or a channel was lost, or not to be had.");
        meter.CreateObservableGauge("fed.queue.length", () => Queues(node), "{item}", "What waits: messages for the broker, jobs for a thread, transfers under way.");
    }

    private static IEnumerable<Measurement<long>> Messages(WireCounters wire) =>
    [
        Of(wire.PublishedCount, "outcome", "published"), Of(wire.ConfirmedCount, "outcome", "confirmed"), Of(wire.RejectedCount, "outcome", "rejected"), Of(wire.ReturnedCount, "outcome", "returned"),
        Of(wire.DroppedCount, "outcome", "dropped"), Of(wire.UnsealedCount, "outcome", "unsealed"), Of(wire.TakenCount, "outcome", "taken"), Of(wire.FaultedCount, "outcome", "faulted"),
    ];

    private static IEnumerable<Measurement<long>> Refusals(WireCounters wire, NodeObserver observer) =>
        [Of(observer.RefusedCount, "kind", "message"), .. wire.Refusals.Select(static refused => Of(refused.Value, "kind", Kebab.From(refused.Key.ToString())))];

    private static IEnumerable<Measurement<long>> Bytes(WireCounters wire) => Enum.GetValues<WireLane>().SelectMany(lane => (Measurement<long>[])
    [
        new(wire.SentBytes(lane), Tag("direction", "sent"), Tag("lane", Kebab.From(lane.ToString()))), new(wire.ReceivedBytes(lane), Tag("direction", "received"), Tag("lane", Kebab.From(lane.ToString()))),
    ]);

    private static IEnumerable<Measurement<long>> Queues(NodeRuntime node) => [Of(node.WaitingMessages, "queue", "publish"), Of(node.Disk.WaitingCount, "queue", "workers"), Of(node.Bulk.FetchCount, "queue", "transfers")];

    private static Measurement<long> Of(long value, string key, string tag) => new(value, Tag(key, tag));

    private static KeyValuePair<string, object?> Tag(string key, string value) => new(key, value);
}
