using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Host.Commands;
using Fed.Host.Configuration;
using Fed.Host.History;
using Fed.Host.Trainers;
using Fed.Learning.Data;
using Fed.Learning.Models.Networks;
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
        NodeStatus leader = cluster.Leader(context.Cancel);
        (JobPlan plan, ProbedTrainer? trainer) = Plan(options.File, job, leader, cluster, context.Cancel);
        plan = plan with { Contributors = contributors };
        if (contributors is not null && ProtectionRules.Refusal(plan) is { } refusal) throw new UserException($"{options.File}: {refusal}");
        if (trainer is not null) cluster.Initial(leader.Epoch!.Value).Put(trainer.Initial);
        string id = cluster.Ask(RequestKind.Submit, request => request with { Plan = plan.ToJson() }, context.Cancel);
        if (!options.Watch)
        {
            if (context.Json) context.Out.WriteLine(JsonSerializer.Serialize(new Submitted(id), ClusterJson.Default.Submitted));
            else context.Out.WriteLine($"job {id} is accepted; './fed status' tells how it goes");
            return ExitCodes.Success;
        }

        return JobWatch.Run(cluster, new JobId(id), job.Data.Labels, context);
    }

    private static (JobPlan Plan, ProbedTrainer? Trainer) Plan(string file, JobOptions job, NodeStatus status, ClusterReader cluster, CancellationToken cancel)
    {
        ImmutableArray<(string Name, JsonElement Columns)> offers = [.. (status.Sites ?? []).Where(site => site.Columns is { } hash && status.Columns?.ContainsKey(hash) == true).Select(site => (site.Name, status.Columns![site.Columns!]))];
        ImmutableArray<EnrolledSite> sites = status.Sites ?? [];
        if (sites.Length < 2) throw new UserException($"{sites.Length} site(s) are enrolled; a federation needs at least 2");
        if (offers.IsEmpty) throw new UserException("no site was heard of in the last half minute, so that nobody can tell the data's columns; './fed nodes' tells since when they are away");
        SiteColumns columns = Read(offers[0].Columns);
        foreach ((string Name, JsonElement Columns) other in offers.Skip(1))
            if (Read(other.Columns).DifferenceTo(columns) is { } difference) throw new UserException($"sites {offers[0].Name} and {other.Name} have other columns: at {other.Name} {difference}; all sites need the same");
        ProbedTrainer? trainer = job.External is { } external ? Probed(file, job, external, columns.Features, cluster, cancel) : null;
        LearningPlan learning = job.LearningPlan(columns.Features, trainer is null ? null : job.External!.ToModel(job.Data.Classes, trainer.Tensors, trainer.Initial)) with { Schema = columns.Schema };
        if (learning.Check() is { } problem) throw new UserException($"{file}: {problem.TrimEnd('.')}");
        if (trainer is not null && TrainerProbe.Lack(trainer.Abilities, learning) is { } lack) throw new UserException($"{file}: trainer '{job.External!.Trainer}': {lack}");
        FederatedProgram program = new(learning);
        if (program.CheckCapacity(sites.Length) is [string first, ..]) throw new UserException($"{file}: {first.TrimEnd('.')}");
        if (job.Quorum.Count is { } quorum && quorum > job.Participation.Target(sites.Length, everyone: false))
            throw new UserException($"{file}: job.quorum = {quorum} can never be reached: {sites.Length} sites are enrolled; lower it");
        if (PlanRules.Refusal(job, sites.Length) is { } refusal) throw new UserException($"{file}: {refusal.Sentence}");
        return (JobPlans.Of(job, program, new JobId("new"), [.. sites.Select(static site => new RosterEntry(new SiloId(site.Name), Digest.Parse(site.KeyId)))]), trainer);
    }

    /// <summary>The tensors of an external model, and the parameters to start from: of a trainer that this machine's own configuration says how to start, or of a file.</summary>
    private static ProbedTrainer Probed(string file, JobOptions job, ExternalChoice external, ImmutableArray<string> features, ClusterReader cluster, CancellationToken cancel)
    {
        TrainerOptions? own = cluster.Trainers.GetValueOrDefault(external.Trainer);
        if (external.Sha256 is not { } sha256)
            throw new UserException($"{file}: job.model.sha256 is not set; write {(own is null ? "the SHA-256 of the trainer's files, which the sites compare theirs with" : $"sha256 = {TrainerProbe.Sha256Of(own)}, which the files of trainer '{external.Trainer}' have here, once you have read them")}");
        if (own is not null) return TrainerProbe.Ask(own, sha256, external.Problem(job.Data.Classes, features), NetworkOptions.InitialSeedOf(job.Seed), external.Initial, cancel);
        return external.Initial is { } initial
            ? TrainerProbe.Read(initial)
            : throw new UserException($"{file}: a plan states the tensors of its model and the parameters to start from, and nothing here says how to start trainer '{external.Trainer}', which would tell them; write node.trainer.{external.Trainer} {{ command = [...], files = [...] }} in the coordinator's node.conf, or name a safetensors file with them as job.model.initial");
    }

    private static SiteColumns Read(JsonElement columns) => SiteColumns.FromJson(Encoding.UTF8.GetBytes(columns.GetRawText()));
}

/// <summary>What <c>fed submit --json</c> prints.</summary>
/// <param name="Job">The job's id.</param>
internal sealed record Submitted(string Job);
