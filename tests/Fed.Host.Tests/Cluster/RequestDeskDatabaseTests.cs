using System.Text;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Host.Cluster;
using Xunit;

namespace Fed.Host.Tests.Cluster;

/// <summary>Requests in a real database: what counts, what does not whoever wrote it, and that no request keeps the others waiting.</summary>
public sealed class RequestDeskDatabaseTests : IClassFixture<DeskFixture>
{
    private readonly DeskFixture _desk;
    private readonly DecidedJobs _jobs;

    public RequestDeskDatabaseTests(DeskFixture desk)
    {
        (_desk, _jobs) = (desk, new DecidedJobs(desk.Clock));
        desk.Empty();
    }

    private static string Plan => DeskFixture.Plan.ToJson();

    private static JobId JobOf(string request) => JobStates.IdOf(DeskFixture.Plan.Name, request);

    private StoredRequest Stored(string id) => _desk.Requests.Find(id)!;

    private void Refused(string id, string because)
    {
        Assert.Equal(RequestState.Refused, Stored(id).State);
        Assert.Contains(because, Stored(id).Answer, StringComparison.Ordinal);
        Assert.Empty(_jobs.Told);
    }

    [Fact]
    public void Requests_of_a_coordinator_are_carried_out_in_their_order_and_answered_once()
    {
        _desk.Ask(RequestKind.Submit, "0000000a", plan: Plan);
        _desk.Ask(RequestKind.Pause, "0000000b", job: JobOf("0000000a").Value, by: "node-1");
        using RequestDesk desk = _desk.Desk(_jobs);
        Assert.True(desk.TakeAll());    // the job is told, and what comes of it is looked for soon
        Assert.True(desk.TakeAll());
        Assert.False(desk.TakeAll());
        Assert.Equal((RequestState.Done, JobOf("0000000a").Value), (Stored("0000000a").State, Stored("0000000a").Answer));
        Assert.Equal(RequestState.Done, Stored("0000000b").State);
        Assert.Equal([typeof(JobCommand.Submit), typeof(JobCommand.Pause)], _jobs.Told.Select(static told => told.Command.GetType()));
        Assert.Equal("node-1", ((JobCommand.Pause)_jobs.Told[1].Command).Request.By);

        Assert.False(_desk.Requests.Answer("0000000a", RequestState.Refused, "no", NodeAddress.Coordinator, 1));   // a second answer
        Assert.Equal(JobOf("0000000a").Value, Stored("0000000a").Answer);
        _desk.Execute("INSERT INTO fed.leases VALUES('coordinator', 'node-2', 7, clock_timestamp())");
        _desk.Ask(RequestKind.Resume, "0000000c", job: JobOf("0000000a").Value);
        Assert.False(_desk.Requests.Answer("0000000c", RequestState.Done, "yes", NodeAddress.Coordinator, 6));     // of a term that is over
        Assert.Equal(RequestState.Open, Stored("0000000c").State);
    }

    [Fact]
    public void What_no_coordinator_has_signed_as_it_stands_there_is_refused()
    {
        NodeRequest own = new("f1", RequestKind.Submit, _desk.Clock.GetUtcNow()) { Plan = Plan };
        byte[] sealedOnce = _desk.Notes("node-2").SealRequest(own.ToJson()).ToArray();
        byte[] forged = [.. sealedOnce], other = [.. sealedOnce], edited = [.. sealedOnce];
        forged[^1] ^= 1;
        _desk.Notes("north").SealRequest(own.ToJson()).Span[^64..].CopyTo(other.AsSpan(other.Length - 64));
        edited[^100] ^= 1;   // within the content
        _desk.Requests.Ask("f1", forged);
        _desk.Requests.Ask("f2", other);
        _desk.Requests.Ask("f3", edited);
        _desk.Requests.Ask("f4", _desk.Notes("north").SealRequest(own.ToJson()));
        _desk.Requests.Ask("f5", _desk.Notes("sums").SealRequest(own.ToJson()));
        _desk.Requests.Ask("f6", _desk.Stranger().SealRequest(own.ToJson()));
        _desk.Requests.Ask("f7", sealedOnce);    // its own name is f1
        _desk.Requests.Ask("f8", _desk.Notes("node-2").SealPresence(own.ToJson()));
        _desk.Requests.Ask("f9", "nothing of ours"u8.ToArray());
        using RequestDesk desk = _desk.Desk(_jobs);
        Assert.False(desk.TakeAll());
        foreach (string id in (string[])["f1", "f2", "f3", "f4", "f5", "f6", "f8", "f9"]) Refused(id, "the request is refused");
        Refused("f7", "stands under another name than it has");
    }

