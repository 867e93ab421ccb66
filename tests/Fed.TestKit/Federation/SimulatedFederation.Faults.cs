using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Shell;
using Fed.TestKit.Federation.Adversary;
using Fed.TestKit.Federation.Faults;
using Fed.TestKit.Stores;
using Fed.TestKit.Transport;

namespace Fed.TestKit.Federation;

/// <content>Faults: what breaks, when, and how it ends.</content>
public sealed partial class SimulatedFederation
{
    private readonly FaultDice _dice;
    private readonly FaultTable _table;
    private readonly List<SimulatedProcess> _doomed = [];   // die behind the present step
    private readonly HashSet<SimulatedIdentity> _left = [];
    private readonly ForgedMessages _forged;
    private readonly LyingServer? _liar;
    private readonly LyingAggregator? _falseAdder;
    private readonly HashSet<SimulatedIdentity> _restored = [];
    private readonly Dictionary<SimulatedIdentity, IReadOnlyDictionary<string, byte[]?>> _backups = [];
    private readonly SplitMix64 _restores;
    private readonly Dictionary<SimulatedIdentity, SiteBackup> _copies = [];
    private readonly HashSet<SimulatedIdentity> _older = [];   // sites whose data directory is an older copy
    private readonly HashSet<SimulatedIdentity> _leaving = [];   // leave for good behind the present step
    private bool _hasFaults = true;

    /// <summary>A site leaves for good in place of sending a message for which this is true; null for sites that leave by chance only.</summary>
    internal Func<SimulatedIdentity, object, bool>? LeavesBefore { get; init; }

    /// <summary>What a message becomes on the wire; null where it arrives as it was sent. What changes nothing there leaves the trace as it is.</summary>
    internal Func<object, object>? Wire { get; init; }

    /// <summary>What a node hands out in place of a blob; null for those that it hands out as they are.</summary>
    internal Func<SimulatedIdentity, Digest, byte[]?>? Publishes { get; init; }

    /// <summary>The key that a node is told for a name; null for the registered one.</summary>
    internal Func<SimulatedIdentity, NodeAddress, ReadOnlyMemory<byte>?>? ToldKey { get; init; }

    /// <summary>True for a site of which nothing is expected any more: it has left for good, or its memory is an older copy.</summary>
    internal bool HasLeft(SimulatedIdentity identity) => _left.Contains(identity) || _older.Contains(identity);

    /// <summary>True where the coordinator may owe something to a site for ever.</summary>
    private bool AreSitesGone => _left.Count + _older.Count > 0;

    /// <summary>Counts a fault in the moment of the job that it struck; where it struck a process, of the first job that goes on.</summary>
    internal void Struck(FaultKind kind, JobId? job = null)
    {
        SimulatedJob struck = (job is { } id ? Find(id) : null) ?? Jobs.FirstOrDefault(static known => known.Checks.End is null) ?? Jobs[^1];
        _table.Count(kind, struck.Checks.Moment);
    }

    /// <summary>What a process sends, as it leaves: a site that lies tells its lie now, and so do servers; null where nothing leaves.</summary>
    internal object? Leaving(SimulatedProcess process, Origin from, NodeAddress to, object message)
    {
        if (process.Identity.Site >= 0 && LeavesBefore?.Invoke(process.Identity, message) == true)
        {
            _leaving.Add(process.Identity);
            return null;
        }

        object left = (process.Identity.Site, message) switch
        {
            ( >= 0 and var site, ProtocolMessage.OfferUpdate offer) => _forged.Lie(process.Identity, _scenario.Sites[site], offer),
            ( >= 0 and var site, ProtocolMessage.AnswerStep answer) => Lie(process.Identity, _scenario.Sites[site], answer),
            (_, ProtocolMessage.CollectionSealed done) when _falseAdder is not null => _falseAdder.Tell(done),
            _ => message,
        };
        if (message is ProtocolMessage.UpdateAnswer { Refusal: null } told) AcceptanceIsTold(process.Identity, told.Silo);
        _forged.Remember(process.Identity.Address, to, left);
        return _liar is null || left is not ProtocolMessage known ? left : Overheard(_liar, process.Identity, from, to, known);
    }

    private ProtocolMessage.AnswerStep Lie(SimulatedIdentity site, SiteBehaviour behaviour, ProtocolMessage.AnswerStep answer)
    {
        ProtocolMessage.AnswerStep told = _forged.Lie(site, behaviour, answer);
        if (told != answer) Find(answer.Job)?.Checks.Forged(told.Answer);
        return told;
    }

