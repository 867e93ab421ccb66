using System.Diagnostics;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Vectors;
using static Fed.Actors.Protocol.Round.RoundCommand;
using static Fed.Actors.Protocol.Round.RoundEvent;
using static Fed.Actors.Protocol.Round.RoundPhase;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Round.RoundEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Actors.Protocol.Round;

/// <summary>
/// The coordinator: plans a round, invites silos, has each of its sums collected, sealed and opened, steps the server state and commits.
/// A table of (phase, command); see docs/protocol.md.
/// </summary>
public sealed partial class RoundDecider : IDecider<RoundState, RoundCommand, RoundEvent, Effect>
{
    /// <summary>Commands of a round that may fail to be decided; with as many the job stops, not the node.</summary>
    public const int RejectionsMax = 3;

    /// <summary>How the reason begins where a peer knows more than the journal.</summary>
    public const string HistoryWentBack = "history went back";

    private RoundDecider()
    {
    }

    /// <inheritdoc/>
    public static RoundState Initial { get; } = new();

    /// <inheritdoc/>
    public static ImmutableArray<RoundEvent> Rejected(RoundState state, RoundCommand command, string reason, DateTimeOffset now) =>
        state.Rejections < RejectionsMax ? [new CommandRejected(command.GetType().Name, reason, now)] : [];

    /// <inheritdoc/>
    public static Decided Decide(RoundState state, RoundCommand command, DateTimeOffset now)
    {
        if (state.Leaders.Refusal(command.From) is { } stale) return new([], [new Effect.Refused(stale)]);
        return state.Leaders.IsNews(command.From) && command.From is { } leader
            ? PeerEpochs.After(new LeaderSeen(leader.Address.Value, leader.Epoch), Judge(state, command, now))
            : Judge(state, command, now);
    }

    /// <inheritdoc/>
    public static ImmutableArray<RoundEvent> Lead(RoundState state, Term term, DateTimeOffset now) => [new LeadershipTaken(term.Epoch, term.Holder, now)];

    private static Decided Judge(RoundState state, RoundCommand command, DateTimeOffset now) =>
        state.Rejections >= RejectionsMax && state.Phase is Drawing or Showing
            ? FailGraph(state, Undecided(state), now)
        : state.Rejections >= RejectionsMax && IsUnderWay(state)
            ? Stop(state, Undecided(state), now, EndCollecting(state))
            : Answer(state, command, now);

    private static string Undecided(RoundState state) => $"{state.Rejections} commands of the round could not be decided; the journal has them";

