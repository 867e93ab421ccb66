using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;
using Fed.TestKit.Federation.Checks;

namespace Fed.TestKit.Federation;

/// <content>Processes: what each is given, how it starts, and how it ends.</content>
public sealed partial class SimulatedFederation
{
    private const int DoorCapacity = 100_000;
    private const string MailboxFull = "the mailbox was full";

    private readonly FederationRoles _roles;
    private readonly Func<IEventJournal, IEventJournal>? _wrapJournal;

    /// <summary>Servers read blobs of everybody, sites those of servers.</summary>
    private void Connect()
    {
        foreach (SimulatedIdentity identity in Identities) identity.Leader = identity.Processes[0];
        foreach (SimulatedProcess reader in Processes)
        {
            foreach (SimulatedIdentity owner in Identities)
            {
                Action<JobId>? lie = owner.Site >= 0 && _scenario.Sites[owner.Site] == SiteBehaviour.Lies ? job => Struck(FaultKind.WrongBytes, job) : null;
                Func<Digest, byte[]?> made = hash => Publishes?.Invoke(owner, hash) ?? (owner.Site >= 0 ? null : _liar?.Read(hash) ?? (owner == Aggregator ? _falseAdder?.Read(hash) : null));
                if (reader.Identity.Site < 0 || owner.Site < 0) reader.Bulk.Register(owner.Address, new PublishedBlobs(reader, owner, lie, (job, hash) => NoteRead(owner, job, hash), made));
            }
        }
    }

    private void NoteRead(SimulatedIdentity owner, JobId job, Digest hash)
    {
        if (owner.Site >= 0 && Find(job) is { } known) known.Checks.Read(known.Trainers[owner.Site].Silo, hash);
    }

    private void Start(SimulatedProcess process)
    {
        if (_left.Contains(process.Identity)) return;
        Trace.Line($"{process.Name} starts");
        SkewClock(process);
        ActorSystem system = process.Boot(
            error => _context.Guard(() => _context.Require(FederationCheck.NoError, isKept: false, $"{process.Name} logs an error: {error}")),
            line => _context.Guard(() => { foreach (SimulatedJob job in Jobs) job.Checks.RequireNothingSecretSaid(line, $"{process.Name}'s log"); }));
        process.Epochs = new EpochBook(_context, process.Name);
        system.DeadLetters.Subscribe(lost =>
        {
            if (lost.Reason != MailboxFull) return;
            process.Epochs.Begin(0);
            Struck(FaultKind.MailboxOverflow);
        });
        Switchboard switchboard = new(new WatchedTransport(NetworkOf(process), process, this));
        if (process.Identity.IsContended)
        {
            Stand(process, system, switchboard);
            return;
        }

        process.Identity.Leader = process;
        IEventJournal journal = Wrapped(process.Identity.Journal);
        foreach (SimulatedJob job in Jobs) Host(process, job, ServicesOf(process, job, system, switchboard, journal));
    }

    /// <summary>Stands for the identity; whoever is granted the lease starts the nodes of all jobs.</summary>
    private void Stand(SimulatedProcess process, ActorSystem system, Switchboard switchboard)
    {
        SimulatedIdentity identity = process.Identity;
        DatabaseSession session = new(_simulation, process);
        IEventJournal journal = Wrapped(session);
        CandidateOptions options = new()
        {
            Role = identity.Address,
            Holder = process.Name,
            Leadership = session,
            Observer = ObserverOf(process, Jobs[0]),
            LeaseLength = _scenario.LeaseLength,
        };
        process.Candidate = FederationNodes.Stand(system, options, (term, deposed) =>
        {
            if (identity.Processes.Any(other => other != process && other.IsLeading)) Struck(FaultKind.SecondLeader);
            identity.Leader = process;
            process.Epochs.Begin(term.Epoch);
            return [.. Jobs.Select(job => Host(process, job, ServicesOf(process, job, system, switchboard, new WatchedJournal(journal, identity.Journal, job.Id, process.Epochs, _context)) with
            {
                Blobs = new DatabaseBlobs(identity.Blobs(job.Id), process, term.Epoch, hash => job.Checks.StoredTooLate(identity.Address, hash)),
                Term = term,
                Deposed = deposed,
            }))];
        });
    }

