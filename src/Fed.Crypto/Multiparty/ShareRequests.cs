using System.Collections.Immutable;
using Fed.Crypto.Packing;

namespace Fed.Crypto.Multiparty;

/// <summary>The hashes that name an opening, made alike by holders and by whoever combines their shares.</summary>
internal static class ShareRequests
{
    /// <summary>Names what an opening multiplies the secret by: for each attempt its polynomial, and whose parts of the secret meet it.</summary>
    public static Hash256 Factor(IEnumerable<(Hash256 Mask, ImmutableArray<string> Parties)> groups, int index)
    {
        FieldHash statement = new FieldHash("fedactors/sum-factor/1").Add(index);
        foreach ((Hash256 mask, ImmutableArray<string> parties) in groups)
        {
            statement.Add(mask).Add(parties.Length);
            foreach (string party in parties) statement.Add(party);
        }

        return statement.Close();
    }

    /// <summary>What shapes the share beside that.</summary>
    public static Hash256 Use(ShareKind kind, ActiveSet active, PackingLayout layout, Hash256? receiver)
    {
        FieldHash statement = new FieldHash("fedactors/share-use/1").Add((long)kind).Add(active.Hash).Add(layout.Hash.AsSpan());
        if (receiver is { } id) statement.Add(id);
        return statement.Close();
    }

    /// <summary>Hash over a whole request.</summary>
    public static Hash256 Hash(ShareRequest request) =>
        new FieldHash("fedactors/share-request/1").Add(request.Key).Add(request.Factor).Add(request.Use).Add(request.Sum).Add(request.Contributors).Add(request.Place).Close();
}