    /// <summary>Servers that lie hear what sites say, and decide what the coordinator's honest part may say.</summary>
    private ProtocolMessage? Overheard(LyingServer liar, SimulatedIdentity sender, Origin from, NodeAddress to, ProtocolMessage message)
    {
        if (sender.Site >= 0) liar.Hear(message);
        if (sender == Job && message is ProtocolMessage.StartRound start) liar.Note(start);
        if (sender == Job && _hasFaults && message is ProtocolMessage.AskKeyStep ask) return liar.TellKey(from, to, ask);
        return sender == Coordinator && _hasFaults && Silos.Any(site => site.Address == to) ? liar.Tell(from, to, message) : message;
    }

    /// <summary>A blob of a server or, as an aggregator reads it, of a site.</summary>
    private byte[]? Stolen(NodeAddress owner, JobId job, Digest hash)
    {
        IBlobStore blobs = Identities.First(known => known.Address == owner).Blobs(job);
        return _liar!.Read(hash) ?? (blobs.Contains(hash) ? blobs.ReadAll(hash) : null);
    }

    /// <summary>True where a site of this behaviour spoils its deal, or its share, half of the time.</summary>
    private bool Spoils(SimulatedJob job, SiloId silo, FaultKind kind)
    {
        if (FederationScenario.FaultOf(_scenario.Sites[Silos.First(known => known.Address == NodeAddress.Silo(silo.Value)).Site]) != kind || _dice.Below(kind, 2) == 0) return false;
        Struck(kind, job.Id);
        return true;
    }

    /// <summary>What liars say in the coordinator's name, and what they publish.</summary>
    private void Impersonate(Origin coordinator, NodeAddress to, ProtocolMessage message)
    {
        Trace.Line($"a liar as {coordinator.Address} > {to} {message.GetType().Name}");
        Outside.Send(coordinator, to, message);
    }

    /// <summary>A site is told that its update counts: from now on no crash takes it back, whoever's.</summary>
    private void AcceptanceIsTold(SimulatedIdentity aggregator, SiloId silo)
    {
        if (!_hasFaults || !_dice.IsStruck(FaultKind.CrashAfterAppend, _scenario.CrashesAfterAcceptPermille, 1000)) return;
        Struck(FaultKind.CrashAfterAppend);
        _doomed.AddRange(Identities.Where(identity => identity == aggregator || identity.Address == NodeAddress.Silo(silo.Value)).Select(static identity => identity.Leader));
    }

    private void MaybeBreakSomething()
    {
        TakeAim();
        if (Strikes(FaultKind.Crash, _scenario.CrashesPer10K) && Somebody(FaultKind.Crash) is { IsUp: true } victim) StrikeDown(victim, FaultKind.Crash);
        if (Strikes(FaultKind.TornWork, _scenario.TornWorkPer10K) && Somebody(FaultKind.TornWork) is { IsUp: true, Identity.IsContended: false } worker) StopInDiskWork(worker);
        if (Strikes(FaultKind.Partition, _scenario.PartitionsPer10K)) Isolate(FaultKind.Partition, isOutgoing: true, isIncoming: true);
        if (Strikes(FaultKind.OneWayPartition, _scenario.OneWayPartitionsPer10K))
        {
            bool isOutgoing = _dice.Below(FaultKind.OneWayPartition, 2) == 0;
            Isolate(FaultKind.OneWayPartition, isOutgoing, !isOutgoing);
        }

        if (Strikes(FaultKind.Pause, _scenario.PausesPer10K) && Somebody(FaultKind.Pause) is { IsUp: true, IsPaused: false } sleeper) Pause(sleeper, Outage(FaultKind.Pause));
        if (Strikes(FaultKind.ClockJump, _scenario.ClockJumpsPer10K)) JumpClock(Somebody(FaultKind.ClockJump), _dice.AtMost(FaultKind.ClockJump, _scenario.ClockJumpMax));
        if (Broker is { } broker) MaybeBreakBroker(broker, _scenario.Broker!);
        if (Strikes(FaultKind.DatabaseCut, _scenario.DatabaseCutsPer10K) && Contended(FaultKind.DatabaseCut) is { } alone) CutFromDatabase(alone);
        if (Strikes(FaultKind.SecondLeader, _scenario.LostLeasesPer10K) && Contended(FaultKind.SecondLeader) is { } leader) leader.Identity.Lease.Lose();
        if (Strikes(FaultKind.FullDisk, _scenario.FullDisksPer10K)) FillDisk(Somebody(FaultKind.FullDisk).Identity);
        if (Strikes(FaultKind.SiteLeaves, _scenario.DeparturesPer10K)) Depart(Silos[_dice.Below(FaultKind.SiteLeaves, Silos.Length)]);
        if (Strikes(FaultKind.RestoredSite, _scenario.RestoredSitesPer10K)) RestoreSite(Silos[^(1 + _dice.Below(FaultKind.RestoredSite, _scenario.RestorableSites))]);
        if (Strikes(FaultKind.ChangedKey, _scenario.ChangedKeysPer10K)) ChangeKey(Silos[_dice.Below(FaultKind.ChangedKey, Silos.Length)]);
        if (Strikes(FaultKind.Replay, _scenario.ReplaysPer10K)) Inject(FaultKind.Replay, _forged.Old());
        if (Strikes(FaultKind.Stranger, _scenario.StrangersPer10K)) Inject(FaultKind.Stranger, _forged.OfAStranger());
        if (_liar is not null) Lie(_liar);
        MaybeIntervene();
    }