    private static Decided Answer(RoundState state, RoundCommand command, DateTimeOffset now) => (state.Phase, command) switch
    {
        (_, AdoptPlan adopt) => Adopt(state, adopt.Plan),
        (_, StartRound start) => Start(state, start, now),
        (_, CancelRound cancel) => Cancel(state, cancel, now),
        (_, RoundCommand.SiloSettled settled) => Settle(state, settled, now),
        (_, ModelsKept kept) => Take(state, kept.Silo),
        (_, RoundReleased released) => Answer(new Effect.EndDelivery(ReleaseId(released.Round, released.Part))),
        (_, RoundCommand.RekeyingAsked asked) => NoteRestored(state, asked, now),
        _ when IsOfGraph(command) => DrawGraph(state, command, now),
        (Preparing, BroadcastReady ready) when ready.Collection == state.Collection => Invite(state, ready.Broadcast, now),
        (Collecting, CollectionSealed sealedSum) when sealedSum.Collection == state.Collection => Seal(state, sealedSum, now),
        (Collecting, CollectionFailed failed) when failed.Collection == state.Collection => FailAttempt(state, failed.Reason, now),
        (BackingOff, TimerDue due) when due.Id == RetryTimer(state) => Retry(state),
        (Opening, OpeningFinished opened) when opened.Collection == state.Collection
            => new(
                [.. Name(state, opened.Liars), new SumOpened(state.Collection, opened.Opened) { OpenedBy = opened.OpenedBy }],
                [.. Accuse(state, opened.Liars), new Effect.CancelTimer(OpeningTimer(state)), .. EndCeremony(state), StepEffect(state, opened.Opened)]),
        (Opening, SharesShort missing) when missing.Collection == state.Collection
            => new([.. Name(state, missing.Liars)], [.. Accuse(state, missing.Liars), new Effect.StartTimer(ReopenTimer(state), state.Plan!.Timings.RetryBackoff)]),
        (Opening, TimerDue due) when due.Id == OpeningTimer(state)
            => Stop(state, $"the sum '{state.Sum.Name}' was not opened by its deadline (job.timing.opening-deadline){DoubtsOf(state)}", now),
        (Opening, SumUnreachable unreachable) when unreachable.Collection == state.Collection
            => Answer(new Effect.StartTimer(ReopenTimer(state), state.Plan!.Timings.RetryBackoff)),
        (Opening, TimerDue due) when due.Id == ReopenTimer(state) && state.Encryption is { Statement: not null, Evidence: null } => Decided.None,   // stated since: what comes next is asked for already
        (Opening, TimerDue due) when due.Id == ReopenTimer(state) => Answer(OpenEffect(state, state.Contributions.Length, state.Sealed)),
        (_, StepAnswered or StepDeclined or AnswersHeld or KeysPublished or SharesPublished or CommitmentsPublished or SignaturesHeld or StatementReady or NoncesHeld or EvidencePublished or ReadiesHeld)
            => state.Plan?.Ckks is not null ? AnswerEncrypted(state, command, now) : AnswerStep(state, command, now),
        (Committing, TimerDue due) when due.Id == CommitTimer(state) => Answer(PublishCommitments(state)),
        (Signing, TimerDue due) when due.Id == SignTimer(state) => Answer(new Effect.Work(new WorkItem.CountAnswers(state.Collection, CeremonyStep.SignList, default))),
        (Committing, SumUnreachable unreachable) when unreachable.Collection == state.Collection   // the public key is away: without it nothing is closed, and no deadline comes again
            => Answer(new Effect.StartTimer(CommitTimer(state), state.Plan!.Timings.RetryBackoff)),
        (Advertising, TimerDue due) when due.Id == KeysTimer(state) => Answer(new Effect.Work(new WorkItem.PublishKeys(state.Collection))),
        (Sharing, TimerDue due) when due.Id == SharesTimer(state) => Answer(new Effect.Work(new WorkItem.PublishShares(state.Collection, state.Members))),
        (Opening, TimerDue due) when IsEncrypted(state) => RingOpening(state, due.Id),
        (Stepping, StepFinished step) when step.Collection == state.Collection => Apply(state, step.Step, now),
        (Preparing or Opening or Stepping, WorkFailed failed) when failed.Collection == state.Collection => Stop(state, failed.Reason, now),

        // Everything else belongs to another attempt, another phase, or comes a second time: it changes nothing.
        (_, BroadcastReady or CollectionSealed or CollectionFailed or OpeningFinished or SumUnreachable or SharesShort or StepFinished or WorkFailed or TimerDue) => Decided.None,
        _ => throw new UnreachableException($"{command.GetType().Name} in {state.Phase}"),
    };

