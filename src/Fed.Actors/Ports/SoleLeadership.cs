namespace Fed.Actors.Ports;

/// <summary>Leases of a single machine, where a file lock makes the process the only one: granted at once, for ever, with epoch 0.</summary>
public sealed class SoleLeadership : ILeadership
{
    /// <inheritdoc/>
    public void Acquire(LeaseRequest request, Action<LeaseOutcome> done) => done(new LeaseOutcome(LeaseStatus.Granted, 0));

    /// <inheritdoc/>
    public void Renew(LeaseRequest request, long epoch, Action<LeaseOutcome> done) => done(new LeaseOutcome(LeaseStatus.Granted, epoch));

    /// <inheritdoc/>
    public void Release(LeaseRequest request, long epoch)
    {
        // Nobody waits for it.
    }
}