    private void Lie(LyingServer liar)
    {
        foreach (FaultKind kind in _scenario.Ckks is null ? ServerLies.All : ServerLies.Encrypted)
        {
            if (_scenario.Lies.Has(kind) && Strikes(kind, _scenario.Lies.Per10K)) liar.Strike(kind);
        }
    }

    /// <summary>A process dies, and somebody starts it again.</summary>
    private void StrikeDown(SimulatedProcess process, FaultKind kind)
    {
        Struck(kind);
        Crash(process, Outage(kind));
    }

    /// <summary>Somebody puts an older copy of a site's secrets in place of what it had, its journal being what it was; or takes a copy now.</summary>
    private void MaybeRestoreSecrets(SimulatedProcess process)
    {
        if (!_hasFaults || _scenario.RestoredSecretsPermille == 0 || process.Identity.Site < 0) return;
        SimulatedIdentity site = process.Identity;
        if (_backups.Remove(site, out IReadOnlyDictionary<string, byte[]?>? backup) && (int)(_restores.Next() % 1000) < _scenario.RestoredSecretsPermille)
        {
            Trace.Line($"{site}: the secrets are an older copy");
            Struck(FaultKind.RestoredSecrets);
            site.Secrets.Restore(backup);
            _restored.Add(site);
        }
        else _backups[site] = site.Secrets.Snapshot();
    }

    /// <summary>Stops a site, and copies its data directory; or, where there is a copy, puts that in the place of what the site has.</summary>
    private void RestoreSite(SimulatedIdentity site)
    {
        if (!site.Leader.IsUp || _left.Contains(site)) return;
        Crash(site.Leader, Outage(FaultKind.RestoredSite));
        if (!_copies.Remove(site, out SiteBackup? copy))
        {
            Trace.Line($"{site}: somebody copies its data");
            _copies[site] = new SiteBackup(site);
            return;
        }

        copy.Restore(site);
        if (!Jobs.Select(job => job.Checks.AfterRestore(site.Address)).ToArray().Contains(true)) return;   // nothing had happened since
        Trace.Line($"{site}: its data are an older copy");
        Struck(FaultKind.RestoredSite);
        _older.Add(site);
    }

    /// <summary>Stops a machine in the middle of what it writes next: in place of one of its changes to the disk, with the others behind or before it.</summary>
    private void StopInDiskWork(SimulatedProcess process)
    {
        Struck(FaultKind.TornWork);
        int changes = _dice.Below(FaultKind.TornWork, 8);
        foreach (ISimulatedBlobStore blobs in process.Identity.AllBlobs) blobs.Disk?.ChangesUntilCrash = changes;
    }

    /// <summary>Cuts a process off from the others, in one direction or both, for a time.</summary>
    private void Isolate(FaultKind kind, bool isOutgoing, bool isIncoming)
    {
        SimulatedProcess process = Somebody(kind);
        Struck(kind);
        Trace.Line($"{process.Name} is cut off ({(isOutgoing ? "out" : "")}{(isIncoming ? "in" : "")})");
        process.IsCutOutgoing |= isOutgoing;
        process.IsCutIncoming |= isIncoming;
        Relink(process);
        _simulation.Schedule(Outage(kind), () => Heal(process));
    }

