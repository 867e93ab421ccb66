using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Cluster.Stores;
using Xunit;

namespace Fed.Cluster.Tests.Stores;

public sealed class FileBlobStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Flipped_byte_is_found_and_the_file_named()
    {
        var store = new FileBlobStore(_folder["blobs"]);
        Digest whole = Write(store, "whole"u8), damaged = Write(store, "damaged"u8);
        byte[] bytes = File.ReadAllBytes(store.PathOf(damaged));
        bytes[3] ^= 0x10;
        File.WriteAllBytes(store.PathOf(damaged), bytes);
        Assert.Null(store.Verify(whole));
        Assert.Contains(store.PathOf(damaged), store.Verify(damaged), StringComparison.Ordinal);
        Assert.Contains(store.PathOf(damaged), Assert.Throws<BlobDamagedException>(() => store.OpenReadVerified(damaged)).Message, StringComparison.Ordinal);
        using Stream readable = store.OpenReadVerified(whole);
        Assert.Equal((0, 5), (readable.Position, readable.Length));
    }

    [Fact]
    public void Truncated_file_is_refused_where_the_length_is_known()
    {
        var store = new FileBlobStore(_folder["blobs"]);
        Digest hash = Write(store, "0123456789"u8);
        using (FileStream file = File.OpenWrite(store.PathOf(hash))) file.SetLength(4);
        Assert.Contains("4 bytes, not 10", Assert.Throws<BlobDamagedException>(() => store.OpenRead(hash, 10)).Message, StringComparison.Ordinal);
        Assert.NotNull(store.Verify(hash));
    }

    [Fact]
    public void Missing_blob_is_reported_with_the_file_to_restore()
    {
        var store = new FileBlobStore(_folder["blobs"]);
        Digest missing = Digest.Of("gone"u8);
        Assert.Contains(store.PathOf(missing), store.Verify(missing), StringComparison.Ordinal);
    }

    [Fact]
    public void Opening_removes_leftovers_of_a_killed_writer_and_keeps_blobs()
    {
        var store = new FileBlobStore(_folder["blobs"]);
        Digest kept = Write(store, "kept"u8);
        File.WriteAllText(_folder["blobs/17.part"], "half a blob");
        var again = new FileBlobStore(_folder["blobs"]);
        Assert.Empty(Directory.EnumerateFiles(_folder["blobs"]));
        Assert.Equal([kept], again.List());
    }

    [Fact]
    public void Reader_beside_a_writer_sees_commits_and_changes_nothing()
    {
        var store = new FileBlobStore(_folder["blobs"]);
        using IBlobWriter writer = store.Create();
        writer.Write("unfinished"u8);
        FileBlobStore reader = FileBlobStore.OpenReadOnly(_folder["blobs"]);
        Digest hash = Write(store, "finished"u8);
        Assert.True(reader.Contains(hash));
        Assert.Throws<InvalidOperationException>(() => reader.Delete(hash));
        Assert.Throws<InvalidOperationException>(reader.Create);
        Assert.Equal(Digest.Of("unfinished"u8), writer.Commit());
    }

    [Fact]
    public void Full_disk_is_a_sentence_and_leaves_nothing_half_written()
    {
        using var disk = new Tmpfs("1m");
        var store = new FileBlobStore(Path.Combine(disk.Root, "blobs"));
        Digest small = Write(store, new byte[1000]);
        IOException failure = Assert.Throws<IOException>(() => Write(store, new byte[2_000_000]));
        Assert.Contains("the disk is full", failure.Message, StringComparison.Ordinal);
        Assert.Equal([small], store.List());
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(disk.Root, "blobs")));
        Assert.True(store.Contains(Write(store, new byte[100_000])));
    }

    private static Digest Write(FileBlobStore store, ReadOnlySpan<byte> content)
    {
        using IBlobWriter writer = store.Create();
        writer.Write(content);
        return writer.Commit();
    }

    public void Dispose() => _folder.Dispose();
}
