using System.Collections.Immutable;
using Fed.Actors.Ports;
using Fed.Crypto;
using Fed.Crypto.Packing;

namespace Fed.Host.Protection;

/// <summary>A sum of ciphertexts in the making: one word for each residue of a vector, whatever the number of sites. It holds no secret, and cannot do more than add.</summary>
internal sealed class CkksAccumulator : ISumAccumulator
{
    private readonly PackingLayout _layout;
    private readonly byte[] _tail;
    private readonly ImmutableArray<SumAccumulator> _sums;

    /// <summary>An empty sum under a key.</summary>
    /// <param name="layout">Where values lie.</param>
    /// <param name="keyId">The key.</param>
    /// <param name="tailBytes">What follows the ciphertexts of an upload, which is no part of the sum.</param>
    public CkksAccumulator(PackingLayout layout, byte[] keyId, int tailBytes)
    {
        (_layout, _tail) = (layout, new byte[tailBytes]);
        ulong[] scratch = new ulong[layout.Profile.Ring.Words];
        _sums = [.. Enumerable.Range(0, layout.Ciphertexts).Select(_ => new SumAccumulator(layout, keyId, scratch))];
    }

    /// <inheritdoc/>
    public void Add(Stream contribution) => Add(CiphertextStream.Read(_layout, contribution, _tail), summands: 1);

    /// <inheritdoc/>
    public void AddPart(Stream partialSum, int summands) => Add(CiphertextStream.Read(_layout, partialSum), summands);

    private void Add(IEnumerable<ReadOnlyMemory<byte>> ciphertexts, int summands)
    {
        int index = 0;
        try
        {
            foreach (ReadOnlyMemory<byte> ciphertext in ciphertexts)
            {
                SumAccumulator sum = _sums[index];
                sum.Add(ciphertext.Span, summands);
                if (sum.Index != index) throw new InvalidDataException($"ciphertext {sum.Index} stands in place {index}");
                index++;
            }
        }
        catch (CryptoException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public void WriteTo(IBlobWriter output)
    {
        byte[] ciphertext = new byte[_sums[0].SumBytes];
        foreach (SumAccumulator sum in _sums)
        {
            sum.Close(ciphertext);
            output.Write(ciphertext);
        }
    }
}
