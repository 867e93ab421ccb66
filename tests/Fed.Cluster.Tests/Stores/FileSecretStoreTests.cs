using Fed.Actors.Ports;
using Fed.Cluster.Stores;
using Xunit;

namespace Fed.Cluster.Tests.Stores;

public sealed class FileSecretStoreTests : IDisposable
{
    private const string Name = "job-1~3~1~training";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Root => _folder["secrets"];

    [Fact]
    public void What_was_written_last_is_read_also_by_the_next_process()
    {
        FileSecretStore store = new(Root);
        Assert.Null(store.Read(Name));
        store.Write(Name, [1, 2, 3]);
        store.Write(Name, [4, 5]);
        Assert.Equal(new byte[] { 4, 5 }, new FileSecretStore(Root).Read(Name));
        Assert.Equal([Name], new FileSecretStore(Root).Names);
    }

    [Fact]
    public void An_erased_secret_is_gone_and_nothing_is_stored_under_its_name_again()
    {
        FileSecretStore store = new(Root);
        store.Write(Name, [1, 2, 3]);
        store.Erase(Name);
        store.Erase("never~there");
        FileSecretStore next = new(Root);
        Assert.Null(next.Read(Name));
        Assert.Empty(next.Names);
        Assert.Throws<SecretErasedException>(() => next.Write(Name, [1]));
        Assert.Throws<SecretErasedException>(() => next.Write("never~there", [1]));
        Assert.All(Directory.EnumerateFiles(Root), static file => Assert.Equal(0, new FileInfo(file).Length));
    }

    [Fact]
    public void A_secret_whose_erasing_was_cut_off_behind_the_tombstone_is_not_read_any_more()
    {
        FileSecretStore store = new(Root);
        store.Write(Name, [1, 2, 3]);
        File.WriteAllBytes(Path.Combine(Root, Name + ".erased"), []);
        Assert.Null(new FileSecretStore(Root).Read(Name));
    }

    [Fact]
    public void A_write_that_was_cut_off_leaves_the_secret_before_it_and_nothing_else()
    {
        FileSecretStore store = new(Root);
        store.Write(Name, [1, 2, 3]);
        File.WriteAllBytes(Path.Combine(Root, Name + ".unfinished"), [9, 9]);
        Assert.Equal(new byte[] { 1, 2, 3 }, new FileSecretStore(Root).Read(Name));
        Assert.Single(Directory.EnumerateFiles(Root));
    }

    [Fact]
    public void Only_the_owner_may_read_files_and_folder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no file modes there");
        FileSecretStore store = new(Root);
        store.Write(Name, [1]);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Root, Name + ".secret")));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Root));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("../key")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    public void A_name_that_is_no_file_name_is_refused(string name) => Assert.Throws<ArgumentException>(() => new FileSecretStore(Root).Write(name, [1]));
}
