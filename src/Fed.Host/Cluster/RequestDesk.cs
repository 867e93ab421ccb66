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

/// <summary>What the desk has done for it, by the coordinator's part.</summary>
internal interface IJobDesk
{
    /// <summary>The states of all jobs.</summary>
    ImmutableArray<JobState> Jobs();

    /// <summary>One job as its log has it.</summary>
    JobState JobOf(JobId job);

    /// <summary>Why a plan cannot be; null where it can.</summary>
    string? Objection(JobPlan plan);

    /// <summary>Starts a job's nodes where they do not run, and submits its plan where it is not on record.</summary>
    void Begin(JobPlan plan);

    /// <summary>Tells a job's actor.</summary>
    void Tell(JobId job, JobCommand command);
}

/// <summary>
/// Takes operators' requests while the node leads, one after another in their order. What it answers follows from what the journal says by then, so a request that the leader before has carried out, and not answered, is answered as it
/// would have been.
/// </summary>
internal sealed partial class RequestDesk : IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200), Step = TimeSpan.FromMilliseconds(25), Patience = TimeSpan.FromSeconds(20);

    private readonly IJobDesk _jobs;
    private readonly PostgresRequests _requests;
    private readonly CoordinatorNotes _notes;
    private readonly long _epoch;
    private readonly int _atOnce;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly ConcurrentQueue<Action> _also = [];
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _work;

    /// <summary>Begins to take requests.</summary>
    /// <param name="jobs">Carries them out.</param>
    /// <param name="requests">Where they are.</param>
    /// <param name="notes">Opens them.</param>
    /// <param name="epoch">Of the term.</param>
    /// <param name="atOnce">So many jobs run at once; others wait.</param>
    /// <param name="clock">The time.</param>
    /// <param name="log">Hears of what cannot be done now.</param>
    public RequestDesk(IJobDesk jobs, PostgresRequests requests, CoordinatorNotes notes, long epoch, int atOnce, TimeProvider clock, ILogger log)
    {
        (_jobs, _requests, _notes, _epoch, _atOnce, _clock, _log) = (jobs, requests, notes, epoch, atOnce, clock, log);
        _work = Task.Run(ServeAsync);
    }

    /// <summary>Has something done between two requests.</summary>
    public void Also(Action work) => _also.Enqueue(work);

    /// <summary>Takes no more of them; does not wait.</summary>
    public void Dispose()
    {
        _ended.Cancel();
        _ = _work.ContinueWith(_ => _ended.Dispose(), TaskScheduler.Default);
    }

    private async Task ServeAsync()
    {
        while (!_ended.IsCancellationRequested)
        {
            try
            {
                foreach (StoredRequest stored in _requests.Waiting())
                {
                    _ended.Token.ThrowIfCancellationRequested();
                    if (await TakeAsync(stored).ConfigureAwait(false) is not var (state, answer)) continue;
                    if (_requests.Answer(stored.Id, state, answer, NodeAddress.Coordinator, _epoch)) LogAnswered(stored.Id, state, answer);
                }

                while (_also.TryDequeue(out Action? work)) work();
                await Task.Delay(Look, _clock, _ended.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_ended.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                LogFailed(failure);   // the database is away, or the term is over: what is not answered is asked again
                await Task.Delay(Look, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>What a request comes to; null while it waits for its turn.</summary>
    private async Task<(RequestState State, string Answer)?> TakeAsync(StoredRequest stored)
    {
        try
        {
            (NodeIdentity by, ReadOnlyMemory<byte> body) = _notes.OpenRequest(stored.Envelope);
            NodeRequest request = NodeRequest.FromJson(body.Span);
            if (request.Id != stored.Id) return (RequestState.Refused, "the request stands under another name than it has");
            if (stored.State == RequestState.Open && (_clock.GetUtcNow() - request.At).Duration() > NodeRequest.AgeMax) return (RequestState.Refused, $"the request is of {request.At.UtcDateTime:HH:mm:ss} UTC, and requests count for {NodeRequest.AgeMax.TotalMinutes:0} minutes; ask again, and compare the clocks");
            return request.Kind == RequestKind.Submit ? await SubmitAsync(stored, request).ConfigureAwait(false) : await OperateAsync(request, by).ConfigureAwait(false);
        }
        catch (EnvelopeException refused)
        {
            return (RequestState.Refused, $"the request is refused: {refused.Message}");
        }
        catch (JsonException damaged)
        {
            return (RequestState.Refused, $"the request cannot be read: {damaged.Message}");
        }
    }

    private async Task<(RequestState State, string Answer)?> SubmitAsync(StoredRequest stored, NodeRequest request)
    {
        JobPlan plan = JobPlan.FromJson(request.Plan ?? throw new JsonException("a plan is missing"));
        plan = plan with { Job = JobStates.IdOf(plan.Name, request.Id) };
        if (_jobs.JobOf(plan.Job).Planned is null)
        {
            if (_jobs.Objection(plan) is { } objection) return (RequestState.Refused, objection);
            ImmutableArray<JobState> running = [.. _jobs.Jobs().Where(static job => job is { IsOver: false, Phase: not JobPhase.Paused })];
            if (running.Length >= _atOnce) return stored.State == RequestState.Queued ? null : (RequestState.Queued, plan.Job.Value);
        }

        _jobs.Begin(plan);
        bool isPlanned = await HoldsAsync(() => _jobs.JobOf(plan.Job).Planned is not null).ConfigureAwait(false);
        return isPlanned ? (RequestState.Done, plan.Job.Value) : null;
    }

    private async Task<(RequestState State, string Answer)?> OperateAsync(NodeRequest request, NodeIdentity by)
    {
        JobId job = new(request.Job ?? throw new JsonException("a job is missing"));
        JobState state = _jobs.JobOf(job);
        if (state.Planned is null) return Waiting(job) is { } queued ? Unqueue(request, queued, job) : (RequestState.Refused, $"there is no job '{job}'; './fed jobs list' tells which there are");
        if (Answer(request, state, job) is { } at) return at;
        OperatorRequest asked = new(request.Id, by.Name, request.Reason);
        _jobs.Tell(job, request.Kind switch
        {
            RequestKind.Pause => new JobCommand.Pause(asked),
            RequestKind.Resume => new JobCommand.Resume(asked),
            _ => new JobCommand.Cancel(asked),
        });
        (RequestState, string)? answer = null;
        await HoldsAsync(() => (answer = Answer(request, _jobs.JobOf(job), job)) is not null).ConfigureAwait(false);
        return answer;
    }

    /// <summary>The answer where the request has had its effect, or never will; null before.</summary>
    internal static (RequestState State, string Answer)? Answer(NodeRequest request, JobState state, JobId job) => (request.Kind, state) switch
    {
        (RequestKind.Cancel, { Phase: JobPhase.Cancelled }) => (RequestState.Done, $"job {job} is cancelled"),
        (RequestKind.Cancel, { Phase: JobPhase.Cancelling }) => (RequestState.Done, $"job {job} ends with round {state.Round + 1}"),
        (_, { IsOver: true }) => (RequestState.Refused, $"job {job} is over ({Configuration.Kebab.From(state.Phase.ToString())}); './fed jobs list' tells how it ended"),
        (_, { Phase: JobPhase.Cancelling }) => (RequestState.Refused, $"job {job} is cancelled, and ends with round {state.Round + 1}"),
        (RequestKind.Pause or RequestKind.Resume, _) when state.Requests.Contains(request.Id) => (RequestState.Done, $"job {job} {JobStates.Pace(state)}"),
        _ => null,
    };

    /// <summary>The request by which a job waits for its turn.</summary>
    private StoredRequest? Waiting(JobId job) => _requests.Waiting().FirstOrDefault(waiting => waiting.State == RequestState.Queued && waiting.Answer == job.Value);

    private (RequestState State, string Answer) Unqueue(NodeRequest request, StoredRequest queued, JobId job)
    {
        if (request.Kind != RequestKind.Cancel) return (RequestState.Refused, $"job {job} has not begun, it waits for its turn; it can be cancelled");
        _requests.Answer(queued.Id, RequestState.Refused, $"job {job} was cancelled before it began", NodeAddress.Coordinator, _epoch);
        return (RequestState.Done, $"job {job} is cancelled; it had not begun");
    }

    /// <summary>Waits until the journal says so; false where it does not for long: it is asked again.</summary>
    private async Task<bool> HoldsAsync(Func<bool> condition)
    {
        for (TimeSpan waited = TimeSpan.Zero; waited < Patience; waited += Step)
        {
            if (condition()) return true;
            await Task.Delay(Step, _clock, _ended.Token).ConfigureAwait(false);
        }

        return false;
    }

    [LoggerMessage(5301, LogLevel.Information, "request {Id} is {State}: {Answer}")]
    private partial void LogAnswered(string id, RequestState state, string answer);

    [LoggerMessage(5302, LogLevel.Warning, "requests cannot be taken now")]
    private partial void LogFailed(Exception failure);
}
