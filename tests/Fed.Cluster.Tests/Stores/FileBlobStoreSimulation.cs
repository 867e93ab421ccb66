using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Cluster.Stores;
using Fed.TestKit;
using Fed.TestKit.Stores;
using Xunit;

namespace Fed.Cluster.Tests.Stores;

/// <summary>The production store on a disk that forgets what was not synced, stopped before every single change it makes.</summary>
public sealed class FileBlobStoreSimulation
{
    private const int Seeds = 40;

    [Fact]
    public void Committed_blobs_survive_a_crash_at_every_step_and_nothing_half_written_has_a_name()
    {
        int crashes = 0;
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            for (int step = 0; CrashAfter(seed, step); step++) crashes++;
        }
        Assert.True(crashes > 10 * Seeds, $"only {crashes} crashes: the store changes less than it must");
    }

    [Fact]
    public void Full_disk_leaves_the_store_usable()
    {
        var disk = new SimulatedFileSystem(new SeededSimulation(seed: 1)) { Capacity = 10_000 };
        var store = new FileBlobStore("/data/blobs", disk);
        Digest small = Write(store, [1, 2, 3]);
        Assert.Contains("the disk is full", Assert.Throws<IOException>(() => Write(store, new byte[20_000])).Message, StringComparison.Ordinal);
        Assert.Equal([small], store.List());
        Assert.True(store.Contains(Write(store, new byte[5000])));
        Assert.Equal(5003, disk.Used);
    }

    [Fact]
    public void Blobs_that_a_failing_disk_took_at_last_survive_a_crash()
    {
        int failures = 0;
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            var disk = new SimulatedFileSystem(new SeededSimulation(seed)) { Struck = _ => failures++ };
            var store = new FileBlobStore("/data/blobs", disk);
            disk.Faults = new StoreFaults { FailPermille = 300 };
            Digest[] committed = [.. Enumerable.Range(0, 8).Select(content => WriteUntilTaken(store, [(byte)content, 1, 2, 3]))];
            Assert.All(committed, hash => Assert.True(store.Contains(hash)));
            disk.Faults = StoreFaults.None;
            disk.Crash();
            var recovered = new FileBlobStore("/data/blobs", disk);
            Assert.All(committed, hash => Assert.True(recovered.Contains(hash), $"seed {seed}: a committed blob is gone"));
        }

        Assert.True(failures > 10 * Seeds, $"only {failures} failures");
    }

    [Fact]
    public void What_the_next_process_finds_of_a_killed_one_survives_a_power_failure()
    {
        int found = 0;
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            for (int step = 1; step < 12; step++)
            {
                var disk = new SimulatedFileSystem(new SeededSimulation(seed));
                var killed = new FileBlobStore("/data/blobs", disk);
                disk.ChangesUntilCrash = step;
                Record.Exception(() => { for (byte content = 0; content < 2; content++) Write(killed, [content, 1, 2, 3]); });
                disk.ChangesUntilCrash = null;
                var next = new FileBlobStore("/data/blobs", disk);   // the machine went on, with what its memory holds
                Digest[] there = [.. next.List().Where(next.Contains)];
                found += there.Length;
                disk.Crash();
                var recovered = new FileBlobStore("/data/blobs", disk);
                Assert.All(there, hash => Assert.True(recovered.Contains(hash), $"seed {seed}, step {step}: a blob that was found is gone"));
            }
        }

        Assert.True(found > Seeds, $"only {found} blobs found");
    }

    [Theory]
    [InlineData(SyncKinds.Files)]
    [InlineData(SyncKinds.Directories)]
    public void Store_that_left_out_any_one_kind_of_sync_is_found(SyncKinds leftOut)
    {
        bool isFound = false;
        for (ulong seed = 0; seed < Seeds && !isFound; seed++) isFound = Record.Exception(() => CrashAfter(seed, step: 40, leftOut)) is not null;
        Assert.True(isFound, $"no seed below {Seeds} shows that the store lives without syncs of {leftOut}");
    }

    [Fact]
    public void Inbox_on_a_disk_that_crashes_opens_empty_and_takes_everything_again()
    {
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            for (int step = 0; CrashInbox(seed, step); step++)
            {
            }
        }
    }

    private static bool CrashInbox(ulong seed, int step)
    {
        var disk = new SimulatedFileSystem(new SeededSimulation(seed)) { ChangesUntilCrash = step };
        byte[] content = [1, 2, 3];
        Digest hash = Digest.Of(content);
        void receive(FileInbox inbox)
        {
            using IInboxEntry entry = inbox.Open("r/1/north", hash, content.Length);
            entry.Write(0, content);
            Assert.True(entry.Complete());
        }

        bool crashed = false;
        try
        {
            var inbox = new FileInbox("/data/inbox", disk);
            receive(inbox);
            inbox.Discard("r/1/");
            receive(inbox);
        }
        catch (SimulatedCrashException)
        {
            crashed = true;
        }

        disk.Crash();
        var again = new FileInbox("/data/inbox", disk);
        Assert.Null(again.OpenRead("r/1/north", hash, content.Length));
        receive(again);
        using Stream? received = again.OpenRead("r/1/north", hash, content.Length);
        Assert.NotNull(received);
        return crashed;
    }

    /// <summary>False when the work ended before the crash.</summary>
    private static bool CrashAfter(ulong seed, int step, SyncKinds leftOut = SyncKinds.None)
    {
        var disk = new SimulatedFileSystem(new SeededSimulation(seed)) { ChangesUntilCrash = step, IgnoredSyncs = leftOut };
        List<Digest> committed = [];
        bool crashed = false;
        try
        {
            var store = new FileBlobStore("/data/blobs", disk);
            for (byte content = 0; content < 4; content++) committed.Add(Write(store, [content, 1, 2, 3, 4, 5, 6, 7]));
            Write(store, [0, 1, 2, 3, 4, 5, 6, 7]);   // there already
        }
        catch (SimulatedCrashException)
        {
            crashed = true;
        }
        disk.Crash();
        var recovered = new FileBlobStore("/data/blobs", disk);
        foreach (Digest hash in committed) Assert.True(recovered.Contains(hash), $"seed {seed}, step {step}: a committed blob is gone");
        foreach (Digest hash in recovered.List()) Assert.True(recovered.Verify(hash) is null, $"seed {seed}, step {step}: {recovered.Verify(hash)}");
        Assert.Empty(disk.Files("/data/blobs"));
        return crashed;
    }

    private static Digest WriteUntilTaken(FileBlobStore store, byte[] content)
    {
        while (true)
        {
            try
            {
                return Write(store, content);
            }
            catch (IOException)
            {
                // the disk failed: whoever wanted the blob stored tries again
            }
        }
    }

    private static Digest Write(FileBlobStore store, byte[] content)
    {
        using IBlobWriter writer = store.Create();
        writer.Write(content);
        return writer.Commit();
    }
}
