using System.Collections.Immutable;
using System.Globalization;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Host.Cluster.Local;
using Fed.Host.Commands;
using Fed.Host.Configuration;
using Fed.Host.History;

namespace Fed.Host.Cluster;

/// <summary>The bodies of <c>fed status</c> and <c>fed nodes</c>: what the journal and the nodes themselves say now, and nothing that anybody remembers.</summary>
internal static class ClusterStatus
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    public static int Run(StatusOptions options, CommandContext context)
    {
        using ClusterReader cluster = ClusterReader.Open(context.DataDirectory);
        if (!options.Watch) return Show(cluster, context);
        string before = "";
        while (!context.Cancel.IsCancellationRequested)
        {
            using StringWriter now = new(CultureInfo.InvariantCulture);
            Show(cluster, context with { Out = now });
            if (now.ToString() != before) context.Out.WriteLine(before = now.ToString());
            context.Cancel.WaitHandle.WaitOne(Look);
        }

        return ExitCodes.Success;
    }

    public static int Nodes(CommandContext context)
    {
        using ClusterReader cluster = ClusterReader.Open(context.DataDirectory);
        Table table = new("node", "role", "process", "state", "leads", "envelopes refused", "messages refused");
        if (LocalState.Read(cluster.Folder.State) is not { } state)
        {
            ImmutableArray<(NodeStatus Status, TimeSpan Age)> said = cluster.Said();   // of a kit: the others are on machines of their own
            foreach ((NodeStatus status, TimeSpan age) in said)
                table.Add(status.Name, status.Role, null, State(status, age), age <= NodePresence.AwayAfter && status.Epoch is { } term ? $"epoch {term}" : null, status.Envelopes.Values.Sum(), status.Refused.Values.Sum());
            foreach (EnrolledSite site in Leading(cluster, said)?.Sites ?? []) table.Add(site.Name, "silo", null, State(site), null, site.Refused?.Values.Sum(), null);
            return table.Write(context, "nodes");
        }

        foreach (LocalProcess process in state.Processes.Where(static process => process.Role is not ("broker" or "database")))
        {
            NodeStatus? said = ProcessTable.IsAlive(process) ? NodeClient.TryStatus(cluster.Folder.Node(process.Name).Root) : null;
            string word = said is null ? ProcessTable.IsAlive(process) ? "does not answer" : "has ended" : said.IsReady ? "ready" : "not ready";
            table.Add(process.Name, process.Role, process.Id, word, said?.Epoch is { } epoch ? $"epoch {epoch}" : null, said?.Envelopes.Values.Sum(), said?.Refused.Values.Sum());
        }

        return table.Write(context, "nodes");
    }

    private static int Show(ClusterReader cluster, CommandContext context)
    {
        ImmutableArray<(NodeStatus Status, TimeSpan Age)> said = cluster.Said();
        NodeStatus? leader = Leading(cluster, said);
        Table leads = new("leads", "epoch", "since", "standing by", "away", "declines"), jobs = new("job", "status", "round", "of", "phase", "waits for", "model", "reason"), sites = new("site", "heard of", "state");
        ImmutableHashSet<string> there = [.. said.Where(static node => node.Age <= NodePresence.AwayAfter).Select(static node => node.Status.Name)];
        leads.Add(
            leader?.Name ?? "nobody", leader?.Epoch, Time(leader?.Since),
            Names(cluster.Coordinators.Where(name => there.Contains(name) && name != leader?.Name && said.All(node => node.Status.Name != name || node.Status.Declines is null))),
            Names(cluster.Coordinators.Where(name => !there.Contains(name)).Select(name => said.FirstOrDefault(node => node.Status.Name == name) is { Status: not null } last ? $"{name} (since {Time(DateTimeOffset.UtcNow - last.Age)})" : name)),
            Names(said.Where(static node => node.Status is { Declines: not null, Role: "coordinator" }).Select(static node => $"{node.Status.Name}: {node.Status.Declines}")));
        ImmutableArray<JobState> known = JobStates.Read(cluster.Journal);
        AggregatorRoles aggregators = new(said, cluster.Requests.Leader);
        foreach (JobState job in known.Where((job, index) => !job.IsOver || index == known.Length - 1)) jobs.Add(Row(cluster, aggregators, job));
        foreach (JobId queued in cluster.Queued()) jobs.Add(queued.Value, "queued", null, null, "waits for its turn", null, null, null);
        foreach (EnrolledSite site in leader?.Sites ?? []) sites.Add(site.Name, Time(site.LastHeard), State(site));
        return Table.WriteAll(context, ("coordinator", leads), ("aggregators", aggregators.Table(known.Where(static job => !job.IsOver).Select(static job => job.Planned!.Plan))), ("job", jobs), ("sites", sites), ("refused", Refusals.Of(Refusals.Known(cluster, [.. said.Select(static node => node.Status)], leader))));
    }

    /// <summary>What the holder of the lease says of itself; null where nobody has it, or the holder has said nothing yet.</summary>
    private static NodeStatus? Leading(ClusterReader cluster, ImmutableArray<(NodeStatus Status, TimeSpan Age)> said) => cluster.Requests.Leader(NodeAddress.Coordinator) is var (holder, epoch)
        ? said.Select(static node => node.Status).FirstOrDefault(status => status.Name == holder && status.Epoch == epoch)
        : null;

    private static string State(NodeStatus status, TimeSpan age) => age > NodePresence.AwayAfter ? $"away since {Time(DateTimeOffset.UtcNow - age)}" : status.IsReady ? "ready" : "not ready";

    private static string State(EnrolledSite site) => site.LastHeard is { } heard && DateTimeOffset.UtcNow - heard <= NodePresence.AwayAfter ? "there" : site.LastHeard is null ? "not heard of by this leader" : "away";

    private static object?[] Row(ClusterReader cluster, AggregatorRoles aggregators, JobState job)
    {
        JobPlan plan = job.Planned!.Plan;
        (string? phase, string? waits) = job.IsOver ? Delivery(cluster, plan) : job.Phase == JobPhase.Paused ? ($"paused by {job.Pause!.Request}", "an operator: ./fed jobs resume") : Phase(cluster, aggregators, job, plan);
        if (!job.IsOver && job is { Pause: not null, Phase: not JobPhase.Paused }) phase = $"{phase}; {JobStates.Pace(job)}";
        return [plan.Job.Value, Kebab.From(job.Phase.ToString()), Math.Max(0, job.Round), plan.Rounds, phase, waits, job.ModelSha256, job.Reason];
    }

    /// <summary>Which sites still lack the models of a job that is over.</summary>
    private static (string? Phase, string? Waits) Delivery(ClusterReader cluster, JobPlan plan)
    {
        ImmutableSortedSet<SiloId> lacking = Rounds(JobHistory.Read(cluster.Journal, plan.Job)!).ModelsOwed;
        return lacking.IsEmpty ? (null, null) : ("models to be delivered", Sites(lacking));
    }

    /// <summary>Where the round under way stands, and whose turn it is.</summary>
    private static (string Phase, string? Waits) Phase(ClusterReader cluster, AggregatorRoles aggregators, JobState job, JobPlan plan)
    {
        if (job.Phase == JobPhase.Proposed) return ("approval", Sites(plan.Silos.Where(site => !job.Approved.Contains(site))));
        if (job.Ceremony is { } ceremony) return ($"key {ceremony.Epoch}: {Kebab.From(ceremony.Step.ToString())}", $"one or more of {Sites(ceremony.Holders)}");   // what came is not on record before a step is over
        JobHistory history = JobHistory.Read(cluster.Journal, plan.Job)!;
        RoundState round = Rounds(history);
        string phase = $"round {round.Round}: {Kebab.From(round.Phase.ToString())}{(round.Phase == RoundPhase.Collecting ? $" {round.Collection.Sum}, attempt {round.Collection.Attempt}" : "")}";
        return (phase, round.Phase == RoundPhase.Collecting ? Names(aggregators.Awaited(plan, round.Invited.Except(Answered(cluster, history, plan, round.Collection)))) : null);
    }

    /// <summary>Who has answered, by the log of the aggregator that asks it: where the roster is divided, that of its part.</summary>
    private static IEnumerable<SiloId> Answered(ClusterReader cluster, JobHistory history, JobPlan plan, CollectionId id)
    {
        IEnumerable<ImmutableArray<AggregationEvent>> logs = [history.Collections(cluster.Journal), .. AggregatorTree.Parts(plan).Select(part => history.Collections(cluster.Journal, part))];
        return logs.Select(events => events.Aggregate(AggregationDecider.Initial, AggregationDecider.Evolve).Find(id)).OfType<Collection>().SelectMany(static collection => collection.Accepted.Keys.Concat(collection.Declined));
    }

    private static RoundState Rounds(JobHistory history) => history.RoundEvents.Aggregate(RoundDecider.Initial, static (state, e) => RoundDecider.Evolve(state, e.Event));

    private static string? Sites(IEnumerable<SiloId> sites) => Names(sites.Select(static site => site.Value));

    internal static string? Names(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } text ? text : null;

    internal static string? Time(DateTimeOffset? at) => at?.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
