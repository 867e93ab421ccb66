using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Fed.Cluster.Stores;

namespace Fed.Cluster.Messaging;

/// <summary>
/// Copies blobs between the stores of nodes that live in one process, in pieces of 1 MiB through a pooled buffer, on workers; a contribution between folders of one disk is linked and verified instead of copied. A transfer that was broken off goes on
/// with the pieces that are missing.
/// </summary>
public sealed class InProcessBulk(IWorkerPool workers) : IBulkTransfer
{
    private readonly ConcurrentDictionary<NodeAddress, IBlobStore> _stores = [];

    /// <summary>Publishes a node's blobs; the last registration of an address counts.</summary>
    public IDisposable Register(NodeAddress address, IBlobStore store)
    {
        _stores[address] = store;
        return new Registration(() => _stores.TryRemove(new KeyValuePair<NodeAddress, IBlobStore>(address, store)));
    }

    /// <inheritdoc/>
    public void FetchToInbox(NodeAddress from, Digest hash, long length, IInbox inbox, string entryId, Action<string?> done) =>
        Start("bulk/inbox/" + entryId, from, hash, done, (source, cancel) =>
        {
            if (source is FileBlobStore files && inbox is FileInbox own && own.TryAdopt(entryId, files.PathOf(hash), hash, length)) return null;
            if (source.Length(hash) is >= 0 and long found && found != length) return $"blob {hash} of {from} has {found} bytes, not the announced {length}";
            using IInboxEntry entry = inbox.Open(entryId, hash, length);
            using Stream blob = source.OpenRead(hash);
            Copy(blob, entry.Has, entry.Write, cancel);
            return entry.Complete() ? null : $"blob {hash} of {from} does not have the announced hash";
        });

    /// <inheritdoc/>
    /// <remarks>A copy whose hash turns out wrong is never committed: whoever serves wrong bytes leaves nothing on the receiver's disk.</remarks>
    public void FetchToStore(NodeAddress from, Digest hash, IBlobStore store, Action<string?> done) =>
        Start("bulk/store/" + hash, from, hash, done, (source, cancel) =>
        {
            if (store.Contains(hash)) return null;
            using Stream blob = source.OpenRead(hash);
            using IBlobWriter writer = store.Create();
            using IncrementalHash received = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Copy(blob, static _ => false, (_, piece) =>
            {
                received.AppendData(piece);
                writer.Write(piece);
            }, cancel);
            return new Digest(received.GetHashAndReset()) == hash && writer.Commit() == hash ? null : $"blob {hash} of {from} does not have the announced hash";
        });

    /// <inheritdoc/>
    public void FetchToMemory(NodeAddress from, Digest hash, Action<byte[]?, string?> done, long lengthMax = long.MaxValue)
    {
        byte[]? content = null;
        Start("bulk/memory/" + hash, from, hash, failure => done(failure is null ? content : null, failure), (source, cancel) =>
        {
            using Stream blob = source.OpenRead(hash);
            if (blob.Length > lengthMax) return $"blob {hash} of {from} has {blob.Length} bytes, more than the {lengthMax} that are wanted";
            byte[] bytes = new byte[blob.Length];
            Copy(blob, static _ => false, (piece, part) => part.CopyTo(bytes.AsSpan(checked((int)(piece * IBulkTransfer.PieceBytes)))), cancel);
            if (Digest.Of(bytes) != hash) return $"blob {hash} of {from} does not have the announced hash";
            content = bytes;
            return null;
        });
    }

    /// <inheritdoc/>
    public void FetchPartsToMemory(NodeAddress from, Digest hash, BlobParts parts, Action<byte[]?, string?> done)
    {
        byte[]? content = null;
        Start("bulk/memory/" + hash, from, hash, failure => done(failure is null ? content : null, failure), (source, _) =>
        {
            using Stream blob = source.OpenRead(hash);
            content = parts.Read(blob);
            return null;
        });
    }

    private void Start(string lane, NodeAddress from, Digest hash, Action<string?> done, Func<IBlobStore, CancellationToken, string?> fetch) =>
        workers.Run(
            lane,
            cancel => _stores.TryGetValue(from, out IBlobStore? source) ? fetch(source, cancel) : $"{from} is not connected",
            done,
            failure => done($"blob {hash} of {from} could not be fetched: {failure.Message}"));

    private delegate void Put(long pieceIndex, ReadOnlySpan<byte> bytes);

    private static void Copy(Stream blob, Func<long, bool> has, Put put, CancellationToken cancel)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(IBulkTransfer.PieceBytes);
        try
        {
            for (long piece = 0; piece * IBulkTransfer.PieceBytes < blob.Length; piece++)
            {
                cancel.ThrowIfCancellationRequested();
                if (has(piece)) continue;
                blob.Position = piece * IBulkTransfer.PieceBytes;
                int read = blob.ReadAtLeast(buffer.AsSpan(0, IBulkTransfer.PieceBytes), IBulkTransfer.PieceBytes, throwOnEndOfStream: false);
                put(piece, buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
