using Fed.Actors.Ports;
using Fed.TestKit;
using Fed.TestKit.Stores;
using Xunit;

namespace Fed.Cluster.Tests.Simulated;

/// <summary>What the disk of the simulation keeps over a crash, and what it may lose: each claim over many seeds, and each kind of loss seen at least once.</summary>
public sealed class SimulatedFileSystemTests
{
    private const int Seeds = 200, Page = 4096;

    [Fact]
    public void Created_file_without_a_sync_of_its_folder_may_be_gone_although_its_bytes_were_synced()
    {
        Assert.Equal(["3", "gone"], Outcomes(disk => Write(disk, "/a", "abc", syncFolder: false), disk => Show(disk, "/a")));
        Assert.Equal(["3"], Outcomes(disk => Write(disk, "/a", "abc"), disk => Show(disk, "/a")));
    }

    [Fact]
    public void Move_without_a_sync_of_the_folder_has_happened_or_not_and_nothing_in_between()
    {
        void move(SimulatedFileSystem disk)
        {
            Write(disk, "/old", "abc");
            disk.Move("/old", "/new");
        }

        Assert.Equal(["3 gone", "gone 3"], Outcomes(move, disk => $"{Show(disk, "/old")} {Show(disk, "/new")}"));
        Assert.Equal(["gone 3"], Outcomes(disk => { move(disk); disk.SyncDirectory("/"); }, disk => $"{Show(disk, "/old")} {Show(disk, "/new")}"));
    }

    [Fact]
    public void Move_to_another_folder_is_durable_with_the_sync_of_either()
    {
        foreach (string synced in (string[])["/", "/b"])
        {
            Assert.Equal(["gone 3"], Outcomes(
                disk =>
                {
                    disk.CreateDirectory("/b");
                    Write(disk, "/new", "abc", syncFolder: false);
                    disk.Move("/new", "/b/new");
                    disk.SyncDirectory(synced);
                },
                disk => $"{Show(disk, "/new")} {Show(disk, "/b/new")}"));
        }
    }

    [Fact]
    public void Deleted_file_may_come_back_until_its_folder_is_synced()
    {
        void delete(SimulatedFileSystem disk)
        {
            Write(disk, "/a", "abc");
            disk.Delete("/a");
        }

        Assert.Equal(["3", "gone"], Outcomes(delete, disk => Show(disk, "/a")));
        Assert.Equal(["gone"], Outcomes(disk => { delete(disk); disk.SyncDirectory("/"); }, disk => Show(disk, "/a")));
    }

    [Fact]
    public void Later_name_is_never_kept_without_the_earlier_one_of_its_folder() =>
        Assert.Equal(["2 2", "2 gone", "gone gone"], Outcomes(
            disk =>
            {
                Write(disk, "/a", "aa", syncFolder: false);
                Write(disk, "/b", "bb", syncFolder: false);
            },
            disk => $"{Show(disk, "/a")} {Show(disk, "/b")}"));

    [Fact]
    public void Folder_that_was_not_synced_takes_its_files_with_it()
    {
        void work(SimulatedFileSystem disk)
        {
            disk.IgnoredSyncs = SyncKinds.Directories;   // CreateDirectory syncs by itself
            disk.CreateDirectory("/d");
            disk.IgnoredSyncs = SyncKinds.None;
            Write(disk, "/d/a", "abc");
        }

        Assert.Equal(["3 True", "gone False"], Outcomes(work, disk => $"{Show(disk, "/d/a")} {disk.Directories("/").Length == 1}"));
    }

