using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Shell;
using Fed.Cluster.Identity;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Host.History;
using Fed.Host.Simulation;
using Fed.Learning.Data;
using Fed.Learning.Program;

namespace Fed.Host.Cluster;

/// <summary>The coordinator of a federation, or a standby for it: jobs and their rounds. One job runs at a time.</summary>
internal sealed class CoordinatorPart : ServerPart
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20), NewsMax = TimeSpan.FromSeconds(30);

    private readonly SitesPresent _sites;
    private (Leadership Leadership, IBlobStore Blobs)? _leading;
    private TaskCompletionSource<JobId>? _submitted;

    /// <summary>Opens journal and leases.</summary>
    public CoordinatorPart(NodeRuntime node, PostgresDatabase database) : base(node, database, NodeAddress.Coordinator)
    {
        _sites = new SitesPresent(TimeProvider.System);
        node.Observer.Happened += Happened;
    }

    /// <summary>True while the node leads.</summary>
    public bool IsLeading
    {
        get
        {
            lock (Gate) return _leading is not null;
        }
    }

    /// <summary>The sites that are enrolled: since when they were heard of, if at all.</summary>
    public ImmutableArray<EnrolledSite> Sites() =>
    [
        .. Node.Kit.Members.All(NodeRole.Silo, CertificateUse.Signing).GroupBy(static key => key.Identity.Name, StringComparer.Ordinal).OrderBy(static group => group.Key, StringComparer.Ordinal)
            .Select(group => new EnrolledSite(group.Key, group.MaxBy(static key => key.NotBefore)!.KeyId.ToString(), _sites.LastHeard(new SiloId(group.Key)))),
    ];

    /// <summary>What the sites' columns are: those of the sites that were heard of lately.</summary>
    /// <exception cref="UserException">A site that was heard of does not give them.</exception>
    public async Task<ImmutableArray<SiteOffer>> OffersAsync(CancellationToken cancel)
    {
        ImmutableArray<SiteOffer>.Builder offers = ImmutableArray.CreateBuilder<SiteOffer>();
        foreach (EnrolledSite site in Sites())
        {
            if (_sites.Columns(new SiloId(site.Name), NewsMax) is not { } hash) continue;
            TaskCompletionSource<byte[]> fetched = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Node.Bulk.As(NodeAddress.Job).FetchToMemory(NodeAddress.Silo(site.Name), hash, (bytes, failure) =>
            {
                if (bytes is not null) fetched.TrySetResult(bytes);
                else fetched.TrySetException(new UserException($"what the columns of site {site.Name} are could not be fetched: {failure}"));
            });
            offers.Add(new SiteOffer(site.Name, site.KeyId, SiteColumns.FromJson(await fetched.Task.WaitAsync(Patience, cancel).ConfigureAwait(false))));
        }

        return offers.ToImmutable();
    }

    /// <summary>Signs a plan, gives it a job's id, and starts the job.</summary>
    /// <returns>The id, once the plan is on record.</returns>
    /// <exception cref="UserException">The node does not lead, another job runs, or the plan cannot be.</exception>
    public async Task<JobId> SubmitAsync(JobPlan asked, CancellationToken cancel)
    {
        Task<JobId> submitted;
        lock (Gate)
        {
            if (_leading is not { } leading) throw new UserException("this node does not lead; ask the one that does");
            if (_submitted is { Task.IsCompleted: false } || Jobs().FirstOrDefault(static job => !job.IsOver) is not null)
                throw new UserException("a job is under way, and one runs at a time; wait for its end (fed status), or cancel it");
            JobPlan plan = asked with { Job = JobStates.NextId(Journal, asked.Name) };
            FederatedProgram program = Check(plan);
            _submitted = new TaskCompletionSource<JobId>(TaskCreationOptions.RunContinuationsAsynchronously);
            submitted = _submitted.Task;
            Digest initial = leading.Blobs.Store(new ServerLearning(program).InitialState());
            (ImmutableArray<IActorRef> nodes, Action<JobCommand.Submit> submit) = StartJob(leading.Leadership, leading.Blobs, plan, program);
            foreach (IActorRef node in nodes) leading.Leadership.Started(node);
            byte[] hash = new byte[Digest.Size];
            plan.ComputeHash().CopyTo(hash);
            submit(new JobCommand.Submit(plan, initial, Node.Kit.Keys.Signer.Sign(ProtocolMessage.ProposePlan.Purpose, hash), Node.Kit.Keys.Signer.PublicKey));
        }

        return await submitted.WaitAsync(Patience, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override ImmutableArray<IActorRef> Start(Leadership leadership, IBlobStore blobs, ImmutableArray<JobState> jobs)
    {
        _leading = (leadership, blobs);
        Hold(Node.Bulk.Register(NodeAddress.Job, blobs));
        Hold(Node.Bulk.Register(NodeAddress.Coordinator, blobs));
        Hold(Node.Switchboard.Attend(NodeAddress.Job, Node.Observer, (from, message) =>
        {
            if (message is not ProtocolMessage.SitePresent present || from.Address != NodeAddress.Silo(present.Silo.Value)) return false;
            _sites.Heard(present);
            return true;
        }));
        return [.. jobs.SelectMany(job => StartJob(leadership, blobs, job.Planned!.Plan, ProgramOf(job.Planned.Plan)).Nodes)];
    }

    /// <inheritdoc/>
    /// <remarks>A site that was away when a job ended gets its end and its models as long as the job is among the last twenty.</remarks>
    protected override void SeeToEnd(Leadership leadership, IBlobStore blobs, JobState job)
    {
        JobPlan plan = job.Planned!.Plan;
        RoundState rounds = JobHistory.EventsOf(Journal, FederationNodes.RoundLog(plan.Job), ProtocolSerializers.Round).Aggregate(RoundDecider.Initial, RoundDecider.Evolve);
        if (rounds.ModelsOwed.IsEmpty && rounds.Closing.IsEmpty) return;
        lock (Gate)
        {
            if (Node.Observer.Term?.Epoch != leadership.Term.Epoch) return;
            foreach (IActorRef node in StartJob(leadership, blobs, plan, ProgramOf(plan)).Nodes) leadership.Started(node);
        }
    }

    /// <inheritdoc/>
    protected override void EndTerm()
    {
        lock (Gate)
        {
            _leading = null;
            _submitted?.TrySetException(new UserException("the node has lost its leadership; whether the job was begun says fed status"));
        }

        base.EndTerm();
    }

    private (ImmutableArray<IActorRef> Nodes, Action<JobCommand.Submit> Submit) StartJob(Leadership leadership, IBlobStore blobs, JobPlan plan, FederatedProgram program)
    {
        IActorRef coordinator = FederationNodes.StartCoordinator(Services(NodeAddress.Coordinator, leadership, blobs, plan.Job, plan), plan.Job, new ServerLearning(program));
        (IActorRef node, Action<JobCommand.Submit> submit) = FederationNodes.StartJob(Services(NodeAddress.Job, leadership, blobs, plan.Job, plan), plan.Job);
        return ([coordinator, node], submit);
    }

    private FederatedProgram Check(JobPlan plan)
    {
        foreach (int part in AggregatorTree.Parts(plan))
            if (!IsLed(NodeAddress.SubAggregator(part))) throw new UserException($"job.aggregators = {plan.Aggregators}, and nobody leads as the aggregator of part {part}; start an aggregator with node.part = {part}, or lower job.aggregators");
        if (ProtectionRules.Refusal(plan) is { } refusal) throw new UserException(refusal);
        foreach (RosterEntry entry in plan.Roster)
            if (Node.Kit.Members.For(NodeAddress.Silo(entry.Silo.Value), CertificateUse.Signing).All(key => key.KeyId != entry.KeyId))
                throw new UserException($"site {entry.Silo} is not enrolled with the key that the plan names; submit the job again");
        try
        {
            return ProgramOf(plan);
        }
        catch (ProgramException unfit)
        {
            throw new UserException(unfit.Message.TrimEnd('.'), unfit);
        }
    }

    private static FederatedProgram ProgramOf(JobPlan plan)
    {
        LearningPlan learning = LearningPlan.FromJson(Encoding.UTF8.GetBytes(plan.Program));
        return learning.Check() is { } problem ? throw new ProgramException(problem) : new FederatedProgram(learning);
    }

    private void Happened(NodeAddress node, object happened)
    {
        if (happened is JobEvent.JobPlanned planned) _submitted?.TrySetResult(planned.Plan.Job);
    }
}

/// <summary>A site that is enrolled.</summary>
/// <param name="Name">Its name.</param>
/// <param name="KeyId">Of its signing key.</param>
/// <param name="LastHeard">When the leader heard of it last; null where it has not.</param>
internal sealed record EnrolledSite(string Name, string KeyId, DateTimeOffset? LastHeard);

/// <summary>A site that is there, and its columns.</summary>
internal sealed record SiteOffer(string Name, string KeyId, SiteColumns Columns);
