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

    /// <summary>An id that no job has.</summary>
    public static JobId NextId(IJournalReader journal, string name) =>
        new($"{Simulation.FederatedRun.Word(name)}-{journal.PersistenceIds().Count(static id => id.StartsWith(Prefix, StringComparison.Ordinal)) + 1}");
}