    [Fact]
    public void Unsynced_bytes_are_there_gone_or_torn_between_sectors_and_synced_ones_stay()
    {
        int whole = 0, old = 0, torn = 0;
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            SimulatedFileSystem disk = new(new SeededSimulation(seed));
            using IOpenFile file = disk.Create("/a");
            file.Write(0, Filled(3 * Page, 1));
            file.Sync();
            disk.SyncDirectory("/");
            file.Write(Page, Filled(Page, 2));
            disk.Crash();
            byte[] found = Read(disk, "/a");
            Assert.Equal(3 * Page, found.Length);
            Assert.All(found[..Page], static value => Assert.Equal(1, value));
            Assert.All(found[(2 * Page)..], static value => Assert.Equal(1, value));
            int fresh = found.Count(static value => value == 2);
            Assert.Equal(0, fresh % 512);
            Assert.Equal(fresh, found[Page..].TakeWhile(static value => value == 2).Count());
            if (fresh == 0) old++;
            else if (fresh == Page) whole++;
            else torn++;
        }

        Assert.True(whole > 20 && old > 20 && torn > 20, $"{whole} whole, {old} old, {torn} torn");
    }

    [Fact]
    public void Length_may_reach_the_disk_without_the_bytes_which_then_read_as_zeros()
    {
        HashSet<string> seen = [.. Outcomes(
            disk =>
            {
                Write(disk, "/a", "abc");
                using IOpenFile file = disk.Create("/b");
                file.Write(0, "xy"u8);
                disk.SyncDirectory("/");
            },
            disk => $"{Show(disk, "/a")} {Convert.ToHexString(Read(disk, "/b"))}")];
        Assert.Equal(["3 ", "3 0000", "3 7879"], seen.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Emptied_file_has_its_old_or_its_new_bytes()
    {
        string[] seen = Outcomes(
            disk =>
            {
                Write(disk, "/a", "abcd");
                using IOpenFile file = disk.Create("/a");
                file.Write(0, "xy"u8);
            },
            disk => System.Text.Encoding.ASCII.GetString(Read(disk, "/a")));
        Assert.Contains("abcd", seen);
        Assert.Contains("xy", seen);
    }

    [Fact]
    public void Ignored_sync_of_bytes_loses_what_the_program_believes_to_be_safe()
    {
        Assert.Equal(["3"], Outcomes(disk => Write(disk, "/a", "abc"), disk => Show(disk, "/a")));
        Assert.Contains("0", Outcomes(
            disk =>
            {
                disk.IgnoredSyncs = SyncKinds.Files;
                Write(disk, "/a", "abc");
            },
            disk => Show(disk, "/a")));
    }

    [Fact]
    public void Quota_counts_bytes_and_frees_them_with_the_file()
    {
        SimulatedFileSystem disk = new(new SeededSimulation(1)) { Capacity = 5 };
        Write(disk, "/a", "abc");
        Assert.Contains("the disk is full", Assert.Throws<IOException>(() => Write(disk, "/b", "abc")).Message, StringComparison.Ordinal);
        disk.Delete("/a");
        Write(disk, "/b", "abc");
        Assert.Equal(3, disk.Used);
    }

    private static string[] Outcomes(Action<SimulatedFileSystem> work, Func<SimulatedFileSystem, string> show)
    {
        SortedSet<string> seen = new(StringComparer.Ordinal);
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            SimulatedFileSystem disk = new(new SeededSimulation(seed));
            work(disk);
            disk.Crash();
            seen.Add(show(disk));
        }

        return [.. seen];
    }

    private static string Show(SimulatedFileSystem disk, string path) => disk.Length(path) is >= 0 and long length ? $"{length}" : "gone";

    private static void Write(SimulatedFileSystem disk, string path, string content, bool syncFolder = true)
    {
        using IOpenFile file = disk.Create(path);
        file.Write(0, System.Text.Encoding.ASCII.GetBytes(content));
        file.Sync();
        if (syncFolder) disk.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    private static byte[] Read(SimulatedFileSystem disk, string path)
    {
        using Stream stream = disk.OpenRead(path);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static byte[] Filled(int count, byte value)
    {
        byte[] bytes = new byte[count];
        Array.Fill(bytes, value);
        return bytes;
    }
}
