using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;

namespace Fed.TestKit.Federation.Checks;

/// <summary>What the checks of one job may look at: they only observe.</summary>
internal sealed record JobView
{
    /// <summary>What is trained.</summary>
    public required JobPlan Plan { get; init; }

    /// <summary>The server's half.</summary>
    public required IServerProgram Program { get; init; }

    /// <summary>The sites' computations for this job, in ordinal order, with their notes.</summary>
    public required ImmutableArray<SimulatedTrainer> Trainers { get; init; }

    /// <summary>Stored events of a log above a sequence number, from the disk.</summary>
    public required Func<string, long, IEnumerable<JournalEvent>> ReadLog { get; init; }

    /// <summary>The coordinator's blobs.</summary>
    public required IBlobStore CoordinatorBlobs { get; init; }

    /// <summary>The aggregator's blobs.</summary>
    public required IBlobStore AggregatorBlobs { get; init; }

    /// <summary>Blobs of the parts' aggregators, in order of their numbers; none where one aggregator does it all.</summary>
    public required ImmutableArray<IBlobStore> PartBlobs { get; init; }

    /// <summary>A site's blobs.</summary>
    public required Func<SiloId, IBlobStore> SiloBlobs { get; init; }

    /// <summary>Every secret that local steps made; null in plain mode.</summary>
    public IReadOnlySet<ulong>? Canaries { get; init; }

    /// <summary>Sites in league with the servers.</summary>
    public required ImmutableSortedSet<SiloId> Allies { get; init; }

    /// <summary>Members in whose place a list of keys has the servers' own.</summary>
    public required Func<Digest, ImmutableSortedSet<SiloId>> Substituted { get; init; }

    /// <summary>False where servers say what they like.</summary>
    public required bool AreServersHonest { get; init; }

    /// <summary>False where the aggregator reports what it likes.</summary>
    public required bool AddsHonestly { get; init; }

    /// <summary>What a lying aggregator added to the sum of an attempt; null where it added nothing.</summary>
    public required Func<CollectionId, long[]?> Added { get; init; }

    /// <summary>Names of what a site's secret store still holds of this job.</summary>
    public required Func<SiloId, IReadOnlyList<string>> Secrets { get; init; }

    /// <summary>How often a site's process has died, or was replaced: a computation is repeated at most once for each.</summary>
    public required Func<SiloId, int> Lives { get; init; }

    /// <summary>True for a site that has left for good: nothing is expected of it any more.</summary>
    public required Func<SiloId, bool> HasLeft { get; init; }
}
