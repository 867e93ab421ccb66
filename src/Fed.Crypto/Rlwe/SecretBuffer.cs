using System.Security.Cryptography;

namespace Fed.Crypto.Rlwe;

/// <summary>Memory for secrets: pinned, so that the collector leaves no copy of it behind, and zeroed when disposed.</summary>
/// <typeparam name="T">A plain number.</typeparam>
internal sealed class SecretBuffer<T>(int length) : IDisposable
    where T : unmanaged
{
    private readonly T[] _values = GC.AllocateArray<T>(length, pinned: true);

    /// <summary>The buffer, zeros at first.</summary>
    public Span<T> Span => _values;

    /// <summary>Zeroes the buffer in a way that the compiler does not remove.</summary>
    public void Wipe() => CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_values.AsSpan()));

    /// <inheritdoc/>
    public void Dispose() => Wipe();
}
