using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Key;
using static Fed.Actors.Protocol.Job.JobCommand;
using static Fed.Actors.Protocol.Job.JobEvent;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Job.JobEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Actors.Protocol.Job;

/// <content>
/// The making of a collective key: before round 0, and between two rounds before a key is used up; never within a round. The job asks for one step after another; a step closes when all holders have
/// answered it. Who does not answer, or spoils it, is left out of the next ceremony. See docs/adr/0013-key-ceremony.md.
/// </content>
public sealed partial class JobDecider
{
    /// <summary>A part of the round's deadline for each step; a quarter leaves a site time to come back.</summary>
    private const int StepsOfDeadline = 4;

    /// <summary>The next round, or first the key that it needs: there is none, it could be used up within the round, or sites that were restored from old copies ask for another. Nothing where the job pauses.</summary>
    private static Decided Next(JobState state, DateTimeOffset now, ImmutableSortedSet<SiloId>? restored = null)
    {
        if (state.Phase == JobPhase.Paused) return new([], [.. EndProposals]);
        if (state.Planned!.Plan.Ckks is null) return new([], [AskRound(state)]);
        ImmutableSortedSet<SiloId> asking = [.. (restored ?? []).Where(silo => state.Approved.Contains(silo) && !state.Rekeyed.Contains(silo))];
        return state.Key is not null && state.Round + 1 <= state.KeyServesTo && asking.IsEmpty ? new([], [AskRound(state)]) : Begin(state, state.Approved, now, asking);
    }

    private static Decided Begin(JobState state, ImmutableSortedSet<SiloId> asked, DateTimeOffset now, ImmutableSortedSet<SiloId>? restored = null)
    {
        KeyCeremonyStarted started = new(state.KeyEpoch + 1, asked, now) { Restored = restored is { IsEmpty: false } ? restored : null };
        return new([started], KeyEffects(Evolve(state, started)));
    }

    private static Decided Held(JobState state, KeyAnswered answered)
    {
        KeyAnswer answer = answered.Answer;
        if (Current(state, answer.Epoch, answer.Step) is not { } ceremony || !ceremony.Holders.Contains(answer.Silo)) return Decided.None;
        if (answer.Plan != state.Planned!.Hash || answer.Given != ceremony.GivenTo(answer.Silo)) return new([], [new Effect.Refused($"the {answer.Step} of '{answer.Silo}' is the answer to another question")]);
        return new([], [new Effect.Work(new WorkItem.HoldKeyAnswer(answer, ceremony.Holders, ceremony.Closed))]);
    }

    private static Decided Held(JobState state, KeyDeclined declined, DateTimeOffset now)
    {
        if (Current(state, declined.Epoch, declined.Step) is not { } ceremony || !ceremony.Holders.Contains(declined.Silo)) return Decided.None;
        if (declined.Step == KeyStep.Enter) return new([], [new Effect.Work(new WorkItem.HoldKeyDecline(declined.Epoch, declined.Silo))]);
        SiloId? blamed = declined.Blamed is { } other && ceremony.Holders.Contains(other) ? other : null;
        return blamed is { } whose && whose != declined.Silo && !state.Complainers.Contains(declined.Silo)
            ? Fail(state, ceremony, $"'{declined.Silo}' cannot use what '{whose}' said", [whose], declined.Silo, now)
            : Fail(state, ceremony, $"'{declined.Silo}' cannot go on", blamed is null && declined.Step == KeyStep.Accept ? [] : [declined.Silo], null, now);
    }

    private static Decided Count(JobState state, KeyAnswersHeld held, DateTimeOffset now)
    {
        if (Current(state, held.Epoch, held.Step) is not { } ceremony) return Decided.None;
        ImmutableSortedSet<SiloId> answered = ceremony.Holders.Intersect(held.Answered), missing = ceremony.Holders.Except(answered);
        ImmutableArray<Effect> ends = [.. answered.Select(silo => new Effect.EndDelivery(AskId(ceremony, silo)))];
        bool isEntry = held.Step == KeyStep.Enter, isOver = missing.IsEmpty || held.IsOverdue || (isEntry && missing.Except(held.Declined).IsEmpty);
        if (!isOver) return new([], ends);
        if (isEntry ? answered.Count >= state.Planned!.Plan.Ckks!.HoldersMin : missing.IsEmpty)
        {
            return new([], [.. ends, new Effect.Work(held.Step == KeyStep.Accept
                ? new WorkItem.EstablishKey(ceremony.Epoch, ceremony.Holders, ceremony.Closed)
                : new WorkItem.PublishKeyStep(ceremony.Epoch, held.Step, answered))]);
        }

        return isEntry
            ? Fail(state, ceremony, $"{answered.Count} sites entered, and {state.Planned!.Plan.Ckks!.HoldersMin} must hold the key", [], null, now)
            : Fail(state, ceremony, $"no answer of {string.Join(", ", missing.Select(static silo => $"'{silo}'"))}", missing, null, now);
    }

    private static Decided Close(JobState state, KeyStepPublished published)
    {
        if (Current(state, published.Epoch, published.Step) is not { } ceremony)
            return new([], [DropKeyBlobs([.. published.Given.Values.Where(blob => state.Ceremony?.Blobs.Contains(blob) != true).Distinct()])]);
        KeyStepClosed closed = new(published.Epoch, published.Step, published.Holders, published.Given);
        return new([closed], [new Effect.CancelTimer(StepTimer(ceremony)), new Effect.EndDelivery(KeyId), .. KeyEffects(Evolve(state, closed))]);
    }