    private static void Heal(SimulatedProcess process)
    {
        process.IsCutOutgoing = process.IsCutIncoming = false;
        Relink(process);
    }

    /// <summary>Stops a process as SIGSTOP does; it does not know, and goes on where it was.</summary>
    private void Pause(SimulatedProcess process, TimeSpan length)
    {
        Struck(FaultKind.Pause);
        Trace.Line($"{process.Name} is paused");
        process.Pause();
        Relink(process);
        int life = process.Crashes;
        _simulation.Schedule(length, () =>
        {
            if (process.Crashes == life) Wake(process);
        });
    }

    private void Wake(SimulatedProcess process)
    {
        if (!process.IsPaused) return;
        Trace.Line($"{process.Name} wakes");
        process.Wake();
        Relink(process);
    }

    /// <summary>Cuts a process off from the database that its identity shares, and from nothing else: if it leads it cannot renew, and does not know whether another leads already.</summary>
    private void CutFromDatabase(SimulatedProcess process)
    {
        Struck(FaultKind.DatabaseCut);
        Trace.Line($"{process.Name} is cut off from the database");
        process.CutFromDatabase();
        _simulation.Schedule(Outage(FaultKind.DatabaseCut), process.ReconnectDatabase);
    }

    private void JumpClock(SimulatedProcess process, TimeSpan by)
    {
        Struck(FaultKind.ClockJump);
        Trace.Line($"{process.Name}: the clock jumps by {by.Ticks / TimeSpan.TicksPerMillisecond} ms");
        process.JumpClock(by);
    }

    /// <summary>The machine's clock as a process finds it when it starts.</summary>
    private void SkewClock(SimulatedProcess process)
    {
        if (!_hasFaults || _scenario.ClockSkewMax == TimeSpan.Zero) return;
        Struck(FaultKind.ClockSkew);
        process.JumpClock(_dice.AtMost(FaultKind.ClockSkew, _scenario.ClockSkewMax) - process.ClockOffset);
    }

    /// <summary>Journal, blobs or both can be written no more, until somebody frees some space.</summary>
    private void FillDisk(SimulatedIdentity identity)
    {
        Struck(FaultKind.FullDisk);
        int parts = 1 + _dice.Below(FaultKind.FullDisk, 3);
        Trace.Line($"{identity}: the disk is full ({parts})");
        SetFull(identity, (parts & 1) != 0, (parts & 2) != 0);
        _simulation.Schedule(Outage(FaultKind.FullDisk), () => SetFull(identity, journal: false, blobs: false));
    }

    private static void SetFull(SimulatedIdentity identity, bool journal, bool blobs)
    {
        identity.Journal.Faults = identity.Journal.Faults with { IsFull = journal };
        foreach (ISimulatedBlobStore store in identity.AllBlobs) store.Faults = store.Faults with { IsFull = blobs };
    }

    /// <summary>A site leaves for good: nothing of it is ever heard again.</summary>
    private void Depart(SimulatedIdentity site)
    {
        if (_left.Count < Silos.Length / 3) Leave(site);
    }

    private void Leave(SimulatedIdentity site)
    {
        if (!_left.Add(site)) return;
        Struck(FaultKind.SiteLeaves);
        Trace.Line($"{site} leaves for good");
        if (site.Leader.IsUp) Crash(site.Leader, outage: null);
    }

    /// <summary>A site dies and comes back with a key that nobody knows.</summary>
    private void ChangeKey(SimulatedIdentity site)
    {
        if (!site.Leader.IsUp) return;
        site.ChangeKey();
        StrikeDown(site.Leader, FaultKind.ChangedKey);
    }

    private void Inject(FaultKind kind, (NodeAddress From, NodeAddress To, ProtocolMessage Message)? injected)
    {
        if (injected is not { } forged) return;
        Struck(kind, forged.Message.Job);
        Trace.Line($"{kind}: {forged.From} > {forged.To} {forged.Message.GetType().Name}");
        Outside.Send(forged.From, forged.To, forged.Message);
    }

