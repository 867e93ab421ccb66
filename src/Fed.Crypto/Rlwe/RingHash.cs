using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Fed.Crypto.Ring;

namespace Fed.Crypto.Rlwe;

/// <summary>SHA-256 over a purpose, a ring and polynomials of it: purpose, line feed, N, the number of primes, the primes, then residues in order, all as 64-bit little-endian words.</summary>
internal sealed class RingHash : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public RingHash(string purpose, RnsRing ring)
    {
        _hash.AppendData(Encoding.UTF8.GetBytes(purpose + "\n"));
        Append([(ulong)ring.N, (ulong)ring.Moduli.Length, .. ring.Moduli.Select(static q => q.Value)]);
    }

    /// <summary>Hashes residues.</summary>
    public void Append(ReadOnlySpan<ulong> words)
    {
        if (BitConverter.IsLittleEndian)
        {
            _hash.AppendData(MemoryMarshal.AsBytes(words));
            return;
        }
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        foreach (ulong word in words)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, word);
            _hash.AppendData(bytes);
        }
    }

    /// <summary>The hash, 32 bytes.</summary>
    public ImmutableArray<byte> Close() => [.. _hash.GetHashAndReset()];

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
