using System.Collections.Immutable;
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
    private readonly ImmutableArray<CiphertextHash> _hashes;
    private readonly string _whose;
    private readonly int _points;
    private readonly ulong[] _at, _values, _words;
    private int _index;

    /// <summary>At the points that follow from a challenge.</summary>
    public SumEvaluation(SumChallenge challenge, SumPart part, ImmutableArray<CiphertextHash> hashes, string whose)
    {
        (_ring, _part, _hashes, _whose, _points) = (challenge.Statement.Layout.Profile.Ring, part, hashes, whose, SumFingerprint.PointsOf(challenge.Statement.Layout));
        (_at, _values, _words) = (new ulong[_ring.Moduli.Length * _points], new ulong[_ring.Moduli.Length * _points], new ulong[_ring.Words]);
        using AesCtrStream stream = Expansion.Stream(challenge.Seed.ToArray(), "fedactors/sum-fingerprint-points/1");
        for (int p = 0; p < _ring.Moduli.Length; p++) Sampler.Uniform(stream, _ring.Moduli[p].Value, _at.AsSpan(p * _points, _points));
    }

    /// <summary>Adds the part of the next ciphertext.</summary>
    /// <exception cref="RefusedException">It is not the one that was stated.</exception>
    /// <exception cref="SealFormatException">It has another length, or a residue that is not below its prime.</exception>
    public void Add(ReadOnlySpan<byte> part)
    {
        if (_index == _hashes.Length || !IsStated(part)) throw new RefusedException($"ciphertext {_index} of {_whose} is not the one that was stated");
        int header = _part == SumPart.First ? PackedFormat.HeaderBytes : 0, bytes = header + ResiduePacking.PackedBytes(_ring);
        if (part.Length != bytes) throw new SealFormatException($"a polynomial of ciphertext {_index} of {_whose} has {part.Length} bytes, not {bytes}");
        if (!ResiduePacking.Unpack(_ring, part[header..], _words)) throw new SealFormatException($"ciphertext {_index} of {_whose} has a residue that is not below its prime");
        for (int i = 0; i < _at.Length; i++) _values[i] = Horner(_ring.Moduli[i / _points], _words.AsSpan(i / _points * _ring.N, _ring.N), _at[i], _values[i]);
        _index++;
    }

    /// <summary>The values, shape [prime, point].</summary>
    /// <exception cref="RefusedException">There were fewer than stated.</exception>
    public ulong[] Close() => _index == _hashes.Length ? _values : throw new RefusedException($"{_index} ciphertexts of {_whose}: {_hashes.Length} were stated");

    private bool IsStated(ReadOnlySpan<byte> part) => _part == SumPart.First ? Hash256.Of(part) == _hashes[_index].First : ShareRequests.C1(part) == _hashes[_index].Second;

    private static ulong Horner(Modulus q, ReadOnlySpan<ulong> words, ulong at, ulong value)
    {
        foreach (ulong word in words) value = q.Add(q.Multiply(value, at), word);
        return value;
    }
}
