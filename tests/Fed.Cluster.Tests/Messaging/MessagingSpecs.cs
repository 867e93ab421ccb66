using Fed.Actors.Ports;
using Fed.Cluster.Messaging;
using Fed.TestKit.Stores;
using Fed.TestKit.Transport;

namespace Fed.Cluster.Tests.Messaging;

public sealed class InProcessTransportSpec : TransportSpec
{
    protected override ITransport Transport { get; } = new InProcessTransport();

    protected override void Drive()
    {
        // Delivery is a call: what was sent has arrived.
    }
}

public sealed class ThreadWorkerPoolSpec : WorkerPoolSpec, IDisposable
{
    private readonly ThreadWorkerPool _pool = new(threads: 4);

    protected override IWorkerPool Pool => _pool;

    public void Dispose() => _pool.Dispose();
}

public sealed class InProcessBulkSpec : BulkTransferSpec, IDisposable
{
    private readonly ThreadWorkerPool _pool = new(threads: 2);
    private readonly InProcessBulk _bulk;

    public InProcessBulkSpec() => _bulk = new InProcessBulk(_pool);

    protected override IBulkTransfer Bulk => _bulk;

    protected override void Register(NodeAddress address, IBlobStore store) => _bulk.Register(address, store);

    public void Dispose() => _pool.Dispose();
}
