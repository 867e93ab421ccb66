using System.Numerics;
using Fed.Crypto.Packing;
using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;
using Fed.Crypto.Tests.Sampling;

namespace Fed.Crypto.Tests.Attacks;

/// <summary>Threshold opening as it should not be built, for attacks to succeed on: holders of an additively shared secret that multiply whatever they are sent, each time with fresh errors of a fixed small size.</summary>
internal sealed class WeakHolders
{
    private readonly RnsRing _ring;
    private readonly ulong[][] _parts;
    private readonly AesCtrStream _stream;

    /// <summary>Shares a secret out.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="secret">NTT form.</param>
    /// <param name="count">Holders; all are needed.</param>
    /// <param name="seed">Of parts and errors.</param>
    public WeakHolders(RnsRing ring, ReadOnlySpan<ulong> secret, int count, int seed = 1)
    {
        _ring = ring;
        _stream = SeededEntropy.Stream(seed);
        _parts = [.. Enumerable.Range(0, count).Select(_ => new ulong[ring.Words])];
        secret.CopyTo(_parts[0]);
        foreach (ulong[] part in _parts.Skip(1))
        {
            Sampler.Uniform(_stream, ring, part);
            ring.Subtract(_parts[0].AsSpan(), part);
        }
    }

    /// <summary>The deviation of what is added to each share: that of errors, or a wide one.</summary>
    public WideGaussian? Smudging { get; init; }

    /// <summary>A holder's part, for a test to compare with.</summary>
    public ReadOnlySpan<ulong> PartOf(int holder) => _parts[holder];

    /// <summary>c1 s_i + f, f drawn anew.</summary>
    public ulong[] Share(int holder, ReadOnlySpan<ulong> c1)
    {
        ulong[] share = new ulong[_ring.Words];
        if (Smudging is null)
        {
            sbyte[] errors = new sbyte[_ring.N];
            Sampler.CenteredBinomial(_stream, errors);
            _ring.FromSigned(errors, share);
        }
        else
        {
            long[] errors = new long[_ring.N];
            Smudging.Fill(_stream, errors);
            _ring.FromSigned(errors, share);
        }
        _ring.Forward(share);
        _ring.MultiplyAdd(c1, _parts[holder], share);
        return share;
    }

    /// <summary>All shares added up: c1 s and small errors.</summary>
    public ulong[] Together(ReadOnlySpan<ulong> c1)
    {
        ulong[] sum = new ulong[_ring.Words];
        for (int holder = 0; holder < _parts.Length; holder++) _ring.Add(sum, Share(holder, c1));
        return sum;
    }

    /// <summary>Opens a ciphertext that says it sums so many vectors.</summary>
    public long[] Open(PackedFormat format, byte[] ciphertext, int summands)
    {
        ulong[] opened = new ulong[_ring.Words], c1 = new ulong[_ring.Words];
        format.Unpack(ciphertext, 0, opened);
        format.Unpack(ciphertext, 1, c1);
        _ring.Add(opened, Together(c1));
        int index = format.Read(ciphertext).Index;
        long[] values = new long[format.Layout.ValuesOf(index).Count];
        using SumDecoder decoder = new(format.Layout, summands);
        decoder.Decode(index, opened, values);
        return values;
    }
}

/// <summary>Algebra that an attacker does in the open.</summary>
internal static class RingAlgebra
{
    /// <summary>a / b in NTT form, word by word; where b is zero, zero.</summary>
    public static ulong[] Divide(RnsRing ring, ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        ulong[] quotient = new ulong[ring.Words];
        for (int i = 0; i < quotient.Length; i++)
        {
            Modulus q = ring.Moduli[i / ring.N];
            quotient[i] = b[i] == 0 ? 0 : q.Multiply(a[i], q.Inverse(b[i]));
        }
        return quotient;
    }

    /// <summary>The coefficients, centred.</summary>
    public static BigInteger[] Coefficients(RnsRing ring, ReadOnlySpan<ulong> evaluations)
    {
        ulong[] poly = evaluations.ToArray();
        ring.Inverse(poly);
        return [.. Enumerable.Range(0, ring.N).Select(i => ring.ComposeCentredAt(poly, i))];
    }

    /// <summary>NTT form of a polynomial with these coefficients.</summary>
    public static ulong[] Evaluations(RnsRing ring, ReadOnlySpan<BigInteger> coefficients)
    {
        ulong[] poly = new ulong[ring.Words];
        for (int p = 0; p < ring.Moduli.Length; p++)
            for (int i = 0; i < coefficients.Length; i++) poly[(p * ring.N) + i] = ring.Moduli[p].Reduce(coefficients[i]);
        ring.Forward(poly);
        return poly;
    }

    /// <summary>The integer nearest to a / b, for b above zero.</summary>
    public static BigInteger RoundedQuotient(BigInteger a, BigInteger b)
    {
        BigInteger shifted = (2 * a) + b, quotient = BigInteger.DivRem(shifted, 2 * b, out BigInteger remainder);
        return remainder.Sign < 0 ? quotient - 1 : quotient;
    }
}