    /// <inheritdoc/>
    public static RoundState Evolve(RoundState state, RoundEvent happened) => happened switch
    {
        PlanAdopted e => state with { Plan = e.Plan, PlanHash = e.Hash },
        RoundPlanned e => state with { Key = e.Key, Round = e.Round, RoundBase = e.State, Base = e.State, Sums = [], Confirmed = [], Restored = e.Key?.Epoch == state.Key?.Epoch ? state.Restored : [], Tries = 0, Outcome = null, Rejections = 0, Collection = new(e.Round, 0, "") },
        CommandRejected => state with { Rejections = state.Rejections + 1 },
        RoundsCancelled => state.Outcome is null ? state with { IsCancelled = true } : WithModelsOwed(state with { IsCancelled = true }),
        AttemptStarted e => state with
        {
            Phase = Preparing,
            Collection = e.Collection,
            Tries = state.Tries + 1,
            Invited = e.Invited,
            Target = e.Target,
            Quorum = e.Quorum,
            Limit = e.Limit,
            Members = [],
            Adverts = default,
            Lists = ImmutableSortedDictionary<SiloId, Digest>.Empty,
            Liars = [],
            Shares = ImmutableSortedDictionary<SiloId, Digest>.Empty,
            Confirmations = [],
            Encryption = RoundEncryption.None,
        },
        CollectionRequested e => state with { Phase = IsProtected(state) ? Advertising : IsEncrypted(state) ? Committing : Collecting, Broadcast = e.Broadcast },
        CommitmentsClosed e => Closed(state, e),
        ListAgreed e => state with { Phase = Collecting, Encryption = state.Encryption with { Signatures = e.Signatures } },
        SumStated e => state with { Encryption = state.Encryption with { Statement = e.Statement, Published = state.Encryption.Published.Add(e.Statement) } },
        OpenersDrawn e => state with { Encryption = state.Encryption with { Openers = e.Openers, Absent = e.Absent, Nonces = RoundEncryption.None.Nonces, Evidence = null } },
        SumDoubted e => state with { Encryption = state.Encryption with { Doubts = state.Encryption.Doubts.SetItem(e.Silo, e.Reason) } },
        ChallengeClosed e => state with { Encryption = state.Encryption with { Nonces = e.Nonces } },
        EvidenceClosed e => state with { Encryption = state.Encryption with { Evidence = e.Evidence, Published = state.Encryption.Published.Add(e.Evidence) } },
        OpeningAgreed e => state with { Encryption = state.Encryption with { ReadyFor = e.ReadyFor, Readies = e.Readies } },
        ReprotectionStarted e => Reprotected(state, e),
        GraphBegun => state with { Phase = Drawing },
        NoncesCommitted e => state with { Phase = Showing, Committers = e.Members, Commitments = e.Commitments },
        GraphDrawn e => state with { Nonces = e.Nonces, Graph = e.Seed },
        LiarsNamed e => state with { Liars = state.Liars.Union(e.Silos) },
        RoundEvent.RekeyingAsked e => state with { Restored = state.Restored.Add(e.Silo) },
        KeysClosed e => state with { Phase = Sharing, Members = e.Members, Adverts = e.Adverts, Lists = e.Lists ?? state.Lists },
        SharesClosed e => state with { Phase = Collecting, Shares = e.Shares },
        ContributorsConfirmed e => state with { Confirmations = state.Confirmations.Add(e.Confirmation) },
        AttemptFailed => state with { Phase = BackingOff },
        SumSealed e => state with { Phase = Opening, Contributions = e.Contributions, Sealed = e.Sum },
        SumOpened e => state with { Phase = Stepping, Opened = e.Opened, Confirmed = IsEncrypted(state) ? state.Confirmed.Add(ConfirmedOf(state)) : state.Confirmed },
        SumApplied e => state with { Sums = state.Sums.Add(Record(state, e.Step)), Base = e.Step.State, Tries = 0 },
        RoundCommitted e => WithModels(Close(state with { Phase = Committed, Sums = e.Sums, Base = e.Step.State, Outcome = new(true, e.Step.State, e.ModelSha256, e.Stop, null) }), e),
        RoundFailed e => WithModelsOwed(Close(state with { Phase = Failed, Outcome = new(false, state.RoundBase, null, null, e.Reason) })),
        RoundStopped e => WithModelsOwed(Close(state with { Phase = Failed, Outcome = new(false, state.RoundBase, null, null, e.Reason) })),
        RoundEvent.SiloSettled e => state with { Closing = Without(state.Closing, e.Silo, e.Round) },
        LaterEpochHeard e => state with { LaterEpochs = state.LaterEpochs.SetItem(e.Silo, e.Epoch) },
        LeadershipTaken e => state with { Epoch = e.Epoch },
        ModelsTaken e => state with { ModelsOwed = state.ModelsOwed.Remove(e.Silo) },
        LeaderSeen e => state with { Leaders = state.Leaders.SetItem(e.Peer, e.Epoch) },
        _ => throw new UnreachableException(happened.GetType().Name),
    };

    /// <inheritdoc/>
    /// <remarks>An outage is nobody's delay: a backoff and the time to open a sum begin anew, and no clock of the leader before counts.</remarks>
    public static ImmutableArray<Effect> Outstanding(RoundState state, DateTimeOffset now) =>
        [.. state.Closing.Keys.SelectMany(round => CloseEffects(state, round)), .. ReleaseBefore(state), .. OutstandingOfPhase(state), .. ModelEffects(state)];

