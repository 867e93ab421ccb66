using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Cluster.Identity;
using Fed.Cluster.Identity.Enrolment;
using Fed.Host.Cluster;
using Fed.Host.Tests.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Fed.Host.Tests.Cluster;

/// <summary>A coordinator's part that leads by the leases of a real database; its broker is away.</summary>
public sealed class CoordinatorPartTests : IClassFixture<DeskFixture>, IDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(3), Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly DeskFixture _desk;
    private readonly NodeRuntime _runtime;
    private readonly CoordinatorPart _part;

    public CoordinatorPartTests(DeskFixture desk)
    {
        _desk = desk;
        desk.Empty();
        NodeFolder kit = new(Path.Combine(_folder.Path, "node-1"));
        FederationFolder federation = FederationFolder.Create("lung", Path.Combine(_folder.Path, "ca"), TimeProvider.System);
        federation.Approve(EnrolmentRequest.Parse(kit.Ask(new NodeIdentity("lung", NodeRole.Coordinator, "node-1"), TimeProvider.System).Text), CertificateAuthority.NodeLifetime);
        kit.Import(MembersFile.Parse(File.ReadAllText(federation.MembersPath)), TimeProvider.System, static _ => { });
        File.WriteAllText(kit.Configuration, """node { name = node-1, role = coordinator, broker { host = "127.0.0.1", port = 1 }, database { host = "127.0.0.1" } }""");
        NodeConfig config = NodeConfig.Load(kit.Configuration);
        _runtime = new NodeRuntime(config, NodeKit.Open(config, TimeProvider.System, NullLogger.Instance), NullLoggerFactory.Instance);
        _part = new CoordinatorPart(_runtime, desk.Database, jobsAtOnce: 1);
    }

    [Fact]
    public async Task A_term_ends_while_a_jobs_first_state_waits_for_the_database_and_the_job_is_not_begun()
    {
        _part.Stand(Lease);
        Until(() => _part.IsLeading);
        JobPlan plan = DeskFixture.Plan with { Job = new JobId("late-1") };
        await using NpgsqlConnection blocking = _desk.Connect();
        await using NpgsqlTransaction away = await blocking.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (NpgsqlCommand block = new("LOCK TABLE fed.uploads, fed.pieces, fed.blobs IN ACCESS EXCLUSIVE MODE", blocking, away)) await block.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        Task begin = Task.Run(() => _part.Begin(plan), TestContext.Current.CancellationToken);
        Until(IsWaitedFor);
        _desk.Execute("UPDATE fed.leases SET holder = 'node-2', epoch = epoch + 1, until = clock_timestamp() + interval '1 hour'");
        Until(() => _runtime.Observer.Term is null);
        Until(() => !_part.IsLeading);
        Assert.False(begin.IsCompleted);   // the term did not wait for it
        await away.RollbackAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<IOException>(() => begin);
        Assert.Null(_part.JobOf(plan.Job).Planned);
    }

    [Fact]
    public void Coordinator_that_cannot_run_a_plan_on_record_declines_to_lead()
    {
        _part.Stand(Lease);
        Until(() => _part.IsLeading);
        JobPlan newer = DeskFixture.Plan with { Job = new JobId("newer-1"), Program = """{"algorithm":"of a version to come"}""" };
        _part.Tell(newer.Job, new JobCommand.Submit(newer, new Digest(new byte[Digest.Size]), default, default));
        Until(() => _part.JobOf(newer.Job).Planned is not null);
        _desk.Execute("UPDATE fed.leases SET holder = 'node-2', epoch = epoch + 1, until = clock_timestamp()");
        Until(() => _runtime.Observer.Declines is not null);
        Assert.StartsWith("the plan of job newer-1 is on record, and this program cannot run it: the learning plan cannot be read", _runtime.Observer.Declines, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _runtime.Dispose();
        _part.Dispose();
        _folder.Dispose();
    }

    private static void Until(Func<bool> isSo) => Assert.True(SpinWait.SpinUntil(isSo, Patience));

    private bool IsWaitedFor()
    {
        using NpgsqlConnection connection = _desk.Connect();
        using NpgsqlCommand command = new("SELECT EXISTS(SELECT FROM pg_locks WHERE NOT granted)", connection);
        return (bool)command.ExecuteScalar()!;
    }
}
