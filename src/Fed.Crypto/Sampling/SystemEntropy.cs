using System.Security.Cryptography;

namespace Fed.Crypto.Sampling;

/// <summary>The operating system's generator.</summary>
public sealed class SystemEntropy : IEntropy
{
    private SystemEntropy()
    {
    }

    /// <summary>The one instance; safe for any number of threads.</summary>
    public static SystemEntropy Instance { get; } = new();

    /// <inheritdoc/>
    public void Fill(Span<byte> buffer) => RandomNumberGenerator.Fill(buffer);
}