    private static ImmutableArray<Effect> OutstandingOfPhase(RoundState state) => state.Phase switch
    {
        Idle => [],
        Drawing => [.. DrawEffects(state)],
        Showing => [.. ShowEffects(state)],
        Preparing => [PrepareEffect(state)],
        Advertising => [.. AdvertiseEffects(state)],
        Committing => [.. CommitEffects(state)],
        Signing => [.. SignEffects(state)],
        Sharing => [.. ShareEffects(state)],
        Collecting => [.. CollectEffects(state)],
        BackingOff => [new Effect.StartTimer(RetryTimer(state), Backoff(state))],
        Opening => [.. OpenEffects(state), new Effect.StartTimer(OpeningTimer(state), state.Plan!.Timings.OpeningDeadline)],
        Stepping => [StepEffect(state, state.Opened)],
        Committed or Failed => [.. EndEffects(state)],
        _ => throw new UnreachableException(state.Phase.ToString()),
    };

    private static Decided Adopt(RoundState state, JobPlan plan)
    {
        Digest hash = plan.ComputeHash();
        Effect answer = new Effect.Send(NodeAddress.Job, new ProtocolMessage.PlanAdopted(plan.Job, hash));
        if (state.Plan is null) return new([new PlanAdopted(plan, hash)], [answer]);
        return Answer(hash == state.PlanHash ? answer : new Effect.Refused("another plan than the one that was adopted"));
    }

    private static Decided Settle(RoundState state, RoundCommand.SiloSettled settled, DateTimeOffset now)
    {
        Decided news = IsUnderWay(state) ? WentBack(state, settled, now) : Decided.None;
        RoundState next = news.Events.Aggregate(state, Evolve);
        bool isWaited = next.Closing.TryGetValue(settled.Round, out ClosedRound? closed) && closed.Waiting.Contains(settled.Silo);
        return new([.. news.Events, .. isWaited ? [new RoundEvent.SiloSettled(settled.Silo, settled.Round)] : Array.Empty<RoundEvent>()], [.. news.Effects, new Effect.EndDelivery(CloseId(settled.Round, settled.Silo))]);
    }

    /// <summary>
    /// What follows on a silo that knows more of the job than the journal: that is an older copy than what its peers have acted on, and going on from it could ask them twice for one thing. A later round it proves by the head that
    /// this role has signed for it. For a later epoch there is only its word, so that counts when so many refuse this leader for it that no quorum is left, whoever is right. A leader of yesterday, who is told so too, is fenced off by
    /// the journal.
    /// </summary>
    private static Decided WentBack(RoundState state, RoundCommand.SiloSettled settled, DateTimeOffset now)
    {
        const string Remedy = "it was restored from an older copy. Restore a newer one, or submit the job again";
        if (settled.IsBeyondJournal && settled.Round >= state.Round)
            return Stop(state, $"{HistoryWentBack}: site '{settled.Silo}' has settled round {settled.Round}, of which the journal knows nothing; {Remedy}", now, EndCollecting(state));
        if (settled.Epoch <= state.Epoch || state.LaterEpochs.GetValueOrDefault(settled.Silo) >= settled.Epoch) return Decided.None;
        LaterEpochHeard heard = new(settled.Silo, settled.Epoch);
        RoundState next = Evolve(state, heard);
        ImmutableArray<SiloId> refusing = [.. next.LaterEpochs.Where(later => later.Value > state.Epoch && state.Invited.Contains(later.Key)).Select(static later => later.Key)];
        if (state.Invited.Count - refusing.Length >= state.Quorum) return new([heard], []);
        string who = string.Join(", ", refusing.Select(static silo => $"site '{silo}'"));
        Decided stop = Stop(next, $"{HistoryWentBack}: {who} heard of a leader in epoch {refusing.Max(silo => next.LaterEpochs[silo])}, and the journal ends with epoch {state.Epoch}; {Remedy}", now, EndCollecting(state));
        return new([heard, .. stop.Events], stop.Effects);
    }

