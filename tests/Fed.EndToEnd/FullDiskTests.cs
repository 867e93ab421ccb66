using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>The disk fills up while the federation works, in journals and in blobs alike.</summary>
public sealed class FullDiskTests(FinishedRuns finished)
{
    private const int Plenty = 64 * 1024;

    [Theory]
    [InlineData(600)]    // before the first round
    [InlineData(1500)]   // in the middle
    [InlineData(3000)]   // some rounds later
    public void Full_disk_ends_the_run_with_a_sentence_and_after_making_room_it_is_carried_on(int kibibytes)
    {
        using Workspace workspace = new();
        using SmallDisk disk = SmallDisk.Mount(workspace.Data, kibibytes);
        string conf = FinishedRuns.ShortConf(workspace);
        workspace.Program("simulate", conf).Refused(1, workspace.Data, "disk is full", "free some space", "--resume");
        workspace.Fed("simulate", conf).Refused(2, "unfinished", "--resume");

        disk.Enlarge(Plenty);
        workspace.Fed("simulate", conf, "--resume").Succeeded();
        Assert.Equal(new Report(finished.Short).RoundSha256, new Report(workspace.Data).RoundSha256);
        Assert.Contains("all verified", workspace.Fed("audit", "verify").Succeeded().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Disk_too_small_for_the_journals_ends_the_run_with_a_sentence_and_after_making_room_it_starts_anew()
    {
        using Workspace workspace = new();
        using SmallDisk disk = SmallDisk.Mount(workspace.Data, 100);
        string conf = FinishedRuns.ShortConf(workspace);
        workspace.Program("simulate", conf).Refused(1, workspace.Data, "space");

        disk.Enlarge(Plenty);
        workspace.Fed("simulate", conf).Succeeded();
        Assert.Equal(new Report(finished.Short).RoundSha256, new Report(workspace.Data).RoundSha256);
    }
}
