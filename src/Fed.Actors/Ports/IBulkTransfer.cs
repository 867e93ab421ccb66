using Fed.Actors.Persistence;

namespace Fed.Actors.Ports;

/// <summary>
/// Moves blobs between nodes in pieces: the data plane, apart from control messages. Pull-shaped, so that the receiver sets the pace and repairs losses.
/// Posts its outcome once, on any thread.
/// </summary>
public interface IBulkTransfer
{
    /// <summary>Bytes in a piece: 1 MiB.</summary>
    const int PieceBytes = 1 << 20;

    /// <summary>Fetches a contribution from a peer's outbox into the inbox, verifying its hash. The outcome is null, or a sentence that says what failed.</summary>
    void FetchToInbox(NodeAddress from, Digest hash, long length, IInbox inbox, string entryId, Action<string?> done);

    /// <summary>
    /// Fetches a published blob (a model) to be worked on, verifying its hash; nothing is stored. Posts the bytes, or a sentence that says what failed. A blob of more bytes than <paramref name="lengthMax"/> is not fetched, and no memory
    /// taken for it.
    /// </summary>
    void FetchToMemory(NodeAddress from, Digest hash, Action<byte[]?, string?> done, long lengthMax = long.MaxValue);

    /// <summary>Fetches parts of a published blob (of each ciphertext of a sum what an opener needs). They are not verified here: whoever asks knows their hashes. Where nobody can read parts, the whole blob travels.</summary>
    void FetchPartsToMemory(NodeAddress from, Digest hash, BlobParts parts, Action<byte[]?, string?> done) => FetchToMemory(from, hash, (bytes, failure) =>
    {
        byte[]? cut = null;
        try
        {
            cut = bytes is null ? null : parts.Of(bytes);
        }
        catch (InvalidDataException e)
        {
            failure = e.Message;
        }

        done(cut, failure);
    });

    /// <summary>Fetches a published blob (a sealed sum) into a blob store. The outcome is null, or a sentence that says what failed.</summary>
    void FetchToStore(NodeAddress from, Digest hash, IBlobStore store, Action<string?> done);
}