    private static Decided Start(RoundState state, StartRound start, DateTimeOffset now)
    {
        if (state.Plan is null) return Decided.None;   // the plan comes first; the job asks again
        if (start.Round == state.Round && start.State != state.RoundBase) return Answer(new Effect.Refused($"round {start.Round} from another state than before"));
        if (start.Round == state.Round) return state.Outcome is null ? Decided.None : Answer(Report(state));
        if (start.Round < state.Round) return state.Outcome is null ? Decided.None : Answer(Report(state));   // a job whose log is behind takes its rounds from here
        if (state.Plan.Ckks is not null && start.Key is null) return Answer(new Effect.Refused($"round {start.Round} without a key for its sums"));
        if (state.IsCancelled) return Answer(NotBegun(state, start.Round));
        bool isNext = start.Round == state.Round + 1 && state.Phase is Idle or Committed;
        if (!isNext) return Decided.None;   // an old request, late
        RoundPlanned planned = new(start.Round, start.State, now, start.Key);
        RoundState next = Evolve(state, planned);
        if (state.Plan.DrawsGraph && state.Graph is null)
        {
            GraphBegun begun = new(now);
            return new([planned, begun], [.. DrawEffects(Evolve(next, begun))]);
        }

        Decided attempt = StartAttempt(next, 1);
        return new([planned, .. attempt.Events], attempt.Effects);
    }

    private static Decided StartAttempt(RoundState state, int attempt)
    {
        JobPlan plan = state.Plan!;
        CollectionId id = new(state.Round, attempt, state.Sum.Name);
        TimeSpan limit = plan.Timings.RoundDeadline + (plan.Timings.RoundDeadline / 2 * state.Tries);
        AttemptStarted started = new(id, plan.InvitedTo(id), plan.TargetOf(id), plan.QuorumOf(id), limit);
        return new([started], [PrepareEffect(Evolve(state, started))]);
    }

    private static Decided Invite(RoundState state, Digest broadcast, DateTimeOffset now)
    {
        CollectionRequested requested = new(state.Collection, broadcast);
        if (state.IsCancelled) return FailCancelled(state, requested, now);
        RoundState next = Evolve(state, requested);
        return new([requested], [.. IsProtected(state) ? AdvertiseEffects(next) : IsEncrypted(state) ? CommitEffects(next) : CollectEffects(next)]);
    }

    private static Decided Seal(RoundState state, CollectionSealed sealedSum, DateTimeOffset now)
    {
        if (!WasAskedFor(state, sealedSum.Contributions))
            return Stop(state, $"the aggregator sealed contributions to '{state.Sum.Name}' that were not asked for", now, EndCollecting(state));
        TimeSpan limit = state.Plan!.Timings.OpeningDeadline;
        SumSealed happened = new(state.Collection, sealedSum.Contributions, sealedSum.Sum, now + limit);
        return new(
            [happened],
            [.. EndCollecting(state), .. OpenEffects(Evolve(state, happened)), new Effect.StartTimer(OpeningTimer(state), limit)]);
    }

    /// <summary>True for a quorum of contributions to this very sum, of invited silos, each once.</summary>
    private static bool WasAskedFor(RoundState state, ImmutableArray<UpdateManifest> contributions)
    {
        Digest? ceremony = CeremonyOf(state);
        bool isListed(UpdateManifest m) => IsEncrypted(state) ? IsOnList(state, m) : m.Ceremony == ceremony;
        return contributions.Length >= QuorumOf(state)
            && contributions.Select(static m => m.Silo).Distinct().Count() == contributions.Length
            && contributions.All(m => InvitedBy(state).Contains(m.Silo) && m.Round == state.Round && m.Sum == state.Collection.Sum && m.Base == state.Broadcast && m.Plan == state.PlanHash && isListed(m));
    }

    private static Decided FailAttempt(RoundState state, string reason, DateTimeOffset now, ImmutableArray<Digest> unused = default)
    {
        if (state.Tries >= state.Plan!.MaxAttempts)
        {
            if (state.Encryption.IsFixed) return Stop(state, $"an opener of the sealed sum '{state.Sum.Name}' was lost, and {reason}", now, EndCollecting(state), unused);
            RoundFailed failed = new(state.Round, $"{state.Sum.Name}: {reason} (attempt {state.Tries} of {state.Plan.MaxAttempts})", now);
            return new([failed], [.. EndCollecting(state), .. EndCeremony(state, unused), .. EndAndCloseEffects(Evolve(state, failed))]);
        }

        TimeSpan backoff = Backoff(state);
        return new([new AttemptFailed(state.Collection, reason, now + backoff)], [.. EndCollecting(state), .. EndCeremony(state, unused, isRetried: true), new Effect.StartTimer(RetryTimer(state), backoff)]);
    }

    private static TimeSpan Backoff(RoundState state) => state.Plan!.Timings.RetryBackoff * (1 << Math.Min(state.Tries - 1, 10));

