using Fed.Actors.Ports;
using Fed.TestKit;
using Fed.TestKit.Federation;

namespace Fed.Cluster.Tests.Simulated;

/// <summary>The leases that the simulator's databases keep, one per role, asked one after another.</summary>
public sealed class SimulatedLeaseSpec : LeadershipSpec, ILeadership
{
    private readonly SeededSimulation _world = new(seed: 1);
    private readonly Dictionary<NodeAddress, SimulatedLease> _leases = [];

    protected override ILeadership Leadership => this;

    void ILeadership.Acquire(LeaseRequest request, Action<LeaseOutcome> done) => done(Of(request).Acquire(request));

    void ILeadership.Renew(LeaseRequest request, long epoch, Action<LeaseOutcome> done) => done(Of(request).Renew(request, epoch));

    void ILeadership.Release(LeaseRequest request, long epoch) => Of(request).Release(request, epoch);

    private SimulatedLease Of(LeaseRequest request) => _leases.TryGetValue(request.Role, out SimulatedLease? lease) ? lease : _leases[request.Role] = new SimulatedLease(_world);
}
