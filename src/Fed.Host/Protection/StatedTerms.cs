using System.Collections.Immutable;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;

namespace Fed.Host.Protection;

/// <summary>A stated sum in the library's words.</summary>
/// <param name="Key">The key.</param>
/// <param name="Layout">Where values lie.</param>
/// <param name="List">The closed list, read.</param>
/// <param name="Statement">What was summed.</param>
/// <param name="Active">Who opens.</param>
internal sealed record StatedTerms(CollectivePublicKey Key, PackingLayout Layout, ImmutableSortedDictionary<SiloId, CommitmentBytes> List, SumStatement Statement, ActiveSet Active)
{
    /// <summary>Reads what was stated of an attempt.</summary>
    /// <exception cref="CeremonyException">A contributor is not on the list, or bytes are no commitment or statement.</exception>
    public static StatedTerms Of(CkksTerms terms, EncryptionContext context, StatedSum sum)
    {
        CollectivePublicKey key = terms.Key(context);
        PackingLayout layout = terms.Layout(context.Terms);
        ImmutableSortedDictionary<SiloId, CommitmentBytes> list = sum.List.ToImmutableSortedDictionary(static pair => pair.Key, pair => CommitmentBytes.Read(context, key, layout, pair.Key, pair.Value));
        IEnumerable<Contribution> contributions = sum.Contributors.Select(silo => list.TryGetValue(silo, out CommitmentBytes? read)
            ? read.Contribution
            : throw new CeremonyException($"'{silo}' is in the sum for {context.Collection} and has not committed to anything") { Site = silo });
        SumStatement statement = new(CkksTerms.Round(context, context.Collection.Attempt), layout, contributions, HashList.Read(sum.Statement.Span));
        return new StatedTerms(key, layout, list, statement, ActiveSet.Create(key.Ceremony, sum.Openers.Select(static silo => silo.Value)));
    }
}
