using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Fed.Actors.Shell;
using Fed.Host.History;

namespace Fed.Host.Simulation;

/// <summary>
/// Garbage collection of blobs that no retained event names: what a process that was killed between an event and its clean-up left behind, contributions of single sites among it.
/// Runs before the nodes start, with the data directory locked, over every job of the journal.
/// </summary>
internal static class BlobCollector
{
    /// <summary>What a node's journal names of one job.</summary>
    public static IEnumerable<Digest> NamedByNode(JobHistory job, IJournalReader journal)
    {
        yield return job.State.Planned!.InitialState;
        foreach (SumRecord sum in job.Rounds.SelectMany(static round => round.Committed.Sums))
            foreach (Digest named in Of(sum)) yield return named;
        AggregationState aggregation = job.Collections(journal).Aggregate(AggregationDecider.Initial, AggregationDecider.Evolve);
        foreach (Digest retained in aggregation.Retained.Values.SelectMany(static round => round)) yield return retained;
        if (job.HasEnded) yield break;

        foreach (Digest ofKey in job.State.Ceremony?.Blobs ?? []) yield return ofKey;
        if (job.State.Key is { } key) yield return key.PublicKey;
        foreach (Collection collection in aggregation.Collections.Values) yield return collection.Sum;
        RoundState round = job.RoundEvents.Aggregate(RoundDecider.Initial, static (state, e) => RoundDecider.Evolve(state, e.Event));
        foreach (Digest published in round.Encryption.Published) yield return published;
        if (round.Nonces is { } nonces) yield return nonces;
        foreach (Digest named in round.Sums.SelectMany(Of).Concat([round.RoundBase, round.Base, round.Broadcast, round.Sealed, round.Opened, job.State.State, round.Adverts, round.Commitments]).Concat(round.Shares.Values).Concat(round.Lists.Values)) yield return named;
    }

    /// <summary>What the log of a part's aggregator names of one job.</summary>
    public static IEnumerable<Digest> NamedByPart(JobHistory job, IJournalReader journal, int part)
    {
        AggregationState state = job.Collections(journal, part).Aggregate(AggregationDecider.Initial, AggregationDecider.Evolve);
        IEnumerable<Digest> retained = state.Retained.Values.SelectMany(static round => round);
        return job.HasEnded ? retained : retained.Concat(state.Collections.Values.SelectMany(static c => c.Superseded.Add(c.Sum)));
    }

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

    /// <summary>A sealed sum of ciphertexts goes when it is opened: what is replayed is the opened one.</summary>
    private static IEnumerable<Digest> Of(SumRecord sum) => sum.Opening is null ? [sum.Base, sum.Sealed, sum.Opened, sum.Step.State] : [sum.Base, sum.Opened, sum.Step.State];
}
