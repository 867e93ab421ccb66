using Fed.Actors.Ports;
using Fed.Cluster.Journals.PostgreSql;
using Xunit;

namespace Fed.Cluster.Tests.Journals.PostgreSql;

/// <summary>A lease of an hour whose holder was killed or cut off: the server has ended its session. When it was renewed is set back, so that nobody need wait.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresLeaseSessionTests : IDisposable
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly PostgresFixture _server;
    private readonly PostgresDatabase _first, _second;
    private readonly PostgresLeadership _leader, _standby;

    public PostgresLeaseSessionTests(PostgresFixture server)
    {
        _server = server;
        (_first, _second) = (server.OpenEmpty(), server.Open());
        (_leader, _standby) = (new PostgresLeadership(_first), new PostgresLeadership(_second));
    }

    [Fact]
    public async Task Lease_without_a_session_is_free_after_half_of_the_length_that_its_holder_asked_for()
    {
        await AcquireAsync(_leader, "a", Hour);
        SetBack(minutes: 31);
        Assert.Equal(LeaseStatus.Held, (await AcquireAsync(_standby, "b", TimeSpan.Zero)).Status);
        EndSession();
        SetBack(minutes: 29);
        Assert.Equal(LeaseStatus.Held, (await AcquireAsync(_standby, "b", TimeSpan.Zero)).Status);
        SetBack(minutes: 31);
        Assert.Equal(new LeaseOutcome(LeaseStatus.Granted, 2), await AcquireAsync(_standby, "b", TimeSpan.FromDays(1)));
        Assert.Equal(LeaseStatus.Held, (await RenewAsync(_leader, "a", 1)).Status);
    }

    [Fact]
    public async Task Server_that_was_started_since_says_nothing_of_holders_by_their_sessions()
    {
        await AcquireAsync(_leader, "a", Hour);
        EndSession();
        SetBack(minutes: 31);
        _server.Execute("UPDATE fed.leases SET server = server - interval '1 hour'");
        Assert.Equal(LeaseStatus.Held, (await AcquireAsync(_standby, "b", Hour)).Status);
    }

    [Fact]
    public async Task Second_process_of_the_holders_name_waits_until_the_first_one_s_session_has_ended()
    {
        await AcquireAsync(_leader, "a", Hour);
        Assert.Equal(LeaseStatus.Held, (await AcquireAsync(_standby, "a", Hour)).Status);
        EndSession();
        Assert.Equal(new LeaseOutcome(LeaseStatus.Granted, 2), await AcquireAsync(_standby, "a", Hour));
    }

    [Fact]
    public async Task Holder_that_renews_in_another_session_keeps_its_lease()
    {
        await AcquireAsync(_leader, "a", Hour);
        EndSession();
        Assert.Equal(new LeaseOutcome(LeaseStatus.Granted, 1), await RenewAsync(_leader, "a", 1));
        SetBack(minutes: 31);
        Assert.Equal(LeaseStatus.Held, (await AcquireAsync(_standby, "b", TimeSpan.Zero)).Status);
    }

    /// <summary>Lets it be so long since the lease was asked for.</summary>
    private void SetBack(int minutes) => _server.Execute($"UPDATE fed.leases SET renewed = clock_timestamp() - interval '{minutes} minutes', until = clock_timestamp() + interval '{60 - minutes} minutes'");

    /// <summary>Ends the session in which the lease was asked for last, as the server does when the holder's process is gone, and waits until it is ended.</summary>
    private void EndSession() => Assert.Equal(true, _server.Query("SELECT pg_terminate_backend(session, 60000) FROM fed.leases"));

    private static Task<LeaseOutcome> AcquireAsync(PostgresLeadership leases, string holder, TimeSpan length) => OutcomeAsync(done => leases.Acquire(new LeaseRequest(NodeAddress.Coordinator, holder, length), done));

    private static Task<LeaseOutcome> RenewAsync(PostgresLeadership leases, string holder, long epoch) => OutcomeAsync(done => leases.Renew(new LeaseRequest(NodeAddress.Coordinator, holder, Hour), epoch, done));

    private static async Task<LeaseOutcome> OutcomeAsync(Action<Action<LeaseOutcome>> ask)
    {
        TaskCompletionSource<LeaseOutcome> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ask(outcome.SetResult);
        return await outcome.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public void Dispose()
    {
        _leader.Dispose();
        _standby.Dispose();
        _first.Dispose();
        _second.Dispose();
    }
}
