using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.TestKit;
using Fed.TestKit.Stores;
using Fed.TestKit.Transport;
using Xunit;

namespace Fed.Cluster.Tests.Simulated;

/// <summary>What a crash leaves of each simulated port.</summary>
public sealed class SimulatedCrashTests
{
    private readonly SeededSimulation _simulation = new(seed: 3);

    [Fact]
    public void Worker_pool_forgets_jobs_and_outcomes()
    {
        var pool = new SimulatedWorkerPool(_simulation);
        bool ran = false, told = false;
        pool.Run("lane", _ => ran = true, _ => told = true, _ => told = true);
        _simulation.RunOne();
        Assert.True(ran);
        pool.Crash();
        _simulation.Run();
        Assert.False(told);
        pool.Run("lane", _ => 1, _ => told = true, _ => { });
        _simulation.Run();
        Assert.True(told);
    }

    [Fact]
    public void Blob_store_keeps_commits_and_ends_open_writers()
    {
        var store = new SimulatedBlobStore(_simulation);
        using IBlobWriter committed = store.Create(), open = store.Create();
        committed.Write("kept"u8);
        open.Write("lost"u8);
        Digest kept = committed.Commit();
        store.Crash();
        Assert.Throws<SimulatedCrashException>(() => open.Commit());
        Assert.Equal([kept], store.List());
    }

    [Fact]
    public void Blob_store_fails_and_fills_as_asked()
    {
        var store = new SimulatedBlobStore(_simulation) { Faults = new StoreFaults { IsFull = true } };
        using IBlobWriter writer = store.Create();
        Assert.Contains("the disk is full", Assert.Throws<IOException>(() => writer.Commit()).Message, StringComparison.Ordinal);
        store.Faults = new StoreFaults { FailPermille = 1000 };
        Assert.Throws<IOException>(() => writer.Commit());
        Assert.Empty(store.List());
    }

    [Fact]
    public void Inbox_forgets_everything()
    {
        var inbox = new SimulatedInbox();
        using (IInboxEntry entry = inbox.Open("e", Digest.Of("x"u8), 1))
        {
            entry.Write(0, "x"u8);
            Assert.True(entry.Complete());
        }
        inbox.Crash();
        Assert.Null(inbox.OpenRead("e", Digest.Of("x"u8), 1));
    }

    [Fact]
    public void Bulk_transfer_broken_off_by_a_crash_is_never_answered()
    {
        var bulk = new SimulatedBulk(_simulation);
        bool told = false;
        bulk.FetchToStore(NodeAddress.Aggregator, Digest.Of("x"u8), new SimulatedBlobStore(_simulation), _ => told = true);
        bulk.Crash();
        _simulation.Run();
        Assert.False(told);
    }

    [Fact]
    public void Disk_without_sync_loses_names_and_bytes_under_some_seed_and_never_with_it()
    {
        int lost = 0;
        for (ulong seed = 0; seed < 50; seed++)
        {
            var disk = new SimulatedFileSystem(new SeededSimulation(seed));
            WriteFile(disk, "/synced", sync: true);
            WriteFile(disk, "/unsynced", sync: false);
            disk.Crash();
            Assert.Equal(3, disk.Length("/synced"));
            if (disk.Length("/unsynced") != 3) lost++;
        }
        Assert.InRange(lost, 10, 49);
    }

    private static void WriteFile(SimulatedFileSystem disk, string path, bool sync)
    {
        using IOpenFile file = disk.Create(path);
        file.Write(0, "abc"u8);
        if (!sync) return;
        file.Sync();
        disk.SyncDirectory("/");
    }
}
