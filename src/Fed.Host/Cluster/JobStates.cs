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
    public static ImmutableArray<JobState> Read(IJournalReader journal) =>
    [
        .. journal.PersistenceIds().Where(static id => id.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(id => Of(journal, new JobId(id[Prefix.Length..])))
            .Where(static state => state.Planned is not null)
            .OrderBy(static state => state.Planned!.At),
    ];

    /// <summary>One job.</summary>
    public static JobState Of(IJournalReader journal, JobId job) =>
        JobHistory.EventsOf(journal, FederationNodes.JobLog(job), ProtocolSerializers.Job).Aggregate(JobDecider.Initial, JobDecider.Evolve);

    /// <summary>The id of the job that a request begins: always the same one, whoever carries it out.</summary>
    public static JobId IdOf(string name, string request) => new($"{Simulation.FederatedRun.Word(name)}-{request[..Math.Min(8, request.Length)]}");

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
