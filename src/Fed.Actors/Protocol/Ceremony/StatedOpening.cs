using Fed.Actors.Persistence;
using Fed.Actors.Protocol.Aggregation;

namespace Fed.Actors.Protocol.Ceremony;

/// <summary>Which encrypted sum is opened, and by whom: everything that sites check before they help.</summary>
/// <param name="Contributions">S: the signed manifests of what is in the sum, in the order of the sites.</param>
/// <param name="List">Hash of the closed list of commitments, a blob of the coordinator.</param>
/// <param name="Sum">Hash of the sum, a blob of the coordinator.</param>
/// <param name="Statement">Hash of what the sum's ciphertexts are said to be, a blob of the coordinator.</param>
/// <param name="Openers">Who opens: as many as the plan's threshold.</param>
public sealed record StatedOpening(ImmutableArray<UpdateManifest> Contributions, Digest List, Digest Sum, Digest Statement, ImmutableSortedSet<SiloId> Openers)
{
    /// <summary>Names the opening within its attempt, over all of the above.</summary>
    public Digest HashOf(CollectionId id) => Digest.Of(Encoding.UTF8.GetBytes(
        $"fedactors/stated-opening/1\n{CeremonyId.OfList(id, Contributions)}\n{List}\n{Sum}\n{Statement}\n{string.Join('\n', Openers)}"));

    /// <summary>The names in S.</summary>
    public ImmutableSortedSet<SiloId> Contributors() => [.. Contributions.Select(static m => m.Silo)];
}

/// <summary>Who opens a sum: a pure and public rule, so that nobody need be believed.</summary>
public static class OpenerDraw
{
    /// <summary>The first <paramref name="count"/> of some sites in the order of the SHA-256 of <c>fedactors/openers/1</c>, the list's hash and the name, one per line; null where there are fewer.</summary>
    public static ImmutableSortedSet<SiloId>? Of(Digest list, IEnumerable<SiloId> from, int count)
    {
        ImmutableSortedSet<SiloId> drawn = [.. from.OrderBy(silo => Digest.Of(Encoding.UTF8.GetBytes($"fedactors/openers/1\n{list}\n{silo}")).ToString(), StringComparer.Ordinal).Take(count)];
        return drawn.Count == count ? drawn : null;
    }
}
