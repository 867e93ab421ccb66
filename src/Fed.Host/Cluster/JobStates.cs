using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;
using Fed.Host.History;

namespace Fed.Host.Cluster;

/// <summary>What the jobs' own logs tell, without those of rounds, which are longer.</summary>
internal static class JobStates
{
    private static readonly string Prefix = FederationNodes.JobLog(new JobId(""));

    /// <summary>The jobs whose plan is on record, the oldest first.</summary>
    /// <param name="journal">Where.</param>
    /// <param name="over">Jobs that are over, by log, as they were read before: their logs are not read again. What is read of such is added. Null to read all.</param>
    public static ImmutableArray<JobState> Read(IJournalReader journal, Dictionary<string, JobState>? over = null) =>
        [.. All(journal, over).Where(static state => state.Planned is not null).OrderBy(static state => state.Planned!.At)];

    /// <summary>The jobs that wait for their turn, in order.</summary>
    public static ImmutableArray<JobId> Queued(IJournalReader journal) => [.. Waiting(journal).OrderBy(static job => job.Queued.At).Select(static job => job.Job)];

    /// <summary>The job that a request has put into the queue, and that waits there; null where there is none.</summary>
    public static JobId? QueuedBy(IJournalReader journal, string request) =>
        Waiting(journal).Where(job => job.Queued.Request.Id == request).Select(static job => (JobId?)job.Job).FirstOrDefault();

    /// <summary>One job.</summary>
    public static JobState Of(IJournalReader journal, JobId job) =>
        JobHistory.EventsOf(journal, FederationNodes.JobLog(job), ProtocolSerializers.Job).Aggregate(JobDecider.Initial, JobDecider.Evolve);

    /// <summary>The id of the job that a request begins: always the same one, whoever carries it out.</summary>
    public static JobId IdOf(string name, string request) => new($"{Simulation.FederatedRun.Word(name)}-{request[..Math.Min(8, request.Length)]}");

    private static IEnumerable<(JobId Job, JobEvent.JobQueued Queued)> Waiting(IJournalReader journal) => Logs(journal)
        .Select(id => (Job: new JobId(id[Prefix.Length..]), State: Of(journal, new JobId(id[Prefix.Length..]))))
        .Where(static job => job.State is { Planned: null, Queued: not null, IsOver: false }).Select(static job => (job.Job, job.State.Queued!));

    private static IEnumerable<string> Logs(IJournalReader journal) => journal.PersistenceIds().Where(static id => id.StartsWith(Prefix, StringComparison.Ordinal));

    private static IEnumerable<JobState> All(IJournalReader journal, Dictionary<string, JobState>? over)
    {
        foreach (string log in Logs(journal))
        {
            if (over?.TryGetValue(log, out JobState? known) == true) yield return known;
            else
            {
                JobState state = Of(journal, new JobId(log[Prefix.Length..]));
                if (state.IsOver) over?.Add(log, state);
                yield return state;
            }
        }
    }

    /// <summary>Whether a job goes on, and until when: the end of a sentence that begins with its name.</summary>
    public static string Pace(JobState state) => state switch
    {
        { Phase: JobPhase.Paused } => $"is paused after round {state.Round}",
        { Pause: not null, Phase: JobPhase.Proposed } => "pauses before its first round",
        { Pause: not null, Phase: JobPhase.Keying } => "pauses when its key is made",
        { Pause: not null } => $"pauses after round {state.Round + 1}",
        _ => "goes on",
    };
}
