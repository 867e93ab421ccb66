using Fed.Crypto.Packing;

namespace Fed.Crypto.Multiparty;

/// <summary>The hashes that name an opening, made alike by holders and by whoever combines their shares.</summary>
internal static class ShareRequests
{
    /// <summary>Hash of a ciphertext's c1 as packed residues: the same polynomial has the same hash under every header.</summary>
    public static Hash256 C1(ReadOnlySpan<byte> packed) => new FieldHash("fedactors/c1/1").Add(packed).Close();

    /// <summary>What shapes the share beside c1.</summary>
    public static Hash256 Use(ShareKind kind, ActiveSet active, PackingLayout layout, Hash256? receiver)
    {
        FieldHash statement = new FieldHash("fedactors/share-use/1").Add((long)kind).Add(active.Hash).Add(layout.Hash.AsSpan());
        if (receiver is { } id) statement.Add(id);
        return statement.Close();
    }

    /// <summary>Hash over a whole request.</summary>
    public static Hash256 Hash(ShareRequest request) =>
        new FieldHash("fedactors/share-request/1").Add(request.Key).Add(request.C1).Add(request.Use).Add(request.Sum).Add(request.Contributors).Add(request.Place).Close();
}
