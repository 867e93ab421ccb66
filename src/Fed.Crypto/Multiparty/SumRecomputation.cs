using System.Collections.Immutable;
using Fed.Crypto.Packing;

namespace Fed.Crypto.Multiparty;

/// <summary>Reads one ciphertext of a contribution, wherever it is kept.</summary>
/// <param name="party">The contributor.</param>
/// <param name="index">Index of the ciphertext.</param>
public delegate ReadOnlyMemory<byte> ContributionReader(string party, int index);

/// <summary>Reads the hashes of all ciphertexts of a contribution, wherever they are kept: a single ciphertext is checked by them, and they by the root that was committed to.</summary>
/// <param name="party">The contributor.</param>
public delegate ImmutableArray<Hash256> ContributionHashes(string party);

/// <summary>Adds up indices of a stated sum again.</summary>
internal static class SumRecomputation
{
    /// <summary>Adds up every index, and refuses contributions that do not add up to the stated sum, or are not what was committed to.</summary>
    public static void RequireAll(SumStatement statement, CollectivePublicKey key, ContributionReader ciphertexts)
    {
        MerkleRoot[] roots = [.. statement.Contributions.Select(static _ => new MerkleRoot())];
        for (int index = 0; index < statement.Sums.Length; index++)
        {
            Require(statement, key, index, ciphertexts, (contribution, hash) => roots[contribution].Add(hash));
        }

        for (int i = 0; i < roots.Length; i++)
            if (roots[i].Close() != statement.Contributions[i].Root) throw statement.Contributions[i].NotCommitted();
    }

    /// <summary>Adds up some indices, each ciphertext checked by the hashes of its contribution.</summary>
    public static void Require(SumStatement statement, CollectivePublicKey key, IReadOnlyCollection<int> indices, ContributionReader ciphertexts, ContributionHashes hashes)
    {
        if (indices.Count == 0) return;
        ImmutableArray<ImmutableArray<Hash256>> committed = [.. statement.Contributions.Select(contribution =>
        {
            ImmutableArray<Hash256> all = hashes(contribution.Party);
            contribution.RequireHashes(statement.Layout, all);
            return all;
        })];
        foreach (int index in indices)
        {
            Require(statement, key, index, ciphertexts, (contribution, hash) =>
            {
                if (hash != committed[contribution][index]) throw new RefusedException($"ciphertext {index} of '{statement.Contributions[contribution].Party}' is not the one it had committed to") { Party = statement.Contributions[contribution].Party };
            });
        }
    }

    private static void Require(SumStatement statement, CollectivePublicKey key, int index, ContributionReader ciphertexts, Action<int, Hash256> check)
    {
        SumAccumulator accumulator = new(statement.Layout, key.Key.Id.AsSpan());
        for (int i = 0; i < statement.Contributions.Length; i++)
        {
            string party = statement.Contributions[i].Party;
            ReadOnlyMemory<byte> ciphertext = ciphertexts(party, index);
            check(i, Hash256.Of(ciphertext.Span));
            accumulator.Add(ciphertext.Span);
            if (accumulator.Index != index) throw new RefusedException($"ciphertext {accumulator.Index} of '{party}' stands at place {index}");
        }
        byte[] sum = new byte[accumulator.SumBytes];
        accumulator.Close(sum);
        if (Hash256.Of(sum) != statement.Sums[index]) throw new RefusedException($"ciphertext {index} of the sum for {statement.Round} is not the sum of its contributions");
    }
}
