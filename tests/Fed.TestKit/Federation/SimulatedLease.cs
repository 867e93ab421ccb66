using Fed.Actors.Ports;

namespace Fed.TestKit.Federation;

/// <summary>The lease of a contended identity as its database keeps it: whose it is, until when by the database's clock, and under which epoch.</summary>
internal sealed class SimulatedLease(ISimulation world)
{
    private string? _holder;
    private DateTimeOffset _until;

    /// <summary>The epoch that was granted last; 0 before the first.</summary>
    public long Epoch { get; private set; }

    public LeaseOutcome Acquire(LeaseRequest request)
    {
        if (_holder is not null && _holder != request.Holder && world.Now < _until) return Held();
        (_holder, _until) = (request.Holder, world.Now + request.Length);
        return new LeaseOutcome(LeaseStatus.Granted, ++Epoch);
    }

    /// <summary>A lease whose time is over may be renewed while nobody else has taken it.</summary>
    public LeaseOutcome Renew(LeaseRequest request, long epoch)
    {
        if (_holder != request.Holder || Epoch != epoch) return Held();
        _until = world.Now + request.Length;
        return new LeaseOutcome(LeaseStatus.Granted, epoch);
    }

    /// <summary>The database forgets who holds it; whoever asks next has it.</summary>
    public void Lose() => _holder = null;

    public void Release(LeaseRequest request, long epoch)
    {
        if (_holder == request.Holder && Epoch == epoch) _holder = null;
    }

    private LeaseOutcome Held() => new(LeaseStatus.Held, Epoch, $"epoch {Epoch} is {_holder ?? "nobody"}'s");
}
