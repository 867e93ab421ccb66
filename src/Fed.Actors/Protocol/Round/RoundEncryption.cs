using Fed.Actors.Persistence;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;

namespace Fed.Actors.Protocol.Round;

/// <summary>What a coordinator remembers of an attempt at a sum under a common key.</summary>
public sealed record RoundEncryption
{
    /// <summary>Nothing yet.</summary>
    public static RoundEncryption None { get; } = new();

    /// <summary>What was sealed in the attempt whose opener was lost; S is fixed to its sites. Empty in an attempt of its own right.</summary>
    public ImmutableArray<UpdateManifest> Sealed { get; init; } = [];

    /// <summary>The attempt in which it was sealed.</summary>
    public CollectionId Origin { get; init; }

    /// <summary>The list of that attempt.</summary>
    public Digest? EarlierList { get; init; }

    /// <summary>Who is on the closed list.</summary>
    public ImmutableSortedSet<SiloId> Members { get; init; } = [];

    /// <summary>Who of them has committed to ciphertexts of this very attempt: everybody, where S is not fixed.</summary>
    public ImmutableSortedSet<SiloId> Fresh { get; init; } = [];

    /// <summary>Hash of the closed list, a blob.</summary>
    public Digest List { get; init; }

    /// <summary>Who signed it, and how: enough that there is no other. Empty before.</summary>
    public ImmutableArray<Confirmation> Signatures { get; init; } = [];

    /// <summary>Hash of what the aggregator needs to know to add ciphertexts, a blob.</summary>
    public Digest Terms { get; init; }

    /// <summary>Bytes of an upload.</summary>
    public long UploadBytes { get; init; }

    /// <summary>Bytes of a sum of uploads.</summary>
    public long? SumBytes { get; init; }

    /// <summary>Hash of what the sum's ciphertexts are said to be, a blob; null before.</summary>
    public Digest? Statement { get; init; }

    /// <summary>Who opens; empty before they are drawn.</summary>
    public ImmutableSortedSet<SiloId> Openers { get; init; } = [];

    /// <summary>Openers drawn before who did not answer.</summary>
    public ImmutableSortedSet<SiloId> Absent { get; init; } = [];

    /// <summary>Contributors that found the sum wrong, and why: none of them is drawn.</summary>
    public ImmutableSortedDictionary<SiloId, string> Doubts { get; init; } = ImmutableSortedDictionary<SiloId, string>.Empty;

    /// <summary>The openers' nonces; empty before all are there.</summary>
    public ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Nonces { get; init; } = ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>.Empty;

    /// <summary>Hash of what openers verify the sum by, a blob; null before.</summary>
    public Digest? Evidence { get; init; }

    /// <summary>What all openers signed when they had verified it.</summary>
    public Digest ReadyFor { get; init; }

    /// <summary>Their signatures. From then on shares may have left, and nobody else opens this sum in this attempt.</summary>
    public ImmutableArray<Confirmation> Readies { get; init; } = [];

    /// <summary>Openers that were lost after that, in this attempt and those before it.</summary>
    public ImmutableSortedSet<SiloId> Lost { get; init; } = [];

    /// <summary>Blobs to be deleted when the sum is opened, or comes to nothing.</summary>
    public ImmutableArray<Digest> Published { get; init; } = [];

    /// <summary>True where S is fixed.</summary>
    public bool IsFixed => !Sealed.IsEmpty;
}
