using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Shell;
using Fed.Cluster.Stores;
using Fed.Host.Cluster;
using Xunit;

namespace Fed.Host.Tests.Cluster;

public sealed class SharedBlobsTests : IDisposable
{
    private static readonly JobId A = new("a"), B = new("b");

    private readonly string _folder = Directory.CreateTempSubdirectory("fed-shared-").FullName;

    [Fact]
    public void What_two_jobs_hold_goes_with_the_second_of_them()
    {
        FileBlobStore store = new(_folder);
        Digest kept = store.Store([1]);
        SharedBlobs shared = new(store, () => [(A, kept)]);   // the journal of an earlier process names it
        IBlobStore a = shared.Of(A), b = shared.Of(B);
        Digest both = a.Store([2, 3]);
        Assert.Equal(both, b.Store([2, 3]));
        b.Delete(both);
        Assert.True(a.Contains(both));
        a.Delete(both);
        Assert.False(a.Contains(both));

        b.Delete(kept);
        Assert.True(store.Contains(kept));   // another job's
        a.Delete(kept);
        Assert.False(store.Contains(kept));
    }

    [Fact]
    public void What_a_job_has_not_used_for_a_whole_turn_goes_unless_something_names_it()
    {
        FileBlobStore store = new(_folder);
        SharedBlobs shared = new(store, static () => []);
        IBlobStore a = shared.Of(A), b = shared.Of(B);
        Digest named = a.Store([1]), idle = a.Store([2]), wanted = a.Store([3]), others = a.Store([4]);
        b.Store([4]);
        Assert.Equal(0, shared.EndTurn(A, static _ => false));   // an event may yet name them
        Assert.True(a.Contains(wanted));                          // looked for, and named without being written again
        Digest young = a.Store([5]);
        Assert.Equal(1, shared.EndTurn(A, hash => hash == named));
        Assert.Equal([named, wanted, others, young], ((Digest[])[named, idle, wanted, others, young]).Where(store.Contains));

        Assert.Equal(2, shared.EndTurn(A, hash => hash == named));
        Assert.Equal([named, others], ((Digest[])[named, wanted, others, young]).Where(store.Contains));
        Assert.Equal(0, shared.EndTurn(B, static _ => false));
        Assert.Equal(1, shared.EndTurn(B, static _ => false));   // the last that held it
        Assert.False(store.Contains(others));
        Assert.Equal(1, shared.EndTurn(A, static _ => false));   // named no more
        Assert.Empty(store.List());
    }

    [Fact]
    public void What_another_process_left_goes_where_no_journal_names_it_and_no_job_has_looked_for_it()
    {
        FileBlobStore store = new(_folder);
        Digest named = store.Store([1]), left = store.Store([2]), found = store.Store([3]);
        SharedBlobs shared = new(store, () => [(A, named)]);
        Digest own = shared.Of(B).Store([4]);
        Assert.True(shared.Of(B).Contains(found));
        Assert.Equal(1, shared.DeleteOrphans());
        Assert.Equal([named, found, own], ((Digest[])[named, left, found, own]).Where(store.Contains));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