    [Fact]
    public void Requests_count_for_ten_minutes_by_the_clock_of_whoever_leads()
    {
        NodeRequest At(string id, TimeSpan before)
        {
            NodeRequest request = new(id, RequestKind.Submit, _desk.Clock.GetUtcNow() - before) { Plan = Plan };
            _desk.Requests.Ask(id, _desk.Notes("node-2").SealRequest(request.ToJson()));
            return request;
        }

        At("aaaaaaa1", TimeSpan.FromMinutes(11));
        At("aaaaaaa2", TimeSpan.FromMinutes(-11));
        using RequestDesk desk = _desk.Desk(_jobs, atOnce: 5);
        Assert.False(desk.TakeAll());
        Refused("aaaaaaa1", "requests count for 10 minutes");
        Refused("aaaaaaa2", "compare the clocks");
        _desk.Execute("UPDATE fed.requests SET state = 'queued', answer = 'new-aaaaaaa1'");   // who runs the database says that they wait for their turn
        Assert.False(desk.TakeAll());
        Refused("aaaaaaa1", "requests count for 10 minutes");
        At("aaaaaaa3", TimeSpan.FromMinutes(9));
        At("aaaaaaa4", TimeSpan.FromMinutes(-9));
        Assert.True(desk.TakeAll());
        Assert.Equal(2, _jobs.Told.Count);
    }