    private static Decided Retry(RoundState state) => state.Encryption.IsFixed ? Reprotect(state, []) : StartAttempt(state, state.Collection.Attempt + 1);

    private static Decided Apply(RoundState state, StepSummary step, DateTimeOffset now)
    {
        if (state.SumIndex + 1 < state.Plan!.SumsOf(state.Round).Length)
        {
            SumApplied applied = new(state.Collection, step);
            if (state.IsCancelled) return FailCancelled(state, applied, now);
            Decided attempt = StartAttempt(Evolve(state, applied), state.Collection.Attempt + 1);
            return new([applied, .. attempt.Events], attempt.Effects);
        }

        ImmutableArray<SumRecord> sums = state.Sums.Add(Record(state, step));
        string? model = sums.Select(static s => s.Step.ModelSha256).LastOrDefault(static sha => sha is not null);
        string? stop = sums.Select(static s => s.Step.Stop).FirstOrDefault(static rule => rule is not null);
        RoundCommitted committed = new(state.Round, step, sums, model, stop, now);
        return new([committed], [.. EndAndCloseEffects(Evolve(state, committed))]);
    }

    private static Decided Stop(RoundState state, string reason, DateTimeOffset now, IEnumerable<Effect>? before = null, ImmutableArray<Digest> unused = default)
    {
        RoundStopped stopped = new(state.Round, reason, now);
        return new([stopped], [.. before ?? [], new Effect.CancelTimer(OpeningTimer(state)), .. EndCeremony(state, unused), .. EndAndCloseEffects(Evolve(state, stopped))]);
    }

    private static IEnumerable<Effect> CollectEffects(RoundState state)
    {
        JobPlan plan = state.Plan!;
        VectorSchema schema = state.Sum.ToSchema();
        CollectionRequest request = new(
            plan.Job, state.Collection, state.PlanHash, state.Broadcast, new SumShape(plan.Ring, schema.Length, schema.Hash), state.Invited, state.Target, state.Quorum,
            state.Limit, plan.RetainContributions > 0);
        foreach ((NodeAddress to, CollectionRequest asked) in AggregatorTree.Requests(plan, IsProtected(state) ? Masked(state, request) : IsEncrypted(state) ? Encrypted(state, request) : request))
            yield return new Effect.Deliver($"{CollectId(state)}/open{(asked.Part is { } part ? $"/{part}" : "")}", to, new ProtocolMessage.OpenCollection(plan.Job, asked));
        foreach (Effect ask in IsProtected(state) ? MaskEffects(state) : IsEncrypted(state) ? UploadEffects(state) : InviteEffects(state)) yield return ask;
    }

    private static IEnumerable<Effect> InviteEffects(RoundState state)
    {
        foreach (SiloId silo in state.Invited)
        {
            ProtocolMessage.Invite invite = new(state.Plan!.Job, state.Collection, state.PlanHash, state.Broadcast) { Graph = state.Nonces, Settled = SettledBy(state, silo) };
            yield return new Effect.Deliver($"{CollectId(state)}/{silo}", NodeAddress.Silo(silo.Value), invite);
        }
    }

    /// <summary>The newest round up to which a site has said that it settled all; null before the first.</summary>
    private static int? SettledBy(RoundState state, SiloId silo)
    {
        int open = state.Closing.Where(closing => closing.Value.Waiting.Contains(silo)).Select(static closing => closing.Key).DefaultIfEmpty(state.Round).First();
        return open > 0 ? open - 1 : null;
    }

    private static IEnumerable<Effect> EndCollecting(RoundState state) => [new Effect.EndDelivery(CollectId(state))];

    /// <summary>Tells every silo that a round is over and who is in it: a receipt for each, whether it took part or not.</summary>
    private static IEnumerable<Effect> CloseEffects(RoundState state, int round)
    {
        ClosedRound closed = state.Closing[round];
        foreach (SiloId silo in closed.Waiting)
        {
            ProtocolMessage.CloseRound message = new(state.Plan!.Job, round, closed.Committed, closed.Contributors, null) { Confirmed = closed.Confirmed, Settled = SettledBy(state, silo) };
            yield return new Effect.Deliver(CloseId(round, silo), NodeAddress.Silo(silo.Value), message);
        }
    }

    /// <summary>Tells the aggregator and the job that the round is over.</summary>
    private static IEnumerable<Effect> EndEffects(RoundState state)
    {
        foreach (Effect release in Release(state.Plan!, state.Round)) yield return release;
        yield return Report(state);
    }

