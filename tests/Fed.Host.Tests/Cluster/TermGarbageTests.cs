using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Shell;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Host.Cluster;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Fed.Host.Tests.Cluster;

/// <summary>What is kept of a long job in the database while it runs: what replays, lists and exports of its rounds need, and where it stands.</summary>
public sealed class TermGarbageTests : IClassFixture<DeskFixture>
{
    private static readonly JobId Job = new("long-1");

    private readonly DeskFixture _desk;

    public TermGarbageTests(DeskFixture desk)
    {
        _desk = desk;
        desk.Empty();
    }

    private static Digest Blob(IBlobStore blobs, string what) => blobs.Store(System.Text.Encoding.UTF8.GetBytes(what));

    private static RoundEvent.RoundCommitted Committed(int round, Digest based, Digest opened, Digest state) =>
        new(round, Step(state), [new SumRecord(new CollectionId(round, 1, "training"), based, [], opened, opened, Step(state))], $"model {round}", null, DateTimeOffset.UnixEpoch);

    private static AggregationEvent.CollectionOpened Opened(int round) => new(new CollectionRequest(Job, new CollectionId(round, 1, "training"), default, default, default!, [], 1, 1, TimeSpan.FromSeconds(1), false), default, default);

    private static StepSummary Step(Digest state) => new(state, null, ImmutableSortedDictionary<string, double>.Empty, null);

    private static (TermGarbage Garbage, IBlobStore Blobs) Term(PostgresBlobStore store, Func<bool>? isFenced = null)
    {
        SharedBlobs shared = new(store, static () => []);
        return (new TermGarbage(shared, new HereAndNow(), NullLogger.Instance, static _ => [], isFenced ?? (static () => false)), shared.Of(Job));
    }

    [Fact]
    public void A_hundred_rounds_leave_their_states_and_sums_and_one_broadcast()
    {
        PostgresBlobStore store = _desk.Blobs(epoch: 1);
        (TermGarbage garbage, IBlobStore blobs) = Term(store);
        Digest state = Blob(blobs, "state 0");
        BlobGarbage of = garbage.Of(Job);
        of.Recovered(new JobState { Phase = JobPhase.Running, Planned = new JobEvent.JobPlanned(DeskFixture.Plan, default, state, default, default, default, default), State = state });
        RoundState round = new() { Plan = DeskFixture.Plan with { Rounds = 100 } };
        HashSet<Digest> kept = [state];
        List<Digest> broadcasts = [];
        for (int number = 1; number <= 100; number++)
        {
            Digest broadcast = Blob(blobs, $"broadcast {number}"), opened = Blob(blobs, $"opened {number}"), next = Blob(blobs, $"state {number}");
            broadcasts.Add(broadcast);
            of.Recovered(round with { Round = number, Broadcast = broadcast, Base = state, Sealed = opened, Opened = opened });   // as the coordinator stands before it commits
            of.Happened(Committed(number, state, opened, next));
            kept.UnionWith([opened, next]);
            state = next;
        }

        Assert.Superset(kept, store.List().ToHashSet());
        Assert.Equal([broadcasts[^1]], broadcasts.Where(store.Contains));
        of.Happened(new JobEvent.JobCompleted(100, JobState.AllRounds, null, DateTimeOffset.UnixEpoch));
        Assert.Equal(kept.Order(), store.List().Order());
    }

    [Fact]
    public void A_leader_whose_term_is_over_deletes_nothing_and_the_next_one_what_it_left_behind_once_it_can_write_no_more()
    {
        PostgresBlobStore first = _desk.Blobs(epoch: 2);
        (TermGarbage old, IBlobStore blobs) = Term(first);
        Digest left = Blob(blobs, "left behind"), state = Blob(blobs, "state");
        BlobGarbage stale = old.Of(Job);
        JobState running = new() { Phase = JobPhase.Running, Planned = new JobEvent.JobPlanned(DeskFixture.Plan, default, state, default, default, default, default), State = state };
        stale.Recovered(running);
        stale.Recovered(new RoundState { Plan = DeskFixture.Plan });
        _desk.Execute("INSERT INTO fed.leases VALUES('coordinator', 'node-2', 3, clock_timestamp() + interval '1 hour')");
        for (int number = 1; number <= 3; number++) stale.Happened(Committed(number, state, state, state));
        Assert.True(first.Contains(left));

        bool isFenced = false;
        PostgresBlobStore second = _desk.Blobs(epoch: 3);
        (TermGarbage garbage, IBlobStore next) = Term(second, () => isFenced);
        BlobGarbage of = garbage.Of(Job);
        of.Happened(Committed(1, state, state, state));   // not recovered: nothing is known
        of.Recovered(running);
        of.Recovered(new RoundState { Plan = DeskFixture.Plan });
        Assert.True(next.Contains(state));
        of.Happened(Committed(4, state, state, state));
        Assert.True(second.Contains(left));               // an event of before could name it yet
        isFenced = true;
        of.Happened(Committed(5, state, state, state));
        Assert.False(second.Contains(left));
        Assert.True(second.Contains(state));
    }

    [Fact]
    public void What_was_left_behind_goes_with_a_later_round_where_the_database_was_away_at_first()
    {
        PostgresBlobStore store = _desk.Blobs(epoch: 1);
        Digest left = Blob(store, "left behind");
        (TermGarbage garbage, IBlobStore blobs) = Term(store, static () => true);
        Digest state = Blob(blobs, "state");
        BlobGarbage of = garbage.Of(Job);
        of.Recovered(new JobState { Phase = JobPhase.Running, Planned = new JobEvent.JobPlanned(DeskFixture.Plan, default, state, default, default, default, default), State = state });
        of.Recovered(new RoundState { Plan = DeskFixture.Plan });
        _desk.Execute("ALTER TABLE fed.blobs RENAME TO away");
        try
        {
            of.Happened(Committed(1, state, state, state));
        }
        finally
        {
            _desk.Execute("ALTER TABLE fed.away RENAME TO blobs");
        }

        Assert.True(store.Contains(left));
        of.Happened(Committed(2, state, state, state));
        Assert.Equal([state], store.List());
    }

    [Fact]
    public void Releases_that_come_several_at_once_delete_nothing_of_the_round_that_is_under_way()
    {
        PostgresBlobStore store = _desk.Blobs(epoch: 1);
        (TermGarbage garbage, IBlobStore blobs) = Term(store);
        BlobGarbage of = garbage.Of(Job);
        of.Recovered(AggregationDecider.Initial);
        of.Happened(Opened(3));
        Digest sum = Blob(blobs, "a sum whose event is on its way");
        for (int round = 0; round < 3; round++) of.Happened(new AggregationEvent.RoundReleased(round, 0));
        Assert.True(store.Contains(sum));
        for (int round = 4; round < 6; round++)   // no event has named it, and its round is over
        {
            of.Happened(Opened(round));
            of.Happened(new AggregationEvent.RoundReleased(round - 1, 0));
        }

        Assert.False(store.Contains(sum));
    }

    /// <summary>Runs what it is given before it returns.</summary>
    private sealed class HereAndNow : IWorkerPool, IDisposable
    {
        public IDisposable Run<TResult>(string lane, Func<CancellationToken, TResult> work, Action<TResult> done, Action<Exception> failed)
        {
            TResult result;
            try
            {
                result = work(CancellationToken.None);
            }
            catch (Exception failure)
            {
                failed(failure);
                return this;
            }

            done(result);
            return this;
        }

        public void Dispose()
        {
        }
    }
}
