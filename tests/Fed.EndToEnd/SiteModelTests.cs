using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>The models of a job on a site's own disk: there without anything of the coordinator's, and never taken for whole where they are not.</summary>
public sealed class SiteModelTests(FinishedRuns finished)
{
    [Fact]
    public void Site_writes_the_models_of_a_job_from_its_own_disk_when_the_coordinators_is_gone_and_tells_when_they_are_damaged()
    {
        using Workspace workspace = new Workspace().With(finished.Short);
        string site = Path.Combine(workspace.Data, "sites", "site-2");
        string[] written = [Export(workspace, "coordinator"), Export(workspace, "coordinator-best", "--best")];
        Directory.Delete(workspace.Layout.Node.Root, recursive: true);
        string[] own = [Export(workspace, "own", "--site", site), Export(workspace, "own-best", "--site", site, "--best")];
        Assert.Equal(written.Select(File.ReadAllBytes), own.Select(File.ReadAllBytes));

        workspace.Fed("model", "export", "--site", site, "--job", "trial-9", "--format", "json", "--out", workspace.PathOf("none")).Refused(2, "the site knows no job 'trial-9'");
        foreach (string blob in Directory.EnumerateFiles(Path.Combine(site, "blobs"), "*", SearchOption.AllDirectories))
        {
            byte[] bytes = File.ReadAllBytes(blob);
            bytes[^1] ^= 1;
            File.WriteAllBytes(blob, bytes);
        }

        workspace.Fed("model", "export", "--site", site, "--format", "json", "--out", workspace.PathOf("damaged")).Refused(2, "is not whole any more", "every other site of the job keeps it too");
        Assert.False(File.Exists(workspace.PathOf("damaged")));
    }

    private static string Export(Workspace workspace, string name, params string[] options)
    {
        string file = workspace.PathOf(name);
        workspace.Fed(["model", "export", "--format", "safetensors", "--out", file, .. options]).Succeeded();
        return file;
    }
}
