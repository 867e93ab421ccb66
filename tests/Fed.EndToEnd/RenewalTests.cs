using System.Text.Json;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;
using Fed.Cluster.Identity;
using Fed.Cluster.Identity.Enrolment;
using Fed.EndToEnd.Faults;
using Fed.EndToEnd.Running;
using Fed.Host.Cluster.Local;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>A cluster with aggregators of parts, in whose encrypted job a site renews its keys and restarts; then a job of another algorithm on the same cluster.</summary>
[Collection(SharedClusterGroup.Name)]
public sealed class RenewalTests(SharedCluster shared)
{
    private const string Site = "site-1";
    private static readonly string[] Common = ["job.rounds = 3", "simulation.baselines = false"];

    [Fact]
    public void Site_that_renews_its_keys_in_the_middle_of_an_encrypted_job_signs_on_with_those_that_its_plan_names_and_the_next_plan_names_the_new_ones()
    {
        FaultyCluster cluster = shared.Cluster;
        foreach (int part in (int[])[1, 2]) cluster.AwaitStatus(LocalFolder.AggregatorOf(part), "to lead", static status => status.Epoch is not null);
        JobId job = cluster.Submit([.. Common, "job.aggregators = 2", "job.protection = ckks"]);
        cluster.Journal.Await(FederationNodes.RoundLog(job), "the first commit", static stored => stored.Tag == "round-committed");
        Renew(cluster.Folder);
        cluster.Kill(Site);
        cluster.Start(Site);
        Assert.Equal("job-completed", cluster.Journal.AwaitEnd(job).Tag);
        Assert.Equal(RunHere.Hashes(Repository.Quickstart, Common), cluster.Journal.Models(job));
        cluster.AssertTrainedOnce(job);

        foreach (string site in cluster.Sites)
        {
            string policy = Path.Combine(cluster.Folder.Node(site).Root, "policy.conf");
            File.WriteAllText(policy, "policy { allow = rules, rules { protection-min = plain, contributors-min = 1 }, jobs.at-once = 10, disk.free-min = 1 MiB }\n");
        }

        JobId next = cluster.Submit([.. Common, "job.algorithm = cyclic"]);
        Assert.Equal("job-completed", cluster.Journal.AwaitEnd(next).Tag);
        Assert.Equal(RunHere.Hashes(Repository.Quickstart, ["job.algorithm = cyclic", .. Common]), cluster.Journal.Models(next));
        Assert.NotEqual(KeyIn(cluster, job), KeyIn(cluster, next));
        using NodeCredentials now = cluster.Folder.Node(Site).Open(TimeProvider.System);
        Assert.Equal(now.Keys.Signer.KeyId, KeyIn(cluster, next));
    }

    /// <summary>New keys beside the old, certified by the CA; all nodes get to know them.</summary>
    private static void Renew(LocalFolder folder)
    {
        NodeIdentity identity = new(LocalFolder.Federation, NodeRole.Silo, Site);
        using FederationFolder federation = FederationFolder.Open(folder.Authority, TimeProvider.System);
        federation.Approve(folder.Node(Site).Ask(identity, TimeProvider.System), CertificateAuthority.NodeLifetime);
        MembersFile members = MembersFile.Parse(File.ReadAllText(federation.MembersPath));
        foreach (EnrolledNode node in federation.Nodes().DistinctBy(static node => node.Identity)) folder.Node(node.Identity.Name).Import(members, TimeProvider.System, static _ => { });
    }

    /// <summary>The key by which a job's plan knows the site.</summary>
    private static Digest KeyIn(FaultyCluster cluster, JobId job)
    {
        string planned = cluster.Journal.Read(FederationNodes.JobLog(job)).Single(static stored => stored.Tag == "job-planned").Payload;
        JobPlan plan = JobPlan.FromJson(JsonElement.Parse(planned).GetProperty("plan").GetRawText());
        return plan.Roster.Single(static entry => entry.Silo.Value == Site).KeyId;
    }
}
