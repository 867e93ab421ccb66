using Fed.Crypto.Packing;
using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Multiparty;

/// <summary>A vector of ciphertexts as a polynomial, at the points of a challenge; ciphertext by ciphertext.</summary>
internal sealed class SumEvaluation
{
    private readonly RnsRing _ring;
    private readonly SumStatement _statement;
    private readonly Contribution? _contribution;
    private readonly MerkleRoot _root = new();
    private readonly int _points;
    private readonly ulong[] _at, _values, _words;
    private int _index;

    /// <summary>At the points that follow from a challenge.</summary>
    /// <param name="challenge">From the openers' nonces.</param>
    /// <param name="contribution">Whose ciphertexts; null for those of the sum.</param>
    public SumEvaluation(SumChallenge challenge, Contribution? contribution = null)
    {
        (_statement, _contribution) = (challenge.Statement, contribution);
        (_ring, _points) = (_statement.Layout.Profile.Ring, SumFingerprint.PointsOf(_statement.Layout));
        (_at, _values, _words) = (new ulong[_ring.Moduli.Length * _points], new ulong[_ring.Moduli.Length * _points], new ulong[_ring.Words]);
        using AesCtrStream stream = Expansion.Stream(challenge.Seed.ToArray(), "fedactors/sum-fingerprint-points/1");
        for (int p = 0; p < _ring.Moduli.Length; p++) Sampler.Uniform(stream, _ring.Moduli[p].Value, _at.AsSpan(p * _points, _points));
    }

    /// <summary>Adds the next ciphertext.</summary>
    /// <exception cref="RefusedException">It is not the one that was stated, or one too many.</exception>
    /// <exception cref="SealFormatException">It has another length, or a residue that is not below its prime.</exception>
    public void Add(ReadOnlySpan<byte> ciphertext)
    {
        if (_index == _statement.Layout.Ciphertexts) throw new RefusedException($"{Whose} has more than {_index} ciphertexts");
        Hash256 hash = Hash256.Of(ciphertext);
        if (_contribution is not null) _root.Add(hash);
        else if (hash != _statement.Sums[_index]) throw new RefusedException($"ciphertext {_index} of {Whose} is not the one that was stated");
        int bytes = PackedFormat.HeaderBytes + ResiduePacking.PackedBytes(_ring);
        if (ciphertext.Length != bytes) throw new SealFormatException($"ciphertext {_index} of {Whose} has {ciphertext.Length} bytes, not {bytes}");
        if (!ResiduePacking.Unpack(_ring, ciphertext[PackedFormat.HeaderBytes..], _words)) throw new SealFormatException($"ciphertext {_index} of {Whose} has a residue that is not below its prime");
        for (int i = 0; i < _at.Length; i++) _values[i] = Horner(_ring.Moduli[i / _points], _words.AsSpan(i / _points * _ring.N, _ring.N), _at[i], _values[i]);
        _index++;
    }

    /// <summary>The values, shape [prime, point].</summary>
    /// <exception cref="RefusedException">There were fewer than stated, or they are not those that the contributor had committed to.</exception>
    public ulong[] Close()
    {
        if (_index != _statement.Layout.Ciphertexts) throw new RefusedException($"{_index} ciphertexts of {Whose}: a vector of this layout has {_statement.Layout.Ciphertexts}");
        return _contribution is null || _root.Close() == _contribution.Root ? _values : throw _contribution.NotCommitted();
    }

    private string Whose => _contribution is null ? "the aggregator" : $"'{_contribution.Party}'";

    private static ulong Horner(Modulus q, ReadOnlySpan<ulong> words, ulong at, ulong value)
    {
        foreach (ulong word in words) value = q.Add(q.Multiply(value, at), word);
        return value;
    }
}
