using System.Security.Cryptography;

namespace Fed.Cluster.Identity;

/// <summary>The operating system's generator.</summary>
public sealed class SystemRandomness : IRandomness
{
    /// <inheritdoc/>
    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
