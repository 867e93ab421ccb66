using System.Security.Cryptography;
using Fed.Actors.Persistence;
using Fed.Cluster.Identity;
using Xunit;

namespace Fed.Cluster.Tests.Identity;

public sealed class LocalSignerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Key_is_the_same_after_loading_and_its_file_is_for_its_owner_only()
    {
        Digest created, loaded;
        using (LocalSigner signer = LocalSigner.LoadOrCreate(_folder["key.pem"])) created = signer.KeyId;
        using (LocalSigner signer = LocalSigner.LoadOrCreate(_folder["key.pem"])) loaded = signer.KeyId;
        Assert.Equal(created, loaded);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["key.pem"]));
        Assert.Equal(["key.pem"], Directory.EnumerateFiles(_folder.Root).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void Key_that_others_can_reach_is_refused_with_the_remedy(UnixFileMode open)
    {
        LocalSigner.LoadOrCreate(_folder["key.pem"]).Dispose();
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no file modes");
        else File.SetUnixFileMode(_folder["key.pem"], UnixFileMode.UserRead | UnixFileMode.UserWrite | open);
        string message = Assert.Throws<KeyFileException>(() => LocalSigner.LoadOrCreate(_folder["key.pem"])).Message;
        Assert.Contains($"chmod 600 '{_folder["key.pem"]}'", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    public void File_without_a_key_is_refused_by_name(string content)
    {
        LocalSigner.LoadOrCreate(_folder["key.pem"]).Dispose();
        File.WriteAllText(_folder["key.pem"], content);
        Assert.Contains(_folder["key.pem"], Assert.Throws<KeyFileException>(() => LocalSigner.LoadOrCreate(_folder["key.pem"])).Message, StringComparison.Ordinal);
    }

    /// <summary>A curve that the platform does not know has an exception of its own there; a peer's bytes must not bring a node down.</summary>
    [Fact]
    public void Public_key_with_any_byte_changed_verifies_nothing()
    {
        using LocalSigner signer = LocalSigner.LoadOrCreate(_folder["key.pem"]);
        ReadOnlyMemory<byte> signature = signer.Sign("purpose", "content"u8);
        for (int at = 0; at < signer.PublicKey.Length; at++)
        {
            byte[] changed = signer.PublicKey.ToArray();
            changed[at] ^= 1;
            Assert.False(signer.Verify("purpose", "content"u8, signature.Span, changed));
        }
    }

    [Fact]
    public void Public_key_on_another_curve_verifies_nothing()
    {
        using LocalSigner signer = LocalSigner.LoadOrCreate(_folder["key.pem"]);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        byte[] publicKey = other.ExportSubjectPublicKeyInfo();
        Assert.False(signer.Verify("p", "c"u8, signer.Sign("p", "c"u8).Span, publicKey));
        KeyFiles.WritePublic(_folder["other.pub"], publicKey);
        Assert.Throws<KeyFileException>(() => KeyFiles.ReadPublic(_folder["other.pub"]));
    }

    [Fact]
    public void Public_key_file_gives_back_the_key()
    {
        using LocalSigner signer = LocalSigner.LoadOrCreate(_folder["key.pem"]);
        KeyFiles.WritePublic(_folder["key.pub"], signer.PublicKey.Span);
        Assert.Equal(signer.PublicKey.ToArray(), KeyFiles.ReadPublic(_folder["key.pub"]));
    }

    public void Dispose() => _folder.Dispose();
}
