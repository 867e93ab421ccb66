using Fed.Actors.Ports;
using Fed.TestKit;
using Fed.TestKit.Stores;
using Fed.TestKit.Transport;
using Fed.TestKit.Transport.Broker;

namespace Fed.Cluster.Tests.Simulated;

public sealed class SimulatedBlobStoreSpec : BlobStoreSpec
{
    protected override IBlobStore Store { get; } = new SimulatedBlobStore(new SeededSimulation(seed: 1));
}

public sealed class SimulatedInboxSpec : InboxSpec
{
    protected override IInbox Inbox { get; } = new SimulatedInbox();
}

public sealed class SimulatedSignerSpec : SignerSpec
{
    protected override (ISigner Mine, ISigner Other) Signers { get; } = (new SimulatedSigner("north"), new SimulatedSigner("south"));
}

public sealed class SimulatedWorkerPoolSpec : WorkerPoolSpec
{
    private readonly SeededSimulation _simulation = new(seed: 2);

    public SimulatedWorkerPoolSpec() => Pool = new SimulatedWorkerPool(_simulation) { Faults = new StoreFaults { DelayMax = TimeSpan.FromSeconds(1) } };

    protected override IWorkerPool Pool { get; }

    protected override void Drive() => _simulation.Run();
}

public sealed class SimulatedTransportSpec : TransportSpec
{
    private readonly SeededSimulation _simulation = new(seed: 3);

    public SimulatedTransportSpec() => Transport = new SimulatedTransport(_simulation) { Faults = new LinkFaults { DelayMax = TimeSpan.FromSeconds(1) } };

    protected override ITransport Transport { get; }

    protected override void Drive() => _simulation.Run();
}

public sealed class SimulatedBulkSpec : BulkTransferSpec
{
    private readonly SeededSimulation _simulation = new(seed: 4);
    private readonly SimulatedBulk _bulk;

    public SimulatedBulkSpec() => _bulk = new SimulatedBulk(_simulation) { Faults = new StoreFaults { DelayMax = TimeSpan.FromSeconds(1) } };

    protected override IBulkTransfer Bulk => _bulk;

    protected override void Register(NodeAddress address, IBlobStore store) => _bulk.Register(address, store);

    protected override void Drive() => _simulation.Run();
}

/// <summary>The contract of transports over the broker model, with every node on one connection and frames that take their time.</summary>
public sealed class BrokerTransportSpec : TransportSpec
{
    private readonly SeededSimulation _simulation = new(seed: 5);

    public BrokerTransportSpec() =>
        Transport = new BrokerTransport(new BrokerModel(_simulation) { Timings = new BrokerTimings { WireMax = TimeSpan.FromMilliseconds(20) } }, _simulation);

    protected override ITransport Transport { get; }

    protected override void Drive() => _simulation.Run();
}