    [Fact]
    public void A_request_that_cannot_be_carried_out_is_refused_and_those_around_it_go_on()
    {
        _desk.Ask(RequestKind.Submit, "00000001", plan: Plan);
        foreach ((string id, string poison) in ((string, string)[])[("00000002", "{"), ("00000003", "null"), ("00000004", Plan.Replace("\"rounds\":", "\"rounds\":\"x", StringComparison.Ordinal)), ("00000005", "[]")]) _desk.Ask(RequestKind.Submit, id, plan: poison);
        foreach ((string id, string json) in ((string, string)[])[
            ("00000006", """{"id":"00000006","kind":"cancel","at":"2026-11-22T12:00:00+00:00","job":"a\u0000b"}"""), ("00000007", """{"id":"00000007","kind":99,"at":"2026-11-22T12:00:00+00:00","job":"a"}"""),
            ("00000008", """{"id":"00000008","kind":"submit","at":"2026-11-22T12:00:00+00:00"}"""), ("00000009", """{"id":"00000009","kind":"pause","at":"2026-11-22T12:00:00+00:00","job":"../../etc"}"""), ("0000000a", "\u0001")])
            _desk.Requests.Ask(id, _desk.Notes("node-2").SealRequest(Encoding.UTF8.GetBytes(json)));
        _desk.Ask(RequestKind.Submit, "0000000b", plan: Plan);   // the journal's part fails at this one, whatever it is asked
        _desk.Ask(RequestKind.Submit, "0000000c", plan: Plan);
        _desk.Ask(RequestKind.Cancel, "0000000d", job: JobOf("00000001").Value);
        _jobs.Failure = job => job == JobOf("0000000b") ? new ArgumentException("a grid\0 of no bits.") : null;
        using RequestDesk desk = _desk.Desk(_jobs, atOnce: 9);
        for (int pass = 0; pass < 4; pass++)
        {
            desk.TakeAll();
            _desk.Clock.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.All(Enumerable.Range(2, 9).Select(static number => $"0000000{number:x}"), id => Assert.Equal(RequestState.Refused, Stored(id).State));
        Assert.Equal("the request cannot be carried out: a grid of no bits; the log of the coordinator that leads has more", Stored("0000000b").Answer);
        Assert.All((string[])["00000001", "0000000c", "0000000d"], id => Assert.Equal(RequestState.Done, Stored(id).State));
        Assert.False(desk.TakeAll());
    }

    [Fact]
    public void While_one_job_does_not_answer_others_are_served_and_what_the_database_refuses_now_is_tried_again()
    {
        _desk.Ask(RequestKind.Submit, "00000011", plan: Plan);
        _desk.Ask(RequestKind.Submit, "00000012", plan: Plan);
        _desk.Ask(RequestKind.Cancel, "00000013", job: JobOf("00000011").Value);
        _jobs.Failure = job => job == JobOf("00000011") ? new IOException("the database is away") : null;
        using RequestDesk desk = _desk.Desk(_jobs, atOnce: 9);
        desk.TakeAll();
        Assert.True(desk.TakeAll());
        Assert.Equal(RequestState.Done, Stored("00000012").State);
        Assert.Equal((RequestState.Open, RequestState.Open), (Stored("00000011").State, Stored("00000013").State));   // its cancelling waits for its beginning
        _jobs.Failure = static _ => null;
        _jobs.IsSlow = true;
        _desk.Clock.Advance(TimeSpan.FromSeconds(2));
        desk.TakeAll();
        desk.TakeAll();
        Assert.Single(_jobs.Told, told => told.Job == JobOf("00000011"));   // told once, and looked for
        _jobs.Release();
        _jobs.IsSlow = false;
        while (desk.TakeAll())
        {
        }

        Assert.Equal((RequestState.Done, RequestState.Done), (Stored("00000011").State, Stored("00000013").State));
        Assert.Equal(JobPhase.Cancelled, _jobs.JobOf(JobOf("00000011")).Phase);
    }

    [Fact]
    public void A_leader_that_dies_between_acting_and_answering_leaves_one_job_and_the_answer_to_the_next()
    {
        _desk.Ask(RequestKind.Submit, "00000021", plan: Plan);
        RequestDesk first = _desk.Desk(_jobs);
        _jobs.Beginning = first.Dispose;
        first.TakeAll();
        Assert.Equal(RequestState.Open, Stored("00000021").State);
        _desk.Clock.Advance(TimeSpan.FromHours(1));   // however long nobody led
        using RequestDesk next = _desk.Desk(_jobs, epoch: 2);
        Assert.False(next.TakeAll());
        Assert.Equal((RequestState.Done, JobOf("00000021").Value), (Stored("00000021").State, Stored("00000021").Answer));
        Assert.Single(_jobs.Told);
        Assert.Single(_jobs.Jobs([]));
    }

    [Fact]
    public void A_job_that_was_cancelled_in_the_queue_is_not_begun_whatever_the_database_says_later()
    {
        _desk.Ask(RequestKind.Submit, "00000031", plan: Plan);
        _desk.Ask(RequestKind.Submit, "00000032", plan: Plan);
        using RequestDesk desk = _desk.Desk(_jobs);
        while (desk.TakeAll())
        {
        }

        Assert.Equal((RequestState.Queued, JobOf("00000032").Value), (Stored("00000032").State, Stored("00000032").Answer));
        _desk.Clock.Advance(TimeSpan.FromHours(1));   // what waits for its turn does not grow old
        _desk.Ask(RequestKind.Pause, "00000033", job: JobOf("00000032").Value);
        _desk.Ask(RequestKind.Cancel, "00000034", job: JobOf("00000032").Value);
        while (desk.TakeAll())
        {
        }

        Assert.Contains("it can be cancelled", Stored("00000033").Answer, StringComparison.Ordinal);
        Assert.Equal((RequestState.Done, $"job {JobOf("00000032")} is cancelled; it had not begun"), (Stored("00000034").State, Stored("00000034").Answer));
        desk.TakeAll();
        Assert.Equal(RequestState.Refused, Stored("00000032").State);

        _jobs.End(JobOf("00000031"));
        foreach (string state in (string[])["open", "queued"])
        {
            _desk.Execute($"UPDATE fed.requests SET state = '{state}', answer = NULL, answered = NULL WHERE id = '00000032'");
            using RequestDesk another = _desk.Desk(_jobs, epoch: 2);
            Assert.False(another.TakeAll());
            Assert.Equal((RequestState.Refused, $"job {JobOf("00000032")} was cancelled by node-2 before it began"), (Stored("00000032").State, Stored("00000032").Answer));
        }

        Assert.Null(_jobs.JobOf(JobOf("00000032")).Planned);
        _desk.Ask(RequestKind.Submit, "00000035", plan: Plan);   // the place is free
        while (desk.TakeAll())
        {
        }

        Assert.Equal(RequestState.Done, Stored("00000035").State);
    }

    /// <summary>A desk with one job that runs and one in the queue.</summary>
    private RequestDesk WithQueue(string runs, string queued)
    {
        _desk.Ask(RequestKind.Submit, runs, plan: Plan);
        _desk.Ask(RequestKind.Submit, queued, plan: Plan);
        RequestDesk desk = _desk.Desk(_jobs);
        Settle(desk);
        Assert.Equal(RequestState.Queued, Stored(queued).State);
        return desk;
    }

    private static void Settle(RequestDesk desk)
    {
        while (desk.TakeAll())
        {
        }
    }

    [Fact]
    public void A_job_in_the_queue_waits_for_an_aggregator_that_is_away_and_a_new_one_is_refused()
    {
        using RequestDesk desk = WithQueue("00000041", "00000042");
        _jobs.LackOfAll = "nobody leads as the aggregator of part 1";
        _desk.Ask(RequestKind.Submit, "00000043", plan: Plan);
        Settle(desk);
        Assert.Equal(RequestState.Queued, Stored("00000042").State);
        Assert.Equal((RequestState.Refused, "nobody leads as the aggregator of part 1"), (Stored("00000043").State, Stored("00000043").Answer));
        _jobs.End(JobOf("00000041"));
        Settle(desk);
        Assert.Equal((RequestState.Queued, JobOf("00000042").Value), (Stored("00000042").State, Stored("00000042").Answer));   // its turn, and still nobody
        _jobs.LackOfAll = null;
        Settle(desk);
        Assert.Equal(RequestState.Done, Stored("00000042").State);
        Assert.NotNull(_jobs.JobOf(JobOf("00000042")).Planned);
    }

    [Fact]
    public void A_job_in_the_queue_that_can_never_be_is_refused_when_its_log_says_that_it_is_out_of_it()
    {
        using RequestDesk desk = WithQueue("00000051", "00000052");
        _jobs.ObjectionToAll = "site north is not enrolled with the key that the plan names";
        _jobs.IsSlow = true;
        Assert.True(desk.TakeAll());
        Assert.True(desk.TakeAll());
        Assert.Equal(RequestState.Queued, Stored("00000052").State);
        _jobs.ObjectionToAll = null;   // it was said
        _jobs.Release();
        Settle(desk);
        Assert.Equal((RequestState.Refused, "site north is not enrolled with the key that the plan names"), (Stored("00000052").State, Stored("00000052").Answer));
        JobState job = _jobs.JobOf(JobOf("00000052"));
        Assert.Equal((JobPhase.Cancelled, "cancelled by the coordinator that leads: site north is not enrolled with the key that the plan names"), (job.Phase, job.Reason));
        Assert.Single(_jobs.Told, static told => told.Command is JobCommand.Cancel);
    }

    [Fact]
    public void A_job_in_the_queue_that_fails_at_its_beginning_does_not_stay_there()
    {
        using RequestDesk desk = WithQueue("00000061", "00000062");
        _jobs.End(JobOf("00000061"));
        bool isTold = false;
        _jobs.Failure = job => job == JobOf("00000062") && !isTold ? new ArgumentException("a grid of no bits.") : null;
        for (int pass = 0; pass < 6 && Stored("00000062").State != RequestState.Refused; pass++)
        {
            desk.TakeAll();
            isTold = pass >= 2;   // it is the beginning that fails, three times
            _desk.Clock.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.Equal((RequestState.Refused, "the request cannot be carried out: a grid of no bits; the log of the coordinator that leads has more"), (Stored("00000062").State, Stored("00000062").Answer));
        Assert.Equal(JobPhase.Cancelled, _jobs.JobOf(JobOf("00000062")).Phase);
        _desk.Ask(RequestKind.Submit, "00000063", plan: Plan);   // it takes no place
        Settle(desk);
        Assert.Equal(RequestState.Done, Stored("00000063").State);
    }

    [Fact]
    public void A_job_in_the_queue_whose_request_nobody_can_read_any_more_does_not_stay_there()
    {
        WithQueue("00000071", "00000072").Dispose();
        _desk.Execute("UPDATE fed.requests SET envelope = '\\x00' WHERE id = '00000072'");
        using RequestDesk next = _desk.Desk(_jobs, epoch: 2);
        Settle(next);
        Assert.Equal(RequestState.Refused, Stored("00000072").State);
        Assert.Equal(JobPhase.Cancelled, _jobs.JobOf(JobOf("00000072")).Phase);
    }

    [Fact]
    public void A_plan_that_a_leader_of_before_put_on_record_behind_the_back_of_this_one_runs_and_obeys()
    {
        _desk.Ask(RequestKind.Submit, "00000081", plan: Plan);
        RequestDesk first = _desk.Desk(_jobs);
        _jobs.Beginning = first.Dispose;
        first.TakeAll();
        using RequestDesk next = _desk.Desk(_jobs, epoch: 2);
        Settle(next);
        Assert.Equal(RequestState.Done, Stored("00000081").State);
        Assert.Equal([JobOf("00000081")], _jobs.Carried);

        _desk.Ask(RequestKind.Pause, "00000082", job: JobOf("00000081").Value);
        Settle(next);
        Assert.Equal([JobOf("00000081"), JobOf("00000081")], _jobs.Carried);   // where it came later still
        _jobs.End(JobOf("00000081"));
        _desk.Execute("UPDATE fed.requests SET state = 'open', answer = NULL, answered = NULL WHERE id = '00000081'");
        Settle(next);
        Assert.Equal(2, _jobs.Carried.Count);   // what is over needs no nodes
    }

    [Fact]
    public void Requests_go_on_however_much_is_to_be_done_beside_them()
    {
        using RequestDesk desk = _desk.Desk(_jobs);
        int done = 0;
        for (int number = 0; number < 1000; number++) desk.Also(() => done++);
        desk.Also(static () => throw new IOException("the database is away"));
        Assert.True(desk.Remember());
        Assert.InRange(done, 1, 200);
        _desk.Ask(RequestKind.Submit, "000000a1", plan: Plan);
        Settle(desk);
        Assert.Equal(RequestState.Done, Stored("000000a1").State);
        while (desk.Remember())
        {
        }

        Assert.Equal(1000, done);
    }

    [Fact]
    public void Each_term_remembers_by_itself_which_jobs_are_over()
    {
        _desk.Ask(RequestKind.Submit, "00000091", plan: Plan);
        using RequestDesk desk = _desk.Desk(_jobs), next = _desk.Desk(_jobs, epoch: 2);
        Settle(desk);
        _desk.Ask(RequestKind.Submit, "00000092", plan: Plan);
        Settle(next);
        Assert.Equal(2, _jobs.Memories.Count);
    }
}
