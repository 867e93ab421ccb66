using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Fed.Crypto.Ckks;

/// <summary>A rented buffer for secrets in between: pinned while it is used, so that the collector copies nothing, and wiped before it goes back.</summary>
/// <typeparam name="T">A plain number.</typeparam>
internal readonly ref struct SecretScratch<T> : IDisposable
    where T : unmanaged
{
    private readonly T[] _rented;
    private readonly int _length;
    private readonly GCHandle _pin;

    /// <summary>Rents a buffer.</summary>
    public SecretScratch(int length)
    {
        (_rented, _length) = (ArrayPool<T>.Shared.Rent(length), length);
        _pin = GCHandle.Alloc(_rented, GCHandleType.Pinned);
    }

    /// <summary>The buffer; what it holds at first is left from others.</summary>
    public Span<T> Span => _rented.AsSpan(0, _length);

    /// <summary>Wipes and returns the buffer.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(Span));
        _pin.Free();
        ArrayPool<T>.Shared.Return(_rented);
    }
}
