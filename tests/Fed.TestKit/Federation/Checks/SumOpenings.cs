using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;

namespace Fed.TestKit.Federation.Checks;

/// <summary>
/// Who has opened what: for one (round, base model, sum) of a job, one set of contributors, over all attempts and for ever. Where a sum is opened from the shares of many, each share that
/// leaves is such an opening: the book is by whoever opens, so that it serves both.
/// </summary>
internal sealed class SumOpenings(CheckContext checks)
{
    private readonly Dictionary<(int Round, Digest Base, string Sum), ImmutableArray<SiloId>> _sets = [];
    private readonly HashSet<CollectionId> _opened = [];

    /// <summary>True when somebody has opened this collection's sum.</summary>
    public bool IsOpened(CollectionId collection) => _opened.Contains(collection);

    /// <summary>Somebody opens a sum, or lets a share of its opening leave.</summary>
    public void Open(string opener, CollectionId collection, Digest baseModel, ImmutableArray<SiloId> contributors)
    {
        _opened.Add(collection);
        (int, Digest, string) key = (collection.Round, baseModel, collection.Sum);
        if (!_sets.TryGetValue(key, out ImmutableArray<SiloId> before)) _sets[key] = before = contributors;
        checks.Require(
            FederationCheck.OneOpening, before.AsSpan().SequenceEqual(contributors.AsSpan()),
            $"{opener} opens {collection} over {contributors.Length} sites, and it was opened over {before.Length} others: the difference would be single sites");
    }
}
