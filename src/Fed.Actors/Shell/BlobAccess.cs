using System.Buffers;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;

namespace Fed.Actors.Shell;

/// <summary>Whole blobs in memory, for those that are made to be held there (states, broadcasts).</summary>
public static class BlobAccess
{
    /// <summary>Copies a stream into a blob, in pieces.</summary>
    public static void Copy(Stream input, IBlobWriter output)
    {
        byte[] piece = ArrayPool<byte>.Shared.Rent(IBulkTransfer.PieceBytes);
        for (int read; (read = input.Read(piece, 0, IBulkTransfer.PieceBytes)) > 0;) output.Write(piece.AsSpan(0, read));
        ArrayPool<byte>.Shared.Return(piece);
    }

    extension(IBlobStore store)
    {
        /// <summary>Reads a blob into one array and verifies its hash.</summary>
        /// <exception cref="IOException">Its bytes no longer have its hash.</exception>
        /// <exception cref="BlobMissingException">No such blob.</exception>
        public byte[] ReadAll(Digest hash)
        {
            using Stream input = store.OpenRead(hash);
            byte[] bytes = new byte[input.Length];
            input.ReadExactly(bytes);
            return Digest.Of(bytes) == hash ? bytes : throw new IOException($"blob {hash} is damaged: its bytes no longer have its hash; restore it from a backup");
        }

        /// <summary>Stores bytes durably, in pieces.</summary>
        public Digest Store(ReadOnlySpan<byte> bytes)
        {
            using IBlobWriter writer = store.Create();
            for (int done = 0; done < bytes.Length; done += IBulkTransfer.PieceBytes)
                writer.Write(bytes.Slice(done, Math.Min(IBulkTransfer.PieceBytes, bytes.Length - done)));
            return writer.Commit();
        }
    }
}
