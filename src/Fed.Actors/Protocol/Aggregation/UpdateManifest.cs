using Fed.Actors.Persistence;
using Fed.Vectors;

namespace Fed.Actors.Protocol.Aggregation;

/// <summary>What a silo says of a contribution, signed. In plain mode stored under (job, round, plan, base, sum), not by attempt: the same for every try; a masked one belongs to its ceremony.</summary>
/// <param name="Silo">Whose.</param>
/// <param name="Job">For which job.</param>
/// <param name="Round">For which round.</param>
/// <param name="Sum">For which sum.</param>
/// <param name="Plan">Hash of the plan that the silo approved.</param>
/// <param name="Base">Hash of the broadcast that it computed from.</param>
/// <param name="Schema">Hash of the sum's schema.</param>
/// <param name="Hash">SHA-256 of the contribution.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Signature">The silo's signature over <see cref="SignedContent"/>.</param>
/// <param name="Ceremony">The ceremony whose masks are on it (<see cref="Protocol.Ceremony.CeremonyId"/>); null in plain mode.</param>
public sealed record UpdateManifest(
    SiloId Silo, JobId Job, int Round, string Sum, Digest Plan, Digest Base, string Schema, Digest Hash, long Length, ReadOnlyMemory<byte> Signature, Digest? Ceremony = null)
{
    /// <summary>The purpose under which manifests are signed.</summary>
    public const string Purpose = "fedactors/update-manifest/1";

    /// <summary>The bytes that the signature covers: every other field.</summary>
    public byte[] SignedContent() =>
        Encoding.UTF8.GetBytes($"{Silo}\n{Job}\n{Round}\n{Sum}\n{Plan}\n{Base}\n{Schema}\n{Hash}\n{Length}{(Ceremony is { } ceremony ? $"\n{ceremony}" : "")}");

    /// <summary>The same contribution, whatever the bits of the signature (ECDSA signs anew each time).</summary>
    public bool IsSameUpdate(UpdateManifest other) =>
        Silo == other.Silo && Job == other.Job && Round == other.Round && Sum == other.Sum && Plan == other.Plan && Base == other.Base
        && Schema == other.Schema && Hash == other.Hash && Length == other.Length && Ceremony == other.Ceremony;
}

/// <summary>The size of a sum: ring, entries and schema.</summary>
/// <param name="Ring">The plan's ring.</param>
/// <param name="Entries">Numbers in the vector.</param>
/// <param name="Schema">Hash of the schema.</param>
public sealed record SumShape(RingWidth Ring, int Entries, string Schema)
{
    /// <summary>Hash of what an aggregator needs to know to add ciphertexts, a blob of the coordinator; null where contributions are ring words.</summary>
    public Digest? Terms { get; init; }

    /// <summary>Bytes of an upload of ciphertexts; 0 where contributions are ring words.</summary>
    public long UploadBytes { get; init; }

    /// <summary>Bytes of a sum of ciphertexts, whole or of a part: an upload may have more; null where contributions are ring words.</summary>
    public long? SumBytes { get; init; }

    /// <summary>Length of a plain or masked contribution, and of the opened sum, in bytes.</summary>
    public long Bytes => (long)Entries * ((int)Ring / 8);

    /// <summary>Length of what a site uploads, in bytes.</summary>
    public long ContributionBytes => Terms is null ? Bytes : UploadBytes;

    /// <summary>Length of a partial sum, in bytes.</summary>
    public long PartBytes => Terms is null ? Bytes : SumBytes ?? UploadBytes;
}