    /// <summary>Lets the disks of an identity, and its process's network, tell of their faults.</summary>
    private void Watch(SimulatedProcess process)
    {
        void struck(FaultKind kind) => Struck(kind);
        SimulatedIdentity identity = process.Identity;
        identity.Journal.Struck = process.Workers.Struck = process.Bulk.Struck = struck;
        identity.Journal.Written = () => Doom(identity, FaultKind.TornAppend, identity.IsContended ? 0 : _scenario.TornAppendsPermille);
        identity.Journal.Synced = () => Doom(identity, FaultKind.CrashAfterAppend, _scenario.CrashesAfterAppendPermille);
        foreach (SimulatedJob job in Jobs)
        {
            ISimulatedBlobStore blobs = identity.Blobs(job.Id);
            blobs.Struck = kind => Struck(kind, job.Id);
            if (identity.Site < 0) continue;
            SimulatedTrainer trainer = job.Trainers[identity.Site];
            blobs.Deleting = hash => job.Checks.Deleted(trainer.Silo, hash);
            trainer.Struck = kind =>
            {
                if (kind != FaultKind.Straggler || _hasFaults) Struck(kind, job.Id);
            };
        }
    }

    private void Doom(SimulatedIdentity identity, FaultKind kind, int permille)
    {
        if (!_hasFaults || !_dice.IsStruck(kind, Raised(permille), 1000) || !identity.Leader.IsUp) return;
        Struck(kind);
        _doomed.Add(identity.Leader);
    }

    /// <summary>Whoever was struck down in the middle of the step, or cannot go on, stops behind it.</summary>
    private void CrashTheDoomed()
    {
        foreach (SimulatedProcess process in _doomed)
        {
            if (process.IsUp) Crash(process, Outage(FaultKind.Crash));
        }

        _doomed.Clear();
        foreach (SimulatedIdentity site in _leaving) Leave(site);
        _leaving.Clear();
        foreach (SimulatedProcess process in Processes)
        {
            if (process.Fault is not null) Crash(process, _simulation.Delay(_scenario.OutageMax));   // the process stops with a message; somebody starts it again
        }
    }

    private void StopFaults()
    {
        Trace.Line("faults stop");
        _hasFaults = _isAimed = false;
        _transport.Faults = LinkFaults.None;
        if (Broker is { } broker) broker.Timings = broker.Timings with { WireMax = TimeSpan.Zero };
        foreach (SimulatedProcess process in Processes)
        {
            Heal(process);
            process.ReconnectDatabase();
            Wake(process);
            SetFaults(process, isOn: false);
        }

        ResumeAll();
    }

    private void SetFaults(SimulatedProcess process, bool isOn)
    {
        SimulatedJournal journal = process.Identity.Journal;
        journal.Faults = isOn ? Raised(_scenario.Journals) with { IsFull = journal.Faults.IsFull } : StoreFaults.None;
        StoreFaults disks = isOn ? Raised(_scenario.Disks) : StoreFaults.None;
        foreach (ISimulatedBlobStore blobs in process.Identity.AllBlobs)
        {
            blobs.Faults = isOn ? disks with { IsFull = blobs.Faults.IsFull } : disks;
            if (!isOn) blobs.Disk?.ChangesUntilCrash = null;
        }

        process.Bulk.Faults = disks;
        bool isSlow = isOn && process.Identity.Site >= 0 && _scenario.IsSlow(_scenario.Sites[process.Identity.Site]);
        process.Workers.Faults = isSlow ? _scenario.Disks with { DelayMax = _scenario.Timings.RoundDeadline + _scenario.Timings.RoundDeadline } : disks;
    }

    private bool Strikes(FaultKind kind, int per10K) => _dice.IsStruck(kind, Raised(per10K, 10_000), 10_000);

    private bool Stalls() => _hasFaults && _scenario.StallsPer10K > 0 && (int)Math.BigMul(_stalls.Next(), 10_000, out _) < (_isGentle ? _scenario.StallsPer10K / GentleTimes : _scenario.StallsPer10K);

    /// <summary>A process of an identity for which others stand by; null where there is none.</summary>
    private SimulatedProcess? Contended(FaultKind kind) => _contended.IsEmpty ? null : _contended[_dice.Below(kind, _contended.Length)];

    private SimulatedProcess Somebody(FaultKind kind) => Processes[_dice.Below(kind, Processes.Length)];

    private TimeSpan Outage(FaultKind kind) => _dice.UpTo(kind, _scenario.OutageMax);
}
