using Fed.Actors.Persistence;

namespace Fed.Actors.Protocol.Silo;

/// <summary>What a site has said in an attempt under a common key, and so may only say again.</summary>
/// <param name="Collection">The attempt.</param>
/// <param name="Base">Hash of what the site computed from.</param>
/// <param name="Epoch">The key's epoch.</param>
/// <param name="Commitment">Hash of what it committed to, a blob.</param>
/// <param name="Upload">Hash of its ciphertexts, a blob.</param>
/// <param name="Length">Their bytes.</param>
public sealed record SiloEncryption(CollectionId Collection, Digest Base, int Epoch, Digest Commitment, Digest Upload, long Length)
{
    /// <summary>S, where it is fixed: a sum of it was sealed in an earlier attempt, and an opener lost. Empty where it is open.</summary>
    public ImmutableSortedSet<SiloId> Fixed { get; init; } = [];

    /// <summary>Who is on the closed list; empty before.</summary>
    public ImmutableSortedSet<SiloId> Members { get; init; } = [];

    /// <summary>Hash of the closed list that the site has signed; null before.</summary>
    public Digest? List { get; init; }

    /// <summary>True when so many have signed it that there is no other: the upload may leave.</summary>
    public bool IsAgreed { get; init; }

    /// <summary>Lists that were agreed on in earlier attempts at the sum: manifests under them count again where S is fixed.</summary>
    public ImmutableSortedSet<Digest> EarlierLists { get; init; } = [];

    /// <summary>Blobs of earlier attempts: kept until the round is settled, for the aggregator may have to fetch them again.</summary>
    public ImmutableArray<Digest> EarlierBlobs { get; init; } = [];

    /// <summary>The opening for which it drew its nonce last; null before.</summary>
    public Digest? Opening { get; init; }

    /// <summary>The nonce.</summary>
    public ReadOnlyMemory<byte> Nonce { get; init; }

    /// <summary>What it signed when it had verified that opening; null before.</summary>
    public Digest? ReadyFor { get; init; }

    /// <summary>Openings of this attempt that it found wrong, and why.</summary>
    public ImmutableSortedDictionary<Digest, string> Doubts { get; init; } = ImmutableSortedDictionary<Digest, string>.Empty;

    /// <summary>The opening for which its shares may have left: there is no other in this attempt. Null before.</summary>
    public Digest? Released { get; init; }

    /// <summary>Its shares, a blob; null before.</summary>
    public Digest? Share { get; init; }

    /// <summary>Why the site takes no further part; null while it does.</summary>
    public string? Abandoned { get; init; }

    /// <summary>All blobs that settling the round deletes.</summary>
    public IEnumerable<Digest> Blobs => [Commitment, Upload, .. EarlierBlobs, .. Share is { } share ? [share] : Array.Empty<Digest>()];
}
