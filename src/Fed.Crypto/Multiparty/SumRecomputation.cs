using Fed.Crypto.Packing;

namespace Fed.Crypto.Multiparty;

/// <summary>Reads one ciphertext of a contribution, wherever it is kept.</summary>
/// <param name="party">The contributor.</param>
/// <param name="index">Index of the ciphertext.</param>
public delegate ReadOnlyMemory<byte> ContributionReader(string party, int index);

/// <summary>Adds up an index of a stated sum again.</summary>
internal static class SumRecomputation
{
    /// <summary>Refuses an index whose contributions do not add up to the stated sum.</summary>
    /// <exception cref="RefusedException">A ciphertext is not the one that was committed to, or the sum is another.</exception>
    public static void Require(SumStatement statement, CollectivePublicKey key, int index, ContributionReader ciphertexts)
    {
        SumAccumulator accumulator = new(statement.Layout, key.Key.Id.AsSpan());
        foreach (Contribution contribution in statement.Contributions)
        {
            ReadOnlyMemory<byte> ciphertext = ciphertexts(contribution.Party, index);
            if (CiphertextHash.Of(ciphertext.Span) != contribution.Ciphertexts[index]) throw new RefusedException($"ciphertext {index} of '{contribution.Party}' is not the one it had committed to");
            accumulator.Add(ciphertext.Span);
            if (accumulator.Index != index) throw new RefusedException($"ciphertext {accumulator.Index} of '{contribution.Party}' stands at place {index}");
        }
        byte[] sum = new byte[accumulator.SumBytes];
        accumulator.Close(sum);
        if (CiphertextHash.Of(sum) != statement.Sums[index]) throw new RefusedException($"ciphertext {index} of the sum for {statement.Round} is not the sum of its contributions");
    }
}
