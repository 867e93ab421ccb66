using System.Security.Cryptography;

namespace Fed.Crypto.Tests.Seal;

public sealed class SealVectorsTests
{
    [Fact]
    public void Vectors_are_the_ones_that_SEAL_wrote()
    {
        string[] lines = File.ReadAllLines(Path.Combine(SealVectors.Root, "MANIFEST.sha256"));
        Assert.True(lines.Length > 100);
        foreach (string line in lines)
        {
            string[] parts = line.Split("  ", 2);
            Assert.Equal(parts[0], Convert.ToHexStringLower(SHA256.HashData(SealVectors.Read(parts[1].TrimStart('.', '/').Split('/')))));
        }
    }
}
