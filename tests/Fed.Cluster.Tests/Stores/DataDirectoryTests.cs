using System.Diagnostics;
using Fed.Actors.Persistence;
using Fed.Cluster.Identity;
using Fed.Cluster.Stores;
using Xunit;

namespace Fed.Cluster.Tests.Stores;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Second_writer_is_told_who_holds_the_directory()
    {
        var data = new DataDirectory(_folder["data"]);
        using (data.Acquire())
        {
            string message = Assert.Throws<DataDirectoryInUseException>(data.Acquire).Message;
            Assert.Contains($"process {Environment.ProcessId}", message, StringComparison.Ordinal);
            Assert.Contains(data.Root, message, StringComparison.Ordinal);
        }
        using IDisposable again = data.Acquire();
        Assert.True(File.Exists(data.LockPath));
    }

    [Fact]
    public async Task Lock_of_a_killed_process_is_free()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("uses flock(1)");
        var data = new DataDirectory(_folder["data"]);
        data.Acquire().Dispose();
        using Process owner = Process.Start(new ProcessStartInfo("flock", ["--no-fork", data.LockPath, "sh", "-c", "echo locked; exec sleep 600"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        Assert.Equal("locked", await owner.StandardOutput.ReadLineAsync());
        Assert.Throws<DataDirectoryInUseException>(data.Acquire);
        owner.Kill();
        await owner.WaitForExitAsync();
        using IDisposable taken = data.Acquire();
        Assert.NotNull(taken);
    }

    [Theory]
    [InlineData("north")]
    [InlineData("Site_7.a-b")]
    [InlineData("0123456789012345678901234567890123456789")]
    public void Safe_names_become_folders(string site) =>
        Assert.Equal(Path.Combine(_folder.Root, "sites", site, "journal.sqlite"), new DataDirectory(_folder.Root).Site(site).Journal);

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("..\\x")]
    [InlineData("münchen")]
    [InlineData("north\n")]
    [InlineData("01234567890123456789012345678901234567890")]
    public void Names_that_are_not_safe_are_refused(string site)
    {
        var data = new DataDirectory(_folder.Root);
        Assert.Throws<ArgumentException>(() => data.Site(site));
        Assert.Throws<ArgumentException>(() => data.Job(site));
    }

    [Fact]
    public void Public_keys_of_node_and_sites_are_found_by_key_id()
    {
        var data = new DataDirectory(_folder["data"]);
        var expected = new SortedSet<Digest>();
        foreach (NodeDirectory node in (NodeDirectory[])[data.Node, data.Site("north"), data.Site("south")])
        {
            node.Create();
            using LocalSigner signer = LocalSigner.LoadOrCreate(node.PrivateKey);
            KeyFiles.WritePublic(node.PublicKey, signer.PublicKey.Span);
            expected.Add(signer.KeyId);
        }
        Assert.Equal(expected, data.PublicKeys().Keys.Order());
        Assert.Equal(["north", "south"], data.Sites());
    }

    public void Dispose() => _folder.Dispose();
}