    /// <summary>While a round runs, the release of the one before may still be unanswered; answering it twice changes nothing.</summary>
    private static IEnumerable<Effect> ReleaseBefore(RoundState state) =>
        state.Round > 0 && IsUnderWay(state) ? Release(state.Plan!, state.Round - 1) : [];

    private static bool IsUnderWay(RoundState state) => state.Phase is Preparing or Advertising or Sharing or Committing or Collecting or BackingOff or Opening or Stepping;

    private static IEnumerable<Effect> Release(JobPlan plan, int round)
    {
        int retainFrom = plan.RetainContributions > round ? 0 : round - plan.RetainContributions + 1;
        ProtocolMessage.ReleaseRound release = new(plan.Job, round, retainFrom);
        yield return new Effect.Deliver(ReleaseId(round), NodeAddress.Aggregator, release);
        foreach (int part in AggregatorTree.Parts(plan)) yield return new Effect.Deliver(ReleaseId(round, part), NodeAddress.SubAggregator(part), release with { Part = part });
    }

    private static IEnumerable<Effect> EndAndCloseEffects(RoundState state) => [.. CloseEffects(state, state.Round), .. EndEffects(state), .. ModelEffects(state)];

    private static RoundState Close(RoundState state)
    {
        ImmutableSortedDictionary<string, ImmutableSortedSet<SiloId>> contributors = state.Phase == Committed
            ? state.Sums.ToImmutableSortedDictionary(static s => s.Collection.Sum, static s => s.Contributions.Select(static m => m.Silo).ToImmutableSortedSet(), StringComparer.Ordinal)
            : ImmutableSortedDictionary<string, ImmutableSortedSet<SiloId>>.Empty.WithComparers(StringComparer.Ordinal);
        ClosedRound closed = new(state.Phase == Committed, contributors, [.. state.Plan!.Silos]) { Confirmed = state.Phase == Committed ? state.Confirmed : [] };
        return state with { Closing = state.Closing.SetItem(state.Round, closed) };
    }

    private static ImmutableSortedDictionary<int, ClosedRound> Without(ImmutableSortedDictionary<int, ClosedRound> closing, SiloId silo, int round)
    {
        if (!closing.TryGetValue(round, out ClosedRound? closed)) return closing;
        ImmutableSortedSet<SiloId> waiting = closed.Waiting.Remove(silo);
        return waiting.IsEmpty ? closing.Remove(round) : closing.SetItem(round, closed with { Waiting = waiting });
    }

    private static Effect.Send Report(RoundState state) =>
        new(NodeAddress.Job, new ProtocolMessage.RoundReport(state.Plan!.Job, state.Round, state.Outcome! with { Restored = state.Restored }));

    private static SumRecord Record(RoundState state, StepSummary step) =>
        new(state.Collection, state.Base, state.Contributions, state.Sealed, state.Opened, step, OpeningRecordOf(state));

    private static Effect.Work PrepareEffect(RoundState state) => new(new WorkItem.PrepareBroadcast(state.Collection, state.Base));

    private static Effect.Work OpenEffect(RoundState state, int contributors, Digest sum) =>
        new(IsProtected(state) ? Unmask(state, sum)
            : !IsEncrypted(state) ? new WorkItem.OpenSum(state.Collection, sum, contributors)
            : state.Encryption.Statement is null ? new WorkItem.StateSum(state.Collection, state.Broadcast, sum)
            : Combine(state));

    private static Effect.Work StepEffect(RoundState state, Digest opened) =>
        new(new WorkItem.RunStep(state.Collection, state.Base, opened, state.Contributions.Length));

    private static Decided Answer(Effect effect) => new([], [effect]);

    private static string CollectId(RoundState state) => $"collect/{state.Collection}";

    private static string CloseId(int round, SiloId silo) => $"close/{round}/{silo}";

    private static string ReleaseId(int round, int? part = null) => part is null ? $"release/{round}" : $"release-part/{round}/{part}";

    private static string RetryTimer(RoundState state) => $"retry/{state.Collection}";

    private static string ReopenTimer(RoundState state) => $"reopen/{state.Collection}";

    private static string OpeningTimer(RoundState state) => $"opening-deadline/{state.Collection}";
}
