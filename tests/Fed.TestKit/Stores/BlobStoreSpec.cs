using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Xunit;

namespace Fed.TestKit.Stores;

/// <summary>What every blob store promises; derive a test class per implementation.</summary>
public abstract class BlobStoreSpec
{
    /// <summary>An empty store.</summary>
    protected abstract IBlobStore Store { get; }

    [Fact]
    public void Committed_blob_is_named_by_its_hash_and_reads_back()
    {
        byte[] content = Bytes(1000, seed: 1);
        Digest hash = Write(content, pieceBytes: 7);
        Assert.Equal(Digest.Of(content), hash);
        Assert.Equal(content, Read(hash));
        Assert.True(Store.Contains(hash));
        Assert.Equal(content.Length, Store.Length(hash));
    }

    [Fact]
    public void Blob_of_several_pieces_reads_back_whatever_the_size_of_the_writes()
    {
        byte[] content = Bytes((2 * IBulkTransfer.PieceBytes) + 12345, seed: 2);
        Assert.Equal(content, Read(Write(content, content.Length)));
        Assert.Equal(content, Read(Write(content, 100_003)));
        Assert.Single(Store.List());
    }

    [Fact]
    public void Empty_blob_is_a_blob()
    {
        Digest hash = Write([], pieceBytes: 1);
        Assert.Equal(0, Store.Length(hash));
        Assert.Empty(Read(hash));
    }

    [Fact]
    public void Writer_that_is_disposed_without_commit_leaves_nothing()
    {
        using (IBlobWriter writer = Store.Create()) writer.Write(Bytes(100, seed: 3));
        Assert.Empty(Store.List());
        Assert.False(Store.Contains(Digest.Of(Bytes(100, seed: 3))));
    }

    [Fact]
    public void Same_content_twice_is_one_blob()
    {
        Assert.Equal(Write(Bytes(50, seed: 4), 50), Write(Bytes(50, seed: 4), 3));
        Assert.Single(Store.List());
    }

    [Fact]
    public void Two_writers_do_not_see_each_other()
    {
        using IBlobWriter first = Store.Create(), second = Store.Create();
        first.Write("a"u8);
        second.Write("b"u8);
        first.Write("c"u8);
        Assert.Equal(Digest.Of("ac"u8), first.Commit());
        Assert.Equal(Digest.Of("b"u8), second.Commit());
    }

    [Fact]
    public void Commit_ends_a_writer()
    {
        using IBlobWriter writer = Store.Create();
        writer.Write("a"u8);
        writer.Commit();
        Assert.Throws<InvalidOperationException>(() => writer.Write("b"u8));
        Assert.Throws<InvalidOperationException>(() => writer.Commit());
    }

    [Fact]
    public void Missing_blob_is_an_exception_that_names_it()
    {
        Digest missing = Digest.Of("never written"u8);
        Assert.Contains(missing.ToString(), Assert.Throws<BlobMissingException>(() => Store.OpenRead(missing)).Message, StringComparison.Ordinal);
        Assert.False(Store.Contains(missing));
        Assert.Equal(-1, Store.Length(missing));
    }

    [Fact]
    public void Deleted_blob_is_gone_and_deleting_again_does_nothing()
    {
        Digest hash = Write("a"u8.ToArray(), 1), kept = Write("b"u8.ToArray(), 1);
        Store.Delete(hash);
        Store.Delete(hash);
        Assert.False(Store.Contains(hash));
        Assert.Equal([kept], Store.List());
    }

    [Fact]
    public void List_is_in_ordinal_order()
    {
        foreach (byte i in Enumerable.Range(0, 40)) Write([i], 1);
        Digest[] listed = [.. Store.List()];
        Assert.Equal(40, listed.Length);
        Assert.Equal(listed.OrderBy(static hash => hash.ToString(), StringComparer.Ordinal), listed);
    }

    /// <summary>Reproducible bytes.</summary>
    protected static byte[] Bytes(int count, ulong seed)
    {
        var bytes = new byte[count];
        new SeededRandomness(seed).Fill(bytes);
        return bytes;
    }

    /// <summary>Writes and commits a blob in pieces of a size.</summary>
    protected Digest Write(byte[] content, int pieceBytes)
    {
        using IBlobWriter writer = Store.Create();
        for (int start = 0; start < content.Length; start += pieceBytes) writer.Write(content.AsSpan(start, Math.Min(pieceBytes, content.Length - start)));
        return writer.Commit();
    }

    private byte[] Read(Digest hash)
    {
        using Stream blob = Store.OpenRead(hash);
        var bytes = new byte[blob.Length];
        blob.ReadExactly(bytes);
        return bytes;
    }
}
