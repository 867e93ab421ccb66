using Fed.Actors.Ports;
using Xunit;

namespace Fed.TestKit;

/// <summary>What every <see cref="ILeadership"/> promises that more than one process asks. Derive, say how to open one, and inherit the tests. A lease of no length is over at once.</summary>
public abstract class LeadershipSpec
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>Leases that nobody holds yet.</summary>
    protected abstract ILeadership Leadership { get; }

    /// <summary>Lets simulated leases do their work; real ones work on their own.</summary>
    protected virtual void Pump()
    {
    }

    [Fact]
    public async Task First_who_asks_leads_under_epoch_one_and_others_are_told_who()
    {
        Assert.Equal(new LeaseOutcome(LeaseStatus.Granted, 1), await AcquireAsync("a"));
        LeaseOutcome held = await AcquireAsync("b");
        Assert.Equal(LeaseStatus.Held, held.Status);
        Assert.Contains("a", held.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Roles_are_led_apart_from_each_other()
    {
        Assert.Equal(1, (await AcquireAsync("a")).Epoch);
        Assert.Equal(new LeaseOutcome(LeaseStatus.Granted, 1), await AcquireAsync("b", NodeAddress.Aggregator));
    }

    [Fact]
    public async Task Epoch_rises_with_every_grant_of_one_s_own_lease_too()
    {
        await AcquireAsync("a");
        Assert.Equal(new LeaseOutcome(LeaseStatus.Granted, 2), await AcquireAsync("a"));
        Assert.Equal(LeaseStatus.Held, (await RenewAsync("a", 1)).Status);
        Assert.Equal(LeaseStatus.Granted, (await RenewAsync("a", 2)).Status);
    }

    [Fact]
    public async Task Lease_whose_time_is_over_is_the_next_one_s_and_cannot_be_renewed_then()
    {
        await AcquireAsync("a", length: TimeSpan.Zero);
        Assert.Equal(new LeaseOutcome(LeaseStatus.Granted, 2), await AcquireAsync("b"));
        Assert.Equal(LeaseStatus.Held, (await RenewAsync("a", 1)).Status);
        Assert.Equal(LeaseStatus.Held, (await AcquireAsync("a")).Status);
    }

    [Fact]
    public async Task Lease_whose_time_is_over_may_be_renewed_while_nobody_has_taken_it()
    {
        await AcquireAsync("a", length: TimeSpan.Zero);
        Assert.Equal(new LeaseOutcome(LeaseStatus.Granted, 1), await RenewAsync("a", 1));
        Assert.Equal(LeaseStatus.Held, (await AcquireAsync("b")).Status);
    }

    [Fact]
    public async Task Lease_that_is_given_back_is_free_at_once_and_its_epoch_is_not_granted_again()
    {
        await AcquireAsync("a");
        Leadership.Release(Request("a"), 1);
        Assert.Equal(new LeaseOutcome(LeaseStatus.Granted, 2), await AcquireAsync("b"));
    }

    [Fact]
    public async Task Lease_that_is_somebody_else_s_by_now_cannot_be_given_back()
    {
        await AcquireAsync("a", length: TimeSpan.Zero);
        await AcquireAsync("b");
        Leadership.Release(Request("a"), 1);
        Leadership.Release(Request("b"), 1);
        Assert.Equal(LeaseStatus.Held, (await AcquireAsync("c")).Status);
    }

    [Fact]
    public async Task Lease_that_nobody_was_granted_is_not_renewed() => Assert.Equal(LeaseStatus.Held, (await RenewAsync("a", 1)).Status);

    [Fact]
    public async Task Of_many_who_ask_at_once_one_leads()
    {
        LeaseOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => AcquireAsync($"{i}")));
        Assert.Single(outcomes, static outcome => outcome.Status == LeaseStatus.Granted);
    }

    private static LeaseRequest Request(string holder, NodeAddress? role = null, TimeSpan? length = null) => new(role ?? NodeAddress.Coordinator, holder, length ?? Hour);

    private Task<LeaseOutcome> AcquireAsync(string holder, NodeAddress? role = null, TimeSpan? length = null) =>
        OutcomeAsync(done => Leadership.Acquire(Request(holder, role, length), done));

    private Task<LeaseOutcome> RenewAsync(string holder, long epoch) => OutcomeAsync(done => Leadership.Renew(Request(holder), epoch, done));

    private async Task<LeaseOutcome> OutcomeAsync(Action<Action<LeaseOutcome>> ask)
    {
        TaskCompletionSource<LeaseOutcome> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ask(outcome.SetResult);
        Pump();
        return await outcome.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
