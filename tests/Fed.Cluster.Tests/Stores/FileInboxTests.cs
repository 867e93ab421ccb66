using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Cluster.Stores;
using Xunit;

namespace Fed.Cluster.Tests.Stores;

public sealed class FileInboxTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Opening_empties_the_inbox_since_nothing_in_it_was_synced()
    {
        Receive(new FileInbox(_folder["inbox"]), "e");
        var again = new FileInbox(_folder["inbox"]);
        Assert.Null(again.OpenRead("e", Digest.Of("x"u8), 1));
        Assert.Empty(Directory.EnumerateFiles(_folder["inbox"]));
    }

    [Fact]
    public void Discarded_entries_leave_no_files()
    {
        var inbox = new FileInbox(_folder["inbox"]);
        Receive(inbox, "r/1/../../etc");
        Receive(inbox, "r/2");
        Assert.Equal(2, Directory.EnumerateFiles(_folder["inbox"]).Count());
        inbox.Discard("r/");
        Assert.Empty(Directory.EnumerateFiles(_folder["inbox"]));
    }

    [Fact]
    public void Entry_whose_file_was_cut_is_not_opened()
    {
        var inbox = new FileInbox(_folder["inbox"]);
        Receive(inbox, "e");
        using (FileStream file = File.OpenWrite(Assert.Single(Directory.EnumerateFiles(_folder["inbox"])))) file.SetLength(0);
        Assert.Null(inbox.OpenRead("e", Digest.Of("x"u8), 1));
    }

    private static void Receive(FileInbox inbox, string id)
    {
        using IInboxEntry entry = inbox.Open(id, Digest.Of("x"u8), 1);
        entry.Write(0, "x"u8);
        Assert.True(entry.Complete());
    }

    public void Dispose() => _folder.Dispose();
}