    private static Decided Establish(JobState state, KeyMade made, DateTimeOffset now)
    {
        if (Current(state, made.Key.Epoch, KeyStep.Accept) is not { } ceremony) return Decided.None;
        JobPlan plan = state.Planned!.Plan;
        int first = state.Round + 1;
        KeyEstablished established = new(made.Key, first, plan.Ckks!.LastRoundOf(first, plan.MaxAttempts), plan.Ckks.Profile, plan.Ckks.OpeningsPerKey, plan.RosterHash(), now);
        ImmutableArray<Effect> ends = [new Effect.CancelTimer(StepTimer(ceremony)), new Effect.EndDelivery(KeyId), DropKeyBlobs([.. ceremony.Blobs.Remove(made.Key.PublicKey), .. PublicKeys(state).Remove(made.Key.PublicKey)])];
        if (established.LastRound < first)
            return EndWithoutKey(state, [], $"a key of {plan.Ckks.OpeningsPerKey} openings does not serve round {first}, which may take {plan.Ckks.OpeningsOf(first, plan.MaxAttempts)}", ends, now);
        JobState after = Evolve(state, established);
        return new([established], [.. ends, .. after.Phase == JobPhase.Paused ? EndProposals : [AskRound(after)]]);
    }

    private static Decided Break(JobState state, KeyFailed failed, DateTimeOffset now) =>
        Current(state, failed.Epoch, KeyStep.Accept) is { } ceremony ? Fail(state, ceremony, failed.Reason, failed.Blamed is { } whose ? [whose] : [], null, now) : Decided.None;

    /// <summary>The deadline of a step.</summary>
    private static Decided Overdue(JobState state, string timer) =>
        state.Ceremony is { } ceremony && timer == StepTimer(ceremony) ? new([], [new Effect.Work(new WorkItem.CountKeyAnswers(ceremony.Epoch, ceremony.Step))]) : Decided.None;

    /// <summary>Another ceremony without those whose doing it was, while enough are left and the plan allows.</summary>
    private static Decided Fail(JobState state, KeyCeremony ceremony, string reason, ImmutableSortedSet<SiloId> leftOut, SiloId? complainer, DateTimeOffset now)
    {
        JobPlan plan = state.Planned!.Plan;
        KeyCeremonyFailed failed = new(ceremony.Epoch, ceremony.Step, reason, leftOut, complainer, now);
        JobState after = Evolve(state, failed);
        ImmutableArray<Effect> ends = [new Effect.CancelTimer(StepTimer(ceremony)), new Effect.EndDelivery(KeyId), DropKeyBlobs([.. ceremony.Blobs])];
        ImmutableSortedSet<SiloId> asked = ceremony.Asked.Except(leftOut);
        if (asked.Count < plan.Ckks!.HoldersMin || after.KeyFailures >= plan.MaxAttempts)
            return EndWithoutKey(state, [failed], $"no key could be made in {after.KeyFailures} {(after.KeyFailures == 1 ? "attempt" : "attempts")}; the last, at {ceremony.Step}: {reason}", ends, now);
        Decided again = Begin(after, asked, now);
        return new([failed, .. again.Events], [.. ends, .. again.Effects]);
    }

    /// <summary>No round can follow. The models of those that were committed still go to the sites.</summary>
    private static Decided EndWithoutKey(JobState state, ImmutableArray<JobEvent> before, string reason, ImmutableArray<Effect> ends, DateTimeOffset now)
    {
        JobFailed failed = new(reason, now);
        return new([.. before, failed], [.. ends, .. EndJob(state), .. Leave(Evolve(state, failed))]);
    }

    private static ImmutableArray<Effect> KeyEffects(JobState state)
    {
        KeyCeremony ceremony = state.Ceremony!;
        JobPlan plan = state.Planned!.Plan;
        return
        [
            .. ceremony.Holders.Select(silo => new Effect.Deliver(
                AskId(ceremony, silo),
                NodeAddress.Silo(silo.Value),
                new ProtocolMessage.AskKeyStep(plan.Job, ceremony.Epoch, ceremony.Step, ceremony.Holders, ceremony.GivenTo(silo)))),
            new Effect.StartTimer(StepTimer(ceremony), plan.Timings.RoundDeadline / StepsOfDeadline),
        ];
    }

    /// <summary>The public key under which rounds were until now: their sums are opened, or never will be.</summary>
    private static ImmutableArray<Digest> PublicKeys(JobState state) => state.Key is { } key ? [key.PublicKey] : [];

    private static KeyCeremony? Current(JobState state, int epoch, KeyStep step) => state.Ceremony is { } ceremony && ceremony.Epoch == epoch && ceremony.Step == step ? ceremony : null;

    private static Effect.Work DropKeyBlobs(ImmutableArray<Digest> blobs) => new(new WorkItem.DropKeyBlobs(blobs));

    private static string AskId(KeyCeremony ceremony, SiloId silo) => $"{KeyId}/{ceremony.Epoch}/{ceremony.Step}/{silo}";

    private static string StepTimer(KeyCeremony ceremony) => $"key-deadline/{ceremony.Epoch}/{ceremony.Step}";

    private const string KeyId = "key";
}
