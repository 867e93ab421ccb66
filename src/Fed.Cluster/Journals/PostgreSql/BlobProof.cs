using System.Security.Cryptography;

namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>What the pieces of a blob were when all of it had its hash.</summary>
/// <param name="Length">Bytes in all.</param>
/// <param name="Pieces">SHA-256 of each piece.</param>
internal sealed record BlobProof(long Length, ImmutableArray<Digest> Pieces)
{
    /// <summary>Reads a blob to its end, a piece at a time; null where it does not have its hash.</summary>
    public static BlobProof? Of(PostgresBlobStream blob, Digest hash)
    {
        using IncrementalHash whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ImmutableArray<Digest>.Builder pieces = ImmutableArray.CreateBuilder<Digest>();
        for (ReadOnlySpan<byte> piece = blob.NextPiece(); !piece.IsEmpty; piece = blob.NextPiece())
        {
            whole.AppendData(piece);
            pieces.Add(Digest.Of(piece));
        }

        return new Digest(whole.GetHashAndReset()) == hash ? new BlobProof(blob.Length, pieces.ToImmutable()) : null;
    }
}
