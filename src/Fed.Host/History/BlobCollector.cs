using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Fed.Actors.Shell;

namespace Fed.Host.History;

/// <summary>
/// Garbage collection of blobs that no retained event names: what a process that was killed between an event and its clean-up left behind, contributions of single sites among it. Of a store of one's own it runs before the nodes start,
/// with the data directory locked, over every job of the journal; in a cluster, while they run (<see cref="Cluster.TermGarbage"/>).
/// </summary>
internal static class BlobCollector
{
    /// <summary>What a node's journal names of one job.</summary>
    public static IEnumerable<Digest> NamedByNode(JobHistory job, IJournalReader journal)
    {
        AggregationState sums = job.Collections(journal).Aggregate(AggregationDecider.Initial, AggregationDecider.Evolve);
        IEnumerable<Digest> kept = KeptBy(job).Concat(sums.Retained.Values.SelectMany(static round => round));
        return job.HasEnded ? kept : kept.Concat(NamedBy(job.State)).Concat(NamedBy(job.RoundEvents.Aggregate(RoundDecider.Initial, static (state, e) => RoundDecider.Evolve(state, e.Event)))).Concat(NamedBy(sums));
    }

    /// <summary>What is kept of a job for good: the states, and the opened sums, by which its committed rounds are replayed.</summary>
    public static IEnumerable<Digest> KeptBy(JobHistory job) => job.Rounds.SelectMany(static round => round.Committed.Sums).SelectMany(Of).Append(job.State.Planned!.InitialState);

    /// <summary>What the log of a part's aggregator names of one job.</summary>
    public static IEnumerable<Digest> NamedByPart(JobHistory job, IJournalReader journal, int part)
    {
        AggregationState state = job.Collections(journal, part).Aggregate(AggregationDecider.Initial, AggregationDecider.Evolve);
        return job.HasEnded ? state.Retained.Values.SelectMany(static round => round) : NamedBy(state);
    }

    /// <summary>What a job under way needs, besides its committed rounds.</summary>
    public static IEnumerable<Digest> NamedBy(JobState? job) => job is null ? [] :
    [
        .. job.Planned is { } planned ? [planned.InitialState, job.State] : Array.Empty<Digest>(),
        .. job.Ceremony?.Blobs ?? [],
        .. job.Key is { } key ? [key.PublicKey] : Array.Empty<Digest>(),
    ];

    /// <summary>What a round under way needs, or what peers may still ask about the one before.</summary>
    public static IEnumerable<Digest> NamedBy(RoundState? round) => round is null ? [] :
    [
        .. round.Encryption.Published,
        .. round.Nonces is { } nonces ? [nonces] : Array.Empty<Digest>(),
        .. round.Key is { } key ? [key.PublicKey] : Array.Empty<Digest>(),
        .. round.Models?.Blobs() ?? [],
        .. round.Sums.SelectMany(Of),
        round.RoundBase, round.Base, round.Broadcast, round.Sealed, round.Opened, round.Adverts, round.Commitments,
        .. round.Shares.Values,
        .. round.Lists.Values,
    ];

    /// <summary>What an aggregator keeps of a job under way.</summary>
    public static IEnumerable<Digest> NamedBy(AggregationState? sums) => sums is null ? [] :
    [
        .. sums.Retained.Values.SelectMany(static round => round),
        .. sums.Collections.Values.SelectMany(static collection => collection.Superseded.Add(collection.Sum)),
        .. sums.Collections.Values.Where(static collection => collection.Request.Retain).SelectMany(static collection => collection.Accepted.Values).Select(static accepted => accepted.Hash),
    ];

    /// <summary>What a site's journal names of the unfinished job: its outbox, its promoted state, and what others fetch of it in the making of a key.</summary>
    public static IEnumerable<Digest> NamedBySite(IJournalReader journal, JobId unfinished, SiloId silo)
    {
        SiloState state = JobHistory.EventsOf(journal, FederationNodes.SiloLog(unfinished, silo), ProtocolSerializers.Silo).Aggregate(SiloDecider.Initial, SiloDecider.Evolve);
        return state.Outbox.Values.SelectMany(static entry => new[] { entry.Contribution?.Hash, entry.Contribution?.NextState })
            .Concat(state.Ceremonies.Values.Select(static ceremony => ceremony.Upload)).Append(state.AlgorithmState).OfType<Digest>()
            .Concat(state.Encryptions.Values.SelectMany(static encryption => encryption.Blobs)).Concat(state.KeyCeremony?.Answers ?? []).Concat(state.Keys.Values.Select(static key => key.PublicKey))
            .Concat(state.Models?.Blobs() ?? []);
    }

    /// <summary>The models of jobs that are over, which a site's journal names for good.</summary>
    public static IEnumerable<Digest> ModelsOfSite(IJournalReader journal, SiloId silo) => journal.PersistenceIds()
        .Where(log => log.StartsWith("silo/", StringComparison.Ordinal) && log.EndsWith($"/{silo}", StringComparison.Ordinal))
        .SelectMany(log => JobHistory.EventsOf(journal, log, ProtocolSerializers.Silo)).OfType<SiloEvent.ModelsKept>().SelectMany(static kept => kept.Models.Blobs());

    /// <summary>Deletes what is not named.</summary>
    /// <returns>How many blobs went.</returns>
    public static int Collect(IBlobStore blobs, IReadOnlySet<Digest> named)
    {
        ImmutableArray<Digest> garbage = [.. blobs.List().Where(hash => !named.Contains(hash))];
        foreach (Digest hash in garbage) blobs.Delete(hash);
        return garbage.Length;
    }

    /// <summary>What is kept of a committed sum. A sealed sum of ciphertexts goes when it is opened: what is replayed is the opened one.</summary>
    public static IEnumerable<Digest> Of(SumRecord sum) => sum.Opening is null ? [sum.Base, sum.Sealed, sum.Opened, sum.Step.State] : [sum.Base, sum.Opened, sum.Step.State];
}
