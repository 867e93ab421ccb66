using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Fed.Crypto.Ckks;

/// <summary>A rented buffer for secrets in between: wiped before it goes back.</summary>
/// <typeparam name="T">A plain number.</typeparam>
internal readonly ref struct SecretScratch<T>(int length) : IDisposable
    where T : unmanaged
{
    private readonly T[] _rented = ArrayPool<T>.Shared.Rent(length);

    /// <summary>The buffer; what it holds at first is left from others.</summary>
    public Span<T> Span => _rented.AsSpan(0, length);

    /// <summary>Wipes and returns the buffer.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(Span));
        ArrayPool<T>.Shared.Return(_rented);
    }
}
