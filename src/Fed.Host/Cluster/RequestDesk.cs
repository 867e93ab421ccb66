using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Cluster.Identity;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Cluster.Messaging.Envelopes;
using Microsoft.Extensions.Logging;

namespace Fed.Host.Cluster;

/// <summary>
/// Takes operators' requests while the node leads, those about one job in their order. What it answers follows from what the journal says by then, so a request that the leader before has carried out, and not answered, is answered as it
/// would have been; what the database says of a request, besides its envelope, counts for nothing. No request waits for another job's, and none stops the others: one that cannot be carried out is refused with a sentence.
/// </summary>
internal sealed partial class RequestDesk : IDisposable
{
    private const string Self = "the coordinator that leads";
    private const int FailuresMax = 3, AnswerLengthMax = 2000, AlsoMax = 100;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200), Step = TimeSpan.FromMilliseconds(25), Again = TimeSpan.FromSeconds(20), Pause = TimeSpan.FromSeconds(1);

    private readonly IJobDesk _jobs;
    private readonly PostgresRequests _requests;
    private readonly CoordinatorNotes _notes;
    private readonly long _epoch;
    private readonly int _atOnce;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly Dictionary<string, Request> _taken = new(StringComparer.Ordinal);   // those that wait, and what was done about them; the loop's own
    private readonly Dictionary<string, JobState> _over = new(StringComparer.Ordinal);   // the end is the last that happens to a job; the loop's own
    private readonly ConcurrentQueue<Action> _also = [];
    private readonly CancellationTokenSource _ended = new();
    private Task _work = Task.CompletedTask;

    /// <summary>Opens a desk; <see cref="Start"/> begins.</summary>
    /// <param name="jobs">Carries requests out.</param>
    /// <param name="requests">Where they are.</param>
    /// <param name="notes">Opens them.</param>
    /// <param name="epoch">Of the term.</param>
    /// <param name="atOnce">So many jobs run at once; others wait.</param>
    /// <param name="clock">The time.</param>
    /// <param name="log">Hears of what cannot be done now.</param>
    public RequestDesk(IJobDesk jobs, PostgresRequests requests, CoordinatorNotes notes, long epoch, int atOnce, TimeProvider clock, ILogger log) =>
        (_jobs, _requests, _notes, _epoch, _atOnce, _clock, _log) = (jobs, requests, notes, epoch, atOnce, clock, log);

    /// <summary>Begins to take requests.</summary>
    public void Start() => _work = Task.Run(ServeAsync);

    /// <summary>Has something done between two requests.</summary>
    public void Also(Action work) => _also.Enqueue(work);

    /// <summary>Takes no more of them, and answers none; does not wait.</summary>
    public void Dispose()
    {
        _ended.Cancel();
        _ = _work.ContinueWith(_ => _ended.Dispose(), TaskScheduler.Default);
    }

    private async Task ServeAsync()
    {
        while (!_ended.IsCancellationRequested)
        {
            bool isUnderWay = false;
            try
            {
                isUnderWay = TakeAll();
                isUnderWay |= Remember();
            }
            catch (Exception away) when (!_ended.IsCancellationRequested)
            {
                LogAway(away);   // what is not answered is looked at again
            }
            catch (Exception) when (_ended.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(isUnderWay ? Step : Look, _clock, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Looks once at every request that waits.</summary>
    /// <returns>True where one is under way: its end is to be looked for soon.</returns>
    /// <exception cref="IOException">The database is away.</exception>
    internal bool TakeAll()
    {
        ImmutableArray<StoredRequest> waiting = _requests.Waiting();
        foreach (string gone in _taken.Keys.Except(waiting.Select(static stored => stored.Id)).ToArray()) _taken.Remove(gone);
        HashSet<JobId> busy = [];   // whoever asks something later of the same job waits for what was asked before
        foreach (StoredRequest stored in waiting)
        {
            (RequestState State, string Answer)? answer = Take(stored, busy);
            if (_ended.IsCancellationRequested) return false;   // whoever leads next answers
            if (answer is not { } given) continue;
            string text = Plain(given.Answer);
            if (given.State == stored.State && text == stored.Answer) continue;   // it waits for its turn, as was said
            if (_requests.Answer(stored.Id, given.State, text, NodeAddress.Coordinator, _epoch)) LogAnswered(stored.Id, given.State, text);
        }

        return busy.Count > 0;
    }

    /// <summary>What a request comes to; null while it is under way.</summary>
    private (RequestState State, string Answer)? Take(StoredRequest stored, HashSet<JobId> busy)
    {
        Request? request = null;
        try
        {
            if (!_taken.TryGetValue(stored.Id, out request)) _taken[stored.Id] = request = Open(stored);
            if (busy.Contains(request.Job)) return null;
            (RequestState State, string Answer)? answer = _clock.GetUtcNow() < request.NotBefore ? null : request.Plan is { } plan ? Submit(request, plan) : Operate(request);
            if (answer is null) busy.Add(request.Job);
            return answer;
        }
        catch (EnvelopeException refused)
        {
            Withdraw(stored, refused.Message);
            return (RequestState.Refused, $"the request is refused: {refused.Message}");
        }
        catch (IOException away)
        {
            LogLater(stored.Id, away);   // the database, or the term: nothing that the request is to blame for
            return Later(request, busy);
        }
        catch (Exception unexpected)
        {
            if (request is not null && ++request.Failures < FailuresMax)
            {
                LogLater(stored.Id, unexpected);
                return Later(request, busy);
            }

            LogImpossible(stored.Id, unexpected);
            string reason = request is null ? $"the request cannot be read: {unexpected.Message.TrimEnd('.')}" : $"the request cannot be carried out: {unexpected.Message.TrimEnd('.')}; the log of the coordinator that leads has more";
            if (request is { Plan: not null, Refusal: null })
            {
                (request.Refusal, request.Failures) = (reason, 0);   // where it is in the queue, its log has to say first that it is not any more
                return Later(request, busy);
            }

            if (request is null) Withdraw(stored, unexpected.Message);
            return (RequestState.Refused, reason);
        }
    }

    private (RequestState State, string Answer)? Later(Request? request, HashSet<JobId> busy)
    {
        if (request is null) return null;
        (request.NotBefore, request.ToldAt) = (_clock.GetUtcNow() + Pause, null);
        busy.Add(request.Job);
        return null;
    }

    /// <summary>What a database and a terminal take as text: a request's own words may be in it.</summary>
    private static string Plain(string answer) => string.Concat(answer.Take(AnswerLengthMax).Where(static c => !char.IsControl(c) && !char.IsSurrogate(c)));

    private Request Open(StoredRequest stored)
    {
        (NodeIdentity by, ReadOnlyMemory<byte> body) = _notes.OpenRequest(stored.Envelope);
        NodeRequest asked = NodeRequest.FromJson(body.Span);
        if (asked.Id != stored.Id) throw new JsonException("it stands under another name than it has");
        if (!Enum.IsDefined(asked.Kind)) throw new JsonException($"there is no request of kind {asked.Kind}");
        if (asked.Kind != RequestKind.Submit) return JobId.IsName(asked.Job) ? new Request(asked, by, new JobId(asked.Job), null) : throw new JsonException("it names no job");
        JobPlan plan = JobPlan.FromJson(asked.Plan ?? throw new JsonException("a plan is missing"));
        JobId job = JobStates.IdOf(plan.Name, asked.Id);
        return JobId.IsName(job.Value) ? new Request(asked, by, job, plan with { Job = job }) : throw new JsonException("no job can be called by its name");
    }

    private (RequestState State, string Answer)? Submit(Request request, JobPlan plan)
    {
        JobState job = _jobs.JobOf(plan.Job);
        if (job.Planned is { } planned)
        {
            if (!job.IsOver) _jobs.Carry(planned.Plan);
            return (RequestState.Done, plan.Job.Value);
        }

        if (job.IsOver) return (RequestState.Refused, request.Refusal ?? $"job {plan.Job} was {job.Reason} before it began");
        if (request.Refusal is not null) return Refuse(request, job, request.Refusal);
        if (job.Rejections > 0) return Refuse(request, job, $"job {plan.Job} could not be planned; the events of job/{plan.Job} in the database say why");
        if (job.Queued is null && TooOld(request) is { } old) return old;
        if (!request.IsTold)
        {
            if (_jobs.Objection(plan) is { } objection) return Refuse(request, job, objection);
            if (_jobs.Lack(plan) is { } lack) return job.Queued is null ? (RequestState.Refused, lack) : (RequestState.Queued, plan.Job.Value);   // an aggregator that fails is started again: the others go before
            if (Running() >= _atOnce)
            {
                if (job.Queued is not null) return (RequestState.Queued, plan.Job.Value);   // on record: who runs the database puts nothing into the queue
                if (IsTime(request)) _jobs.Tell(plan.Job, new JobCommand.Queue(OperatorOf(request)));
                return null;
            }

            (request.IsTold, request.ToldAt) = (true, null);
        }

        if (IsTime(request)) _jobs.Begin(plan);
        return null;
    }

    /// <summary>Refuses a plan for good; one in the queue when its log says that it is out of it, whoever leads by then.</summary>
    private (RequestState State, string Answer)? Refuse(Request request, JobState job, string reason)
    {
        if (job.Queued is null) return (RequestState.Refused, reason);
        if (request.Refusal is null) (request.Refusal, request.ToldAt) = (reason, null);
        if (IsTime(request)) _jobs.Tell(request.Job, new JobCommand.Cancel(new OperatorRequest(request.Asked.Id, Self, Plain(reason))));
        return null;
    }

    /// <summary>Takes the job of a request that can no longer be read out of the queue.</summary>
    private void Withdraw(StoredRequest stored, string reason)
    {
        if (stored.State != RequestState.Queued) return;
        try
        {
            if (_jobs.QueuedBy(stored.Id) is { } job) _jobs.Tell(job, new JobCommand.Cancel(new OperatorRequest(stored.Id, Self, Plain(reason))));
        }
        catch (Exception unexpected) when (unexpected is not IOException)
        {
            LogImpossible(stored.Id, unexpected);   // the others go on
        }
    }

    private (RequestState State, string Answer)? Operate(Request request)
    {
        (NodeRequest asked, JobId job) = (request.Asked, request.Job);
        JobState state = _jobs.JobOf(job);
        if (!state.Requests.Contains(asked.Id) && TooOld(request) is { } old) return old;
        if (state is { Planned: null, Queued: null, IsOver: false }) return (RequestState.Refused, $"there is no job '{job}'; './fed jobs list' tells which there are");
        if (Answer(asked, state, job) is { } answer) return answer;
        OperatorRequest by = OperatorOf(request);
        if (!IsTime(request)) return null;
        if (state.Planned is { } planned) _jobs.Carry(planned.Plan);
        _jobs.Tell(job, asked.Kind switch
        {
            RequestKind.Pause => new JobCommand.Pause(by),
            RequestKind.Resume => new JobCommand.Resume(by),
            _ => new JobCommand.Cancel(by),
        });
        return null;
    }

    /// <summary>The answer where the request has had its effect, or never will; null before.</summary>
    internal static (RequestState State, string Answer)? Answer(NodeRequest request, JobState state, JobId job) => (request.Kind, state) switch
    {
        (RequestKind.Cancel, { Phase: JobPhase.Cancelled }) => (RequestState.Done, $"job {job} is cancelled{(state.Planned is null && state.Queued is not null ? "; it had not begun" : "")}"),
        (RequestKind.Cancel, { Phase: JobPhase.Cancelling }) => (RequestState.Done, $"job {job} ends with round {state.Round + 1}"),
        (_, { IsOver: true }) => (RequestState.Refused, $"job {job} is over ({Configuration.Kebab.From(state.Phase.ToString())}); './fed jobs list' tells how it ended"),
        (_, { Phase: JobPhase.Cancelling }) => (RequestState.Refused, $"job {job} is cancelled, and ends with round {state.Round + 1}"),
        (RequestKind.Pause or RequestKind.Resume, { Phase: JobPhase.Empty, Queued: not null }) => (RequestState.Refused, $"job {job} has not begun, it waits for its turn; it can be cancelled"),
        (RequestKind.Pause or RequestKind.Resume, _) when state.Requests.Contains(request.Id) => (RequestState.Done, $"job {job} {JobStates.Pace(state)}"),
        _ => null,
    };

    /// <summary>Jobs that have a place: those that run, and those that were begun just now.</summary>
    private int Running() => _jobs.Jobs(_over).Where(static job => job is { IsOver: false, Phase: not JobPhase.Paused }).Select(static job => job.Planned!.Plan.Job)
        .Concat(_taken.Values.Where(static request => request is { Plan: not null, IsTold: true }).Select(static request => request.Job)).Distinct().Count();

    private (RequestState State, string Answer)? TooOld(Request request) => request.ToldAt is null && !request.IsTold && (_clock.GetUtcNow() - request.Asked.At).Duration() > NodeRequest.AgeMax
        ? (RequestState.Refused, $"the request is of {request.Asked.At.UtcDateTime:HH:mm:ss} UTC, and requests count for {NodeRequest.AgeMax.TotalMinutes:0} minutes; ask again, and compare the clocks")
        : null;

    /// <summary>True when the job is to be told: at first, and again where the journal says nothing of it for long.</summary>
    private bool IsTime(Request request)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        if (now - request.ToldAt < Again) return false;
        request.ToldAt = now;
        return true;
    }

    private static OperatorRequest OperatorOf(Request request) => new(request.Asked.Id, request.By.Name, request.Asked.Reason);

    /// <summary>Does some of what is to be done beside requests, which do not wait for all of it.</summary>
    /// <returns>True where more is to be done.</returns>
    internal bool Remember()
    {
        for (int done = 0; done < AlsoMax && _also.TryDequeue(out Action? work); done++)
        {
            try
            {
                work();
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                LogAway(failure);   // whoever wanted it asks again
            }
        }

        return !_also.IsEmpty;
    }

    /// <summary>A request that waits, and what was done about it in this term.</summary>
    private sealed class Request(NodeRequest asked, NodeIdentity by, JobId job, JobPlan? plan)
    {
        public NodeRequest Asked => asked;

        public NodeIdentity By => by;

        public JobId Job => job;

        public JobPlan? Plan => plan;

        /// <summary>When the job was told last; null before.</summary>
        public DateTimeOffset? ToldAt { get; set; }

        /// <summary>True when the plan's turn has come.</summary>
        public bool IsTold { get; set; }

        /// <summary>Why the plan is refused for good; null where it is not.</summary>
        public string? Refusal { get; set; }

        public int Failures { get; set; }

        public DateTimeOffset NotBefore { get; set; }
    }

    [LoggerMessage(5301, LogLevel.Information, "request {Id} is {State}: {Answer}")]
    private partial void LogAnswered(string id, RequestState state, string answer);

    [LoggerMessage(5302, LogLevel.Warning, "requests cannot be taken now")]
    private partial void LogAway(Exception failure);

    [LoggerMessage(5303, LogLevel.Warning, "request {Id} cannot be taken now, and is looked at again")]
    private partial void LogLater(string id, Exception failure);

    [LoggerMessage(5304, LogLevel.Warning, "request {Id} is refused: it cannot be carried out")]
    private partial void LogImpossible(string id, Exception failure);
}
