using Fed.Crypto.Packing;
using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Multiparty;

/// <summary>Which of the two polynomials of every ciphertext.</summary>
internal enum SumPart
{
    /// <summary>Header and c0.</summary>
    First,

    /// <summary>c1.</summary>
    Second,
}

/// <summary>One part of a vector of ciphertexts as a polynomial, at the points of a challenge; ciphertext by ciphertext.</summary>
internal sealed class SumEvaluation
{
    private readonly RnsRing _ring;
    private readonly SumPart _part;
    private readonly SumStatement _statement;
    private readonly Contribution? _contribution;
    private readonly MerkleRoot _root = new();
    private readonly int _points;
    private readonly ulong[] _at, _values, _words;
    private int _index;

    /// <summary>At the points that follow from a challenge.</summary>
    /// <param name="challenge">From the openers' nonces.</param>
    /// <param name="part">Which part.</param>
    /// <param name="contribution">Whose ciphertexts; null for those of the sum.</param>
    public SumEvaluation(SumChallenge challenge, SumPart part, Contribution? contribution = null)
    {
        (_statement, _part, _contribution) = (challenge.Statement, part, contribution);
        (_ring, _points) = (_statement.Layout.Profile.Ring, SumFingerprint.PointsOf(_statement.Layout));
        (_at, _values, _words) = (new ulong[_ring.Moduli.Length * _points], new ulong[_ring.Moduli.Length * _points], new ulong[_ring.Words]);
        using AesCtrStream stream = Expansion.Stream(challenge.Seed.ToArray(), "fedactors/sum-fingerprint-points/1");
        for (int p = 0; p < _ring.Moduli.Length; p++) Sampler.Uniform(stream, _ring.Moduli[p].Value, _at.AsSpan(p * _points, _points));
    }

    /// <summary>Adds the part of the next ciphertext.</summary>
    /// <exception cref="RefusedException">It is not the one that was stated, or one too many.</exception>
    /// <exception cref="SealFormatException">It has another length, or a residue that is not below its prime.</exception>
    public void Add(ReadOnlySpan<byte> part)
    {
        if (_index == _statement.Layout.Ciphertexts) throw new RefusedException($"{Whose} has more than {_index} ciphertexts");
        Hash256 hash = _part == SumPart.First ? Hash256.Of(part) : ShareRequests.C1(part);
        if (_contribution is not null) _root.Add(hash);
        else if (hash != (_part == SumPart.First ? _statement.Sums[_index].First : _statement.Sums[_index].Second)) throw new RefusedException($"ciphertext {_index} of {Whose} is not the one that was stated");
        int header = _part == SumPart.First ? PackedFormat.HeaderBytes : 0, bytes = header + ResiduePacking.PackedBytes(_ring);
        if (part.Length != bytes) throw new SealFormatException($"a polynomial of ciphertext {_index} of {Whose} has {part.Length} bytes, not {bytes}");
        if (!ResiduePacking.Unpack(_ring, part[header..], _words)) throw new SealFormatException($"ciphertext {_index} of {Whose} has a residue that is not below its prime");
        for (int i = 0; i < _at.Length; i++) _values[i] = Horner(_ring.Moduli[i / _points], _words.AsSpan(i / _points * _ring.N, _ring.N), _at[i], _values[i]);
        _index++;
    }

    /// <summary>The values, shape [prime, point].</summary>
    /// <exception cref="RefusedException">There were fewer than stated, or they are not those that the contributor had committed to.</exception>
    public ulong[] Close()
    {
        if (_index != _statement.Layout.Ciphertexts) throw new RefusedException($"{_index} ciphertexts of {Whose}: a vector of this layout has {_statement.Layout.Ciphertexts}");
        return _contribution is null || _root.Close() == _contribution.Roots.Of(_part) ? _values : throw _contribution.NotCommitted();
    }

    private string Whose => _contribution is null ? "the aggregator" : $"'{_contribution.Party}'";

    private static ulong Horner(Modulus q, ReadOnlySpan<ulong> words, ulong at, ulong value)
    {
        foreach (ulong word in words) value = q.Add(q.Multiply(value, at), word);
        return value;
    }
}