    private IEventJournal Wrapped(IEventJournal journal) => _wrapJournal?.Invoke(journal) ?? journal;

    private NodeServices ServicesOf(SimulatedProcess process, SimulatedJob job, ActorSystem system, Switchboard switchboard, IEventJournal journal) => new()
    {
        System = system,
        Journal = journal,
        Blobs = process.Identity.Blobs(job.Id),
        Switchboard = switchboard,
        Bulk = process.Bulk,
        Workers = process.Workers,
        Signer = process.Identity.Signer,
        PublicKeys = address => ToldKey?.Invoke(process.Identity, address) ?? Identities.FirstOrDefault(known => known.Address == address)?.RegisteredKey,
        Protection = job.Checks.Watch(new PlainProtection()),
        SecureAggregation = job.Checks.Watch(job.Toy),
        CollectiveEncryption = job.Checks.Watch(job.Encryption),
        Secrets = job.Toy is null && job.Encryption is null ? null : process.Identity.Secrets,
        Observer = ObserverOf(process, job),
        DoorCapacity = Math.Min(_scenario.DoorCapacity, DoorCapacity),
        ResendInterval = _scenario.ResendInterval,
        BeatInterval = TimeSpan.FromSeconds(1),
    };

    private IFederationObserver ObserverOf(SimulatedProcess process, SimulatedJob job)
    {
        IFederationObserver books = job.Checks.ObserverOf(process.Epochs, cause => process.Fault = cause);
        return process.Identity.IsContended ? new LeaderObserver(process, job.LogOf(process.Identity), Trace, books, job.Checks.ReadByAnother) : books;
    }

    private IActorRef Host(SimulatedProcess process, SimulatedJob job, NodeServices services)
    {
        SimulatedIdentity identity = process.Identity;
        if (identity.Site >= 0) return _roles.StartSilo(services, job.Id, job.Trainers[identity.Site].Silo, job.Trainers[identity.Site]);
        if (identity == Coordinator) return _roles.StartCoordinator(services, job.Id, job.Program);
        if (identity == Aggregator || FederationLogs.PartOf(identity.Address) is not null)
            return _roles.StartAggregator(services, job.Id, process.Inbox(job.Id), FederationLogs.PartOf(identity.Address));
        (IActorRef node, Action<JobCommand> tell) = _roles.StartJob(services, job.Id);
        Submit(job, tell);
        process.Ask[job.Id] = tell;
        return node;
    }

    /// <summary>Whoever wants the job hands it in at each start: a job that exists is not changed by it.</summary>
    private void Submit(SimulatedJob job, Action<JobCommand.Submit> submit)
    {
        Span<byte> hash = stackalloc byte[Digest.Size];
        job.Plan.ComputeHash().CopyTo(hash);
        submit(new JobCommand.Submit(job.Plan, Digest.Of(job.Program.InitialState()), Job.Signer.Sign(ProtocolMessage.ProposePlan.Purpose, hash), Job.Signer.PublicKey));
    }

    /// <summary>The process is gone; null for an outage without an end.</summary>
    private void Crash(SimulatedProcess process, TimeSpan? outage)
    {
        Trace.Line($"{process.Name} crashes{(process.Fault is { } fault ? $": {fault.GetType().Name}" : "")}");
        process.Crash();
        MaybeRestoreSecrets(process);
        foreach (SimulatedJob job in Jobs) job.Checks.AfterCrash(job.LogOf(process.Identity));
        if (outage is { } length) _simulation.Schedule(length, () => Start(process));
    }
}
