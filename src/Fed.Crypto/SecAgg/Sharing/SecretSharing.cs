using System.Security.Cryptography;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.SecAgg.Sharing;

/// <summary>Shamir's sharing of one 32-byte secret: the value at place + 1 of a random polynomial of degree threshold - 1 whose value at 0 is the secret. Any threshold values give the secret, fewer give nothing.</summary>
/// <remarks>Shamir, CACM 22(11), 1979, doi:10.1145/359168.359176, over <see cref="PrimeField"/>. Disposing wipes the polynomial.</remarks>
internal sealed class SecretSharing : IDisposable
{
    private readonly SecretBuffer<ulong> _coefficients;
    private readonly int _threshold;

    /// <summary>Draws the polynomial.</summary>
    /// <param name="secret">32 bytes.</param>
    /// <param name="threshold">Shares that give the secret, at least 1.</param>
    /// <param name="stream">Where the other coefficients come from: secret, and used for nothing else.</param>
    public SecretSharing(ReadOnlySpan<byte> secret, int threshold, IRandomStream stream)
    {
        _threshold = threshold;
        _coefficients = new SecretBuffer<ulong>(threshold * PrimeField.Words);
        PrimeField.TryRead(secret, Coefficient(0));
        Span<byte> candidate = stackalloc byte[PrimeField.Bytes];
        for (int i = 1; i < threshold; i++)
        {
            do
            {
                stream.Fill(candidate);
                candidate[0] &= 3;                         // 266 bits: a candidate is refused with probability 3 / 2^266
            }
            while (!PrimeField.TryRead(candidate, Coefficient(i)));
        }
        CryptographicOperations.ZeroMemory(candidate);
    }

    /// <summary>The share of a place.</summary>
    /// <param name="place">The holder's place in the roster.</param>
    /// <param name="share">Receives <see cref="PrimeField.Bytes"/> bytes.</param>
    public void ShareOf(int place, Span<byte> share)
    {
        Span<ulong> value = stackalloc ulong[PrimeField.Words];
        value.Clear();
        for (int i = _threshold - 1; i >= 0; i--)
        {
            PrimeField.MultiplySmall(value, (ulong)place + 1, value);
            PrimeField.Add(value, Coefficient(i), value);
        }
        PrimeField.Write(value, share);
        PrimeField.Wipe(value);
    }

    /// <inheritdoc/>
    public void Dispose() => _coefficients.Dispose();

    private Span<ulong> Coefficient(int i) => _coefficients.Span.Slice(i * PrimeField.Words, PrimeField.Words);
}
