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

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
