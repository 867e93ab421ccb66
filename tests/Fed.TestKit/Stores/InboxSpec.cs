using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Xunit;

namespace Fed.TestKit.Stores;

/// <summary>What every inbox promises; derive a test class per implementation.</summary>
public abstract class InboxSpec
{
    private const int Piece = IBulkTransfer.PieceBytes;

    private readonly byte[] _content = Content((2 * Piece) + 777);

    /// <summary>An empty inbox.</summary>
    protected abstract IInbox Inbox { get; }

    private Digest Hash => Digest.Of(_content);

    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(2, 1, 0)]
    [InlineData(1, 0, 2)]
    public void Pieces_in_any_order_make_the_contribution(int first, int second, int third)
    {
        using IInboxEntry entry = Inbox.Open("r/1/north", Hash, _content.Length);
        Put(entry, first);
        Put(entry, second);
        Assert.False(entry.Complete());
        Assert.Null(Inbox.OpenRead("r/1/north", Hash, _content.Length));
        Put(entry, third);
        Assert.True(entry.Complete());
        Assert.Equal(_content, Read("r/1/north"));
    }

    [Fact]
    public void Piece_that_comes_twice_counts_once()
    {
        using IInboxEntry entry = Inbox.Open("e", Hash, _content.Length);
        Put(entry, 0);
        Put(entry, 0);
        Assert.True(entry.Has(0));
        Assert.False(entry.Has(1));
        Assert.False(entry.Complete());
        Put(entry, 1);
        Put(entry, 2);
        Put(entry, 2);
        Assert.True(entry.Complete());
        Assert.True(entry.Complete());
    }

    [Fact]
    public void Reception_is_taken_up_where_it_was_left()
    {
        using (IInboxEntry entry = Inbox.Open("e", Hash, _content.Length)) Put(entry, 1);
        using IInboxEntry again = Inbox.Open("e", Hash, _content.Length);
        Assert.Equal([false, true, false], Enumerable.Range(0, 3).Select(piece => again.Has(piece)));
        Put(again, 0);
        Put(again, 2);
        Assert.True(again.Complete());
        Assert.Equal(_content, Read("e"));
    }

    [Fact]
    public void Wrong_bytes_empty_the_entry_which_can_then_be_filled_again()
    {
        using IInboxEntry entry = Inbox.Open("e", Hash, _content.Length);
        var wrong = (byte[])_content.Clone();
        wrong[Piece + 5] ^= 1;
        for (int piece = 0; piece < 3; piece++) Put(entry, piece, wrong);
        Assert.False(entry.Complete());
        Assert.False(entry.Has(0));
        Assert.Null(Inbox.OpenRead("e", Hash, _content.Length));
        for (int piece = 0; piece < 3; piece++) Put(entry, piece);
        Assert.True(entry.Complete());
        Assert.Equal(_content, Read("e"));
    }

    [Fact]
    public void Another_hash_under_the_same_id_starts_anew()
    {
        using (IInboxEntry entry = Inbox.Open("e", Hash, _content.Length)) Put(entry, 0);
        using IInboxEntry other = Inbox.Open("e", Digest.Of("x"u8), 1);
        Assert.False(other.Has(0));
        other.Write(0, "x"u8);
        Assert.True(other.Complete());
        Assert.Null(Inbox.OpenRead("e", Hash, _content.Length));
    }

    [Fact]
    public void Empty_contribution_is_complete_at_once()
    {
        using IInboxEntry entry = Inbox.Open("e", Digest.Of([]), 0);
        Assert.True(entry.Complete());
        using Stream? content = Inbox.OpenRead("e", Digest.Of([]), 0);
        Assert.NotNull(content);
        Assert.Equal(0, content.Length);
    }

    [Fact]
    public void Pieces_of_a_wrong_length_or_place_are_refused()
    {
        using IInboxEntry entry = Inbox.Open("e", Hash, _content.Length);
        Assert.Throws<ArgumentException>(() => entry.Write(0, "short"u8));
        Assert.Throws<ArgumentException>(() => entry.Write(2, _content.AsSpan(0, Piece)));
        Assert.Throws<ArgumentOutOfRangeException>(() => entry.Write(3, "x"u8));
        Assert.Throws<ArgumentOutOfRangeException>(() => entry.Write(-1, "x"u8));
    }

    [Fact]
    public void Discard_forgets_what_starts_with_the_prefix_and_nothing_else()
    {
        foreach (string id in (string[])["r/1/a", "r/1/b", "r/10/a", "s"]) Fill(id);
        Inbox.Discard("r/1/");
        Assert.Equal([false, false, true, true], ((string[])["r/1/a", "r/1/b", "r/10/a", "s"]).Select(IsThere));
    }

    [Fact]
    public void Receiver_of_a_discarded_entry_finds_it_never_complete()
    {
        using IInboxEntry entry = Inbox.Open("e", Digest.Of("x"u8), 1);
        Inbox.Discard("e");
        entry.Write(0, "x"u8);
        Assert.False(entry.Complete());
        Assert.False(IsThere("e"));
    }

    private void Fill(string id)
    {
        using IInboxEntry entry = Inbox.Open(id, Digest.Of("x"u8), 1);
        entry.Write(0, "x"u8);
        Assert.True(entry.Complete());
    }

    private bool IsThere(string id)
    {
        using Stream? content = Inbox.OpenRead(id, Digest.Of("x"u8), 1);
        return content is not null;
    }

    private void Put(IInboxEntry entry, int piece, byte[]? content = null) =>
        entry.Write(piece, (content ?? _content).AsSpan(piece * Piece, Math.Min(Piece, _content.Length - (piece * Piece))));

    private byte[] Read(string id)
    {
        using Stream? content = Inbox.OpenRead(id, Hash, _content.Length);
        Assert.NotNull(content);
        var bytes = new byte[content.Length];
        content.ReadExactly(bytes);
        return bytes;
    }

    private static byte[] Content(int count)
    {
        var bytes = new byte[count];
        new SeededRandomness(seed: 5).Fill(bytes);
        return bytes;
    }
}
