using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
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
using Fed.Cluster.Messaging.Envelopes;
using Fed.Host.Configuration;
using Fed.Host.History;
using Fed.Host.Simulation;
using Fed.Learning.Program;
using Microsoft.Extensions.Logging;

namespace Fed.Host.Cluster;

/// <summary>The coordinator of a federation, or a standby for it: jobs and their rounds, and what operators ask.</summary>
internal sealed class CoordinatorPart : ServerPart, IJobDesk
{
    private readonly SitesPresent _sites;
    private readonly int _jobsAtOnce;
    private readonly Dictionary<JobId, JobNode> _nodes = [];   // of the term
    private Leadership? _leading;
    private InitialParameters? _initial;   // of the newest term that asked for them

    /// <summary>Opens journal and leases.</summary>
    /// <param name="node">What the node stands on.</param>
    /// <param name="database">The federation's database.</param>
    /// <param name="jobsAtOnce">So many jobs run at once.</param>
    public CoordinatorPart(NodeRuntime node, PostgresDatabase database, int jobsAtOnce) : base(node, database, NodeAddress.Coordinator) =>
        (_sites, _jobsAtOnce) = (new SitesPresent(TimeProvider.System, node.Bulk.As(NodeAddress.Job), reason => node.Observer.Refused(NodeAddress.Job, reason)), jobsAtOnce);

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
            .Select(group => _sites.With(new EnrolledSite(group.Key, group.MaxBy(static key => key.NotBefore)!.KeyId.ToString(), null))),
    ];

    /// <summary>What sites' columns are, by their hash.</summary>
    public ImmutableSortedDictionary<string, JsonElement> Columns() => _sites.Columns();

    /// <inheritdoc/>
    ImmutableArray<JobState> IJobDesk.Jobs(Dictionary<string, JobState> over) => JobStates.Read(Journal, over);

    /// <inheritdoc/>
    public JobId? QueuedBy(string request) => JobStates.QueuedBy(Journal, request);

    /// <inheritdoc/>
    public JobState JobOf(JobId job) => JobStates.Of(Journal, job);

    /// <inheritdoc/>
    public string? Objection(JobPlan plan)
    {
        if (ProtectionRules.Refusal(plan) is { } refusal) return refusal;
        foreach (RosterEntry entry in plan.Roster)
            if (Node.Kit.Members.For(NodeAddress.Silo(entry.Silo.Value), CertificateUse.Signing).All(key => key.KeyId != entry.KeyId))
                return $"site {entry.Silo} is not enrolled with the key that the plan names; submit the job again";
        try
        {
            FederatedProgram program = ProgramOf(plan);
            if (JobPlans.Difference(plan, program) is { } difference) return $"the plan does not fit its own program: {difference}; submit the job again";
            return program.Plan.External is null || Initial().Has(program.Plan) ? null : "the first parameters of the plan's model are not in the federation's database; submit the job again";
        }
        catch (ProgramException unfit)
        {
            return unfit.Message.TrimEnd('.');
        }
    }

    /// <inheritdoc/>
    public string? Lack(JobPlan plan) => AggregatorTree.Parts(plan).Where(part => !IsLed(NodeAddress.SubAggregator(part)))
        .Select(part => $"job.aggregators = {plan.Aggregators}, and nobody leads as the aggregator of part {part}; start an aggregator with node.part = {part}, or lower job.aggregators").FirstOrDefault();

    /// <inheritdoc/>
    public void Begin(JobPlan plan)
    {
        FederatedProgram program = ProgramOf(plan);
        byte[] state = (program.Plan.External is null ? program : Initial().ProgramOf(program.Plan)).InitialState(), hash = new byte[Digest.Size];
        plan.ComputeHash().CopyTo(hash);
        ReadOnlyMemory<byte> signature = Node.Kit.Keys.Signer.Sign(ProtocolMessage.ProposePlan.Purpose, hash);
        Leadership leadership;
        IBlobStore blobs;
        lock (Gate) (leadership, blobs) = (Leading(), BlobsOf(plan.Job));
        Digest initial = blobs.Store(state);   // not under the lock: the database may be away, and whoever ends the term waits for the lock
        lock (Gate)
        {
            if (Leading().Term.Epoch != leadership.Term.Epoch) throw new IOException("this node leads in another term");
            foreach (IActorRef node in Run(leadership, plan, program)) leadership.Started(node);
            _nodes[plan.Job].Tell(new JobCommand.Submit(plan, initial, signature, Node.Kit.Keys.Signer.PublicKey));
        }
    }

    /// <inheritdoc/>
    public void Carry(JobPlan plan)
    {
        lock (Gate) Carry(Leading(), plan);
    }

    /// <inheritdoc/>
    public void Tell(JobId job, JobCommand command)
    {
        bool isBegun = JobOf(job).Planned is not null;
        lock (Gate)
        {
            Leadership leadership = Leading();
            if (!isBegun && StartOwn(leadership, job) is { } started) leadership.Started(started);
            if (_nodes.TryGetValue(job, out JobNode? node)) node.Tell(command);
        }
    }

    /// <inheritdoc/>
    protected override ImmutableArray<IActorRef> Start(Leadership leadership, IBlobStore blobs, ImmutableArray<JobState> jobs)
    {
        _leading = leadership;
        _nodes.Clear();
        Hold(Node.Bulk.Register(NodeAddress.Job, blobs));
        Hold(Node.Bulk.Register(NodeAddress.Coordinator, blobs));
        ImmutableArray<IActorRef> nodes = [.. jobs.SelectMany(job => Run(leadership, job.Planned!.Plan, OnRecord(job.Planned.Plan)))];
        CoordinatorNotes notes = new(Node.Kit.Keys, Node.Kit.EncryptionKeys, Node.Kit.Members, NodeAddress.Coordinator);
        PostgresRequests requests = new(Database);
        RequestDesk desk = new(this, requests, notes, leadership.Term.Epoch, _jobsAtOnce, TimeProvider.System, Node.Logs.CreateLogger<RequestDesk>());
        Hold(desk);
        Hold(TimeProvider.System.CreateTimer(_ => desk.Also(() => CollectInitial(requests, notes)), null, TimeSpan.Zero, InitialParameters.Fresh));
        desk.Start();
        Reminders reminders = new(JobOf, (site, job, over) => Remind(site, job, over, leadership.Term.Epoch), desk.Also, TimeProvider.System);
        Hold(Node.Switchboard.Attend(NodeAddress.Job, Node.Observer, (from, message) =>
        {
            if (message is not ProtocolMessage.SitePresent present || from.Address != NodeAddress.Silo(present.Silo.Value)) return false;
            reminders.Ask(present.Silo, _sites.Heard(present));
            return true;
        }));
        return nodes;
    }

    /// <inheritdoc/>
    protected override ImmutableArray<IActorRef> Rehearse(NodeServices services, JobPlan plan) =>
        [FederationNodes.StartCoordinator(services, plan.Job, new ServerLearning(OnRecord(plan))), FederationNodes.StartJob(services, plan.Job).Node];

    /// <inheritdoc/>
    /// <remarks>A site that was away when a job ended gets its end and its models as long as the job is among the last twenty.</remarks>
    protected override void SeeToEnd(Leadership leadership, IBlobStore blobs, JobState job)
    {
        JobPlan plan = job.Planned!.Plan;
        RoundState rounds = JobHistory.EventsOf(Journal, FederationNodes.RoundLog(plan.Job), ProtocolSerializers.Round).Aggregate(RoundDecider.Initial, RoundDecider.Evolve);
        if (rounds.ModelsOwed.IsEmpty && rounds.Closing.IsEmpty) return;
        lock (Gate)
        {
            if (Node.Observer.Term?.Epoch == leadership.Term.Epoch && _leading is not null) Carry(leadership, plan);
        }
    }

    /// <inheritdoc/>
    protected override void EndTerm()
    {
        lock (Gate) _leading = null;
        base.EndTerm();
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> LogsOf(JobId job) => [FederationNodes.JobLog(job), FederationNodes.RoundLog(job)];

    /// <summary>Tells a site that still holds something of a job that the job is over, where it is; and has whoever owes it the end of a round say so.</summary>
    private void Remind(SiloId site, JobId job, JobState over, long epoch)
    {
        lock (Gate)
        {
            if (_leading is not { } leadership || over.Planned is not { Plan: { } plan }) return;
            Carry(leadership, plan);
        }

        Node.Switchboard.Send(new Origin(NodeAddress.Job, epoch), NodeAddress.Silo(site.Value), new ProtocolMessage.EndJob(job));
    }

    private Leadership Leading() => _leading ?? throw new IOException("this node leads no longer");

    /// <summary>Starts a job's nodes where they do not run.</summary>
    private void Carry(Leadership leadership, JobPlan plan)
    {
        foreach (IActorRef node in Run(leadership, plan, OnRecord(plan))) leadership.Started(node);
    }

    /// <summary>The same; what was started is the caller's to report.</summary>
    private ImmutableArray<IActorRef> Run(Leadership leadership, JobPlan plan, FederatedProgram program)
    {
        if (_nodes.TryGetValue(plan.Job, out JobNode? known) && known.HasCoordinator) return [];
        IActorRef coordinator = FederationNodes.StartCoordinator(Services(NodeAddress.Coordinator, leadership, plan.Job, new PlannedKeys(Node.Kit) { Plan = plan }), plan.Job, new ServerLearning(program));
        IActorRef? own = StartOwn(leadership, plan.Job);
        JobNode node = _nodes[plan.Job];
        node.Keys.Plan = plan;
        node.HasCoordinator = true;
        return own is null ? [coordinator] : [coordinator, own];
    }

    /// <summary>Starts the job's own node; null where it runs.</summary>
    private IActorRef? StartOwn(Leadership leadership, JobId job)
    {
        if (_nodes.ContainsKey(job)) return null;
        PlannedKeys keys = new(Node.Kit);
        (IActorRef node, Action<JobCommand> tell) = FederationNodes.StartJob(Services(NodeAddress.Job, leadership, job, keys), job);
        _nodes[job] = new JobNode(tell, keys);
        return node;
    }

    /// <summary>A job's own node, which a job has that waits for its turn too.</summary>
    private sealed class JobNode(Action<JobCommand> tell, PlannedKeys keys)
    {
        public Action<JobCommand> Tell => tell;

        public PlannedKeys Keys => keys;

        public bool HasCoordinator { get; set; }
    }

    /// <summary>What was submitted with plans of external models, as the present term has it.</summary>
    private InitialParameters Initial()
    {
        long epoch = Node.Observer.Term?.Epoch ?? throw new IOException("this node leads no longer");
        return _initial is { } known && known.Epoch == epoch ? known : _initial = new InitialParameters(Database, epoch, new BlobReaders(Node.Kit.Members, Node.Kit.EncryptionKeys));
    }

    private void CollectInitial(PostgresRequests requests, CoordinatorNotes notes) =>
        Initial().Collect(requests.Waiting().Select(waiting => PlanIn(notes, waiting)).OfType<LearningPlan>());

    /// <summary>What a request would have learned; null where its job is on record, and where it has no plan, or none that can be read: it is refused, whatever is in it.</summary>
    private LearningPlan? PlanIn(CoordinatorNotes notes, StoredRequest waiting)
    {
        try
        {
            return NodeRequest.FromJson(notes.OpenRequest(waiting.Envelope).Body.Span).Plan is { } text && JobPlan.FromJson(text) is var plan && JobOf(JobStates.IdOf(plan.Name, waiting.Id)).Planned is null ? LearningOf(plan) : null;
        }
        catch (Exception refused) when (refused is not IOException)
        {
            return null;
        }
    }

    private static LearningPlan LearningOf(JobPlan plan) => LearningPlan.FromJson(Encoding.UTF8.GetBytes(plan.Program));

    /// <summary>The program of a plan that another leader has put on record, and read.</summary>
    /// <exception cref="JournalFormatException">This program cannot: it is older, and must leave the lead to others.</exception>
    internal static FederatedProgram OnRecord(JobPlan plan)
    {
        try
        {
            return ProgramOf(plan);
        }
        catch (ProgramException unread)
        {
            throw new JournalFormatException($"the plan of job {plan.Job} is on record, and this program cannot run it: {unread.Message.TrimEnd('.')}", unread);
        }
    }

    private static FederatedProgram ProgramOf(JobPlan plan)
    {
        LearningPlan learning = LearningOf(plan);
        return learning.Check() is { } problem ? throw new ProgramException(problem) : new FederatedProgram(learning);
    }
}
