using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Host.Commands;
using Fed.Host.Configuration;
using Fed.Host.History;
using Fed.Learning.Data;
using Fed.Learning.Program;

namespace Fed.Host.Cluster;

/// <summary>The body of <c>fed submit</c>: makes the plan from the job's settings and the sites' columns, and gives it to the coordinator that leads, which signs it and proposes it to the sites.</summary>
internal static class SubmitRun
{
    public static int Run(SubmitOptions options, CommandContext context)
    {
        JobOptions job = JobFile.Load(options.File);
        ImmutableArray<FixedContributors>? contributors = options.ContributorsFrom is { } place ? EarlierContributors.Read(place, job.Rounds, context) : null;
        using ClusterReader cluster = ClusterReader.Open(context.DataDirectory);
        JobPlan plan = Plan(options.File, job, cluster.Leader(context.Cancel)) with { Contributors = contributors };
        if (contributors is not null && ProtectionRules.Refusal(plan) is { } refusal) throw new UserException($"{options.File}: {refusal}");
        string id = cluster.Ask(RequestKind.Submit, request => request with { Plan = plan.ToJson() }, context.Cancel);
        if (!options.Watch)
        {
            if (context.Json) context.Out.WriteLine(JsonSerializer.Serialize(new Submitted(id), ClusterJson.Default.Submitted));
            else context.Out.WriteLine($"job {id} is accepted; './fed status' tells how it goes");
            return ExitCodes.Success;
        }

        return JobWatch.Run(cluster, new JobId(id), job.Data.Labels, context);
    }

    private static JobPlan Plan(string file, JobOptions job, NodeStatus status)
    {
        ImmutableArray<(string Name, JsonElement Columns)> offers = [.. (status.Sites ?? []).Where(site => site.Columns is { } hash && status.Columns?.ContainsKey(hash) == true).Select(site => (site.Name, status.Columns![site.Columns!]))];
        ImmutableArray<EnrolledSite> sites = status.Sites ?? [];
        if (sites.Length < 2) throw new UserException($"{sites.Length} site(s) are enrolled; a federation needs at least 2");
        if (offers.IsEmpty) throw new UserException("no site was heard of in the last half minute, so that nobody can tell the data's columns; './fed nodes' tells since when they are away");
        SiteColumns columns = Read(offers[0].Columns);
        foreach ((string Name, JsonElement Columns) other in offers.Skip(1))
            if (Read(other.Columns).DifferenceTo(columns) is { } difference) throw new UserException($"sites {offers[0].Name} and {other.Name} have other columns: at {other.Name} {difference}; all sites need the same");
        LearningPlan learning = job.LearningPlan(columns.Features) with { Schema = columns.Schema };
        if (learning.Check() is { } problem) throw new UserException($"{file}: {problem.TrimEnd('.')}");
        FederatedProgram program = new(learning);
        if (program.CheckCapacity(sites.Length) is [string first, ..]) throw new UserException($"{file}: {first.TrimEnd('.')}");
        if (job.Quorum.Count is { } quorum && quorum > job.Participation.Target(sites.Length, everyone: false))
            throw new UserException($"{file}: job.quorum = {quorum} can never be reached: {sites.Length} sites are enrolled; lower it");
        if (PlanRules.Refusal(job, sites.Length) is { } refusal) throw new UserException($"{file}: {refusal.Sentence}");
        return JobPlans.Of(job, program, new JobId("new"), [.. sites.Select(static site => new RosterEntry(new SiloId(site.Name), Digest.Parse(site.KeyId)))]);
    }

    private static SiteColumns Read(JsonElement columns) => SiteColumns.FromJson(Encoding.UTF8.GetBytes(columns.GetRawText()));
}

/// <summary>What <c>fed submit --json</c> prints.</summary>
/// <param name="Job">The job's id.</param>
internal sealed record Submitted(string Job);
