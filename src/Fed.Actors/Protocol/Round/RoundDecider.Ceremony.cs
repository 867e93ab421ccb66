using System.Diagnostics;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Ceremony;
using static Fed.Actors.Protocol.Round.RoundCommand;
using static Fed.Actors.Protocol.Round.RoundEvent;
using static Fed.Actors.Protocol.Round.RoundPhase;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Round.RoundEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Actors.Protocol.Round;

/// <content>
/// Secure aggregation: keys and shares before the collection, signatures and shares after the seal. Answers are held in memory until their step is closed; what a crash loses is asked for again.
/// The steps' deadlines are parts of the attempt's one limit.
/// </content>
public sealed partial class RoundDecider
{
    private const int LimitParts = 8, KeysParts = 5, SharesParts = 1;   // what is left is the aggregator's: two parts

    private static Decided AnswerStep(RoundState state, RoundCommand command, DateTimeOffset now) => (state.Phase, command) switch
    {
        _ when state.Plan?.SecAgg is null => Decided.None,
        (_, StepAnswered answered) when answered.Answer.Collection != state.Collection || answered.Answer.Plan != state.PlanHash || answered.Answer.Base != state.Broadcast => Decided.None,
        (Advertising, StepAnswered { Answer: { Step: CeremonyStep.AdvertiseKeys } answer }) when state.Invited.Contains(answer.Silo) => Hold(answer, $"{CollectId(state)}/{answer.Silo}"),
        (Sharing, StepAnswered { Answer: { Step: CeremonyStep.ShareKeys } answer }) when state.Members.Contains(answer.Silo) => Hold(answer, $"{CollectId(state)}/share/{answer.Silo}"),
        (Opening, StepAnswered { Answer: { Step: CeremonyStep.Confirm } answer }) when IsContributor(state, answer.Silo) => Confirm(state, answer),
        (Opening, StepAnswered { Answer: { Step: CeremonyStep.ReleaseShares } answer }) when IsContributor(state, answer.Silo) => Hold(answer, $"{ReleaseSharesId(state)}/{answer.Silo}"),

        (Advertising, StepDeclined declined) when declined.Collection == state.Collection && state.Invited.Contains(declined.Silo) => HoldDecline(state, CeremonyStep.AdvertiseKeys, declined.Silo),
        (Sharing, StepDeclined declined) when declined.Collection == state.Collection && state.Members.Contains(declined.Silo) => HoldDecline(state, CeremonyStep.ShareKeys, declined.Silo),

        (Advertising, AnswersHeld { Step: CeremonyStep.AdvertiseKeys } held) when held.Collection == state.Collection
            => held.Held.Count >= state.Target || held.Held.Count + held.Declined.Count >= state.Invited.Count ? Answer(new Effect.Work(new WorkItem.PublishKeys(state.Collection))) : Decided.None,
        (Sharing, AnswersHeld { Step: CeremonyStep.ShareKeys } held) when held.Collection == state.Collection
            => held.Held.Count + held.Declined.Count >= state.Members.Count ? Answer(new Effect.Work(new WorkItem.PublishShares(state.Collection, state.Members))) : Decided.None,
        (Opening, AnswersHeld { Step: CeremonyStep.ReleaseShares } held) when held.Collection == state.Collection
            => OpenWith(state, held.Held.Count(silo => IsContributor(state, silo))),

        (Advertising, KeysPublished published) when published.Collection == state.Collection => CloseKeys(state, published, now),
        (Sharing, SharesPublished published) when published.Collection == state.Collection => CloseShares(state, published, now),

        (_, KeysPublished late) => Drop(state, late.Collection, [late.Adverts, .. late.Lists?.Values ?? []]),
        (_, SharesPublished late) => Drop(state, late.Collection, [.. late.Shares.Values]),

        // Everything else belongs to another attempt or another step, or comes from somebody who was not asked: it changes nothing.
        (_, StepAnswered or StepDeclined or AnswersHeld or CommitmentsPublished or SignaturesHeld or StatementReady or NoncesHeld or EvidencePublished or ReadiesHeld) => Decided.None,
        _ => throw new UnreachableException($"{command.GetType().Name} in {state.Phase}"),
    };

    private static Decided Hold(StepAnswer answer, string delivery) => new([], [new Effect.EndDelivery(delivery), new Effect.Work(new WorkItem.HoldAnswer(answer))]);

    private static Decided HoldDecline(RoundState state, CeremonyStep step, SiloId silo) => Answer(new Effect.Work(new WorkItem.HoldDecline(state.Collection, step, silo)));

    private static Decided CloseKeys(RoundState state, KeysPublished published, DateTimeOffset now)
    {
        int needed = QuorumOf(state);
        if (published.Members.Count < needed)
            return FailAttempt(state, $"{published.Members.Count} sites advertised keys, and {needed} are needed", now, [published.Adverts, .. published.Lists?.Values ?? []]);
        KeysClosed closed = new(state.Collection, published.Members, published.Adverts) { Lists = published.Lists };
        return new([closed], [.. EndCollecting(state), new Effect.CancelTimer(KeysTimer(state)), .. ShareEffects(Evolve(state, closed))]);
    }

    private static Decided CloseShares(RoundState state, SharesPublished published, DateTimeOffset now)
    {
        int needed = QuorumOf(state);
        if (published.Shares.Count < needed)
            return FailAttempt(state, $"{published.Shares.Count} of {state.Members.Count} sites shared their keys, and {needed} are needed", now, [.. published.Shares.Values]);
        SharesClosed closed = new(state.Collection, published.Shares);
        return new([closed], [.. EndCollecting(state), new Effect.CancelTimer(SharesTimer(state)), .. CollectEffects(Evolve(state, closed))]);
    }

    /// <summary>What was published and is not what sites are asked with goes: an answer that came meanwhile had it made twice, or the attempt is over.</summary>
    private static Decided Drop(RoundState state, CollectionId collection, ImmutableArray<Digest> published)
    {
        ImmutableArray<Digest> unneeded = collection == state.Collection ? published.RemoveRange(Published(state)) : published;
        return unneeded.IsEmpty ? Decided.None : Answer(new Effect.Work(new WorkItem.DropPublished(unneeded)));
    }

    private static Decided Confirm(RoundState state, StepAnswer answer)
    {
        Effect end = new Effect.EndDelivery($"{ConfirmId(state)}/{answer.Silo}");
        bool isNeeded = state.Confirmations.Length < Threshold(state) && state.Confirmations.All(known => known.Silo != answer.Silo);
        if (!isNeeded) return Answer(end);
        if (answer.ConfirmationOf(CeremonyId.OfList(state.Collection, state.Contributions)) is not { } confirmation)
            return Answer(new Effect.Refused($"'{answer.Silo}' confirms another list of contributors to {state.Collection}"));
        ContributorsConfirmed confirmed = new(state.Collection, confirmation);
        RoundState next = Evolve(state, confirmed);
        return next.Confirmations.Length < Threshold(next)
            ? new([confirmed], [end])
            : new([confirmed], [new Effect.EndDelivery(ConfirmId(state)), .. OpenEffects(next)]);
    }

    private static IEnumerable<Effect> AdvertiseEffects(RoundState state) =>
        [.. InviteEffects(state), new Effect.StartTimer(KeysTimer(state), state.Limit / LimitParts * KeysParts)];

    private static IEnumerable<Effect> ShareEffects(RoundState state)
    {
        foreach (SiloId silo in state.Members)
        {
            ProtocolMessage.ShareKeys share = new(state.Plan!.Job, state.Collection, state.Members, state.Adverts) { Neighbours = state.Lists.TryGetValue(silo, out Digest list) ? list : null };
            yield return new Effect.Deliver($"{CollectId(state)}/share/{silo}", NodeAddress.Silo(silo.Value), share);
        }

        yield return new Effect.StartTimer(SharesTimer(state), state.Limit / LimitParts * SharesParts);
    }

    private static IEnumerable<Effect> MaskEffects(RoundState state)
    {
        ImmutableSortedSet<SiloId> maskers = MaskersOf(state);
        foreach ((SiloId silo, Digest shares) in state.Shares)
            yield return new Effect.Deliver($"{CollectId(state)}/mask/{silo}", NodeAddress.Silo(silo.Value), new ProtocolMessage.MaskInput(state.Plan!.Job, state.Collection, maskers, shares));
    }

    /// <summary>The collection under masks: whoever shared its keys is asked, and what is left of the limit is the aggregator's.</summary>
    private static CollectionRequest Masked(RoundState state, CollectionRequest request) => request with
    {
        Invited = MaskersOf(state),
        Target = state.Shares.Count,
        Quorum = QuorumOf(state),
        Limit = state.Limit - (state.Limit / LimitParts * (KeysParts + SharesParts)),
        Ceremony = CeremonyOf(state),
    };

    /// <summary>What opens a sealed sum: in plain mode the sum itself, else first enough signatures over the list, then enough shares.</summary>
    private static IEnumerable<Effect> OpenEffects(RoundState state)
    {
        if (IsEncrypted(state)) return OpenEncryptedEffects(state);
        if (!IsProtected(state)) return [OpenEffect(state, state.Contributions.Length, state.Sealed)];
        JobId job = state.Plan!.Job;
        return state.Confirmations.Length < Threshold(state)
            ? state.Contributions.Where(m => state.Confirmations.All(known => known.Silo != m.Silo)).Select(Effect (m) => new Effect.Deliver(
                $"{ConfirmId(state)}/{m.Silo}", NodeAddress.Silo(m.Silo.Value), new ProtocolMessage.ConfirmContributors(job, state.Collection, state.Contributions)))
            : state.Contributions.Select(Effect (m) => new Effect.Deliver(
                $"{ReleaseSharesId(state)}/{m.Silo}", NodeAddress.Silo(m.Silo.Value), new ProtocolMessage.ReleaseShares(job, state.Collection, state.Contributions, state.Confirmations)));
    }

    private static WorkItem.UnmaskSum Unmask(RoundState state, Digest sum) =>
        new(state.Collection, sum, state.Broadcast, state.Adverts, state.Shares, [.. state.Contributions.Select(static m => m.Silo)]);

    /// <summary>The attempt is over, one way or the other: nobody is asked any more, and what was published for it goes.</summary>
    /// <param name="state">In the phase that ends.</param>
    /// <param name="unused">What was published last, and came to nothing.</param>
    /// <param name="isRetried">True where another attempt follows.</param>
    private static IEnumerable<Effect> EndCeremony(RoundState state, ImmutableArray<Digest> unused = default, bool isRetried = false)
    {
        if (IsEncrypted(state)) return EndEncryption(state, unused, isRetried);
        if (!IsProtected(state)) return [];
        ImmutableArray<Digest> published = Published(state);
        Effect drop = new Effect.Work(new WorkItem.DropCeremony(state.Collection, unused.IsDefault ? published : [.. published, .. unused]));
        return state.Phase switch
        {
            Advertising => [new Effect.CancelTimer(KeysTimer(state)), drop],
            Sharing => [new Effect.CancelTimer(SharesTimer(state)), drop],
            Opening => [new Effect.EndDelivery(ConfirmId(state)), new Effect.EndDelivery(ReleaseSharesId(state)), new Effect.CancelTimer(ReopenTimer(state)), drop],
            _ => [drop],
        };
    }

    /// <summary>All lists of the attempt that were published so far.</summary>
    private static ImmutableArray<Digest> Published(RoundState state) => state.Members.IsEmpty ? [] : [state.Adverts, .. state.Lists.Values, .. state.Shares.Values];

    /// <summary>
    /// Opens with what was released. On the complete graph any t do; on a sparse one each site's secrets need t of its own neighbours, so it is tried when all are there, or nobody has answered for a while.
    /// </summary>
    private static Decided OpenWith(RoundState state, int released)
    {
        if (released < Threshold(state)) return Decided.None;
        return state.Graph is null || released == state.Contributions.Length
            ? Answer(OpenEffect(state, state.Contributions.Length, state.Sealed))
            : Answer(new Effect.StartTimer(ReopenTimer(state), state.Plan!.Timings.RetryBackoff));
    }

    private static ImmutableArray<RoundEvent> Name(RoundState state, ImmutableSortedSet<SiloId> liars) =>
        liars.IsSubsetOf(state.Liars) ? [] : [new LiarsNamed(state.Collection, liars.Except(state.Liars))];

    private static IEnumerable<Effect> Accuse(RoundState state, ImmutableSortedSet<SiloId> liars) =>
        liars.Except(state.Liars).Select(Effect (liar) => new Effect.Refused(Accusation(state.Collection, liar)));

    /// <summary>What is said of a site whose shares do not count.</summary>
    public static string Accusation(CollectionId collection, SiloId liar) => $"'{liar}' released shares for {collection} that are not those it was dealt: they do not count";

    /// <summary>What is said of a site that asks for new keys.</summary>
    public static string Accusation(RoundEvent.RekeyingAsked asked) =>
        $"'{asked.Silo}' was restored from an old copy ({WhatToldIt(asked)}): " + (asked.Settled is null
            ? "it takes no further part under the keys of this job; under ckks they are made anew before the next round, otherwise submit a new job to have it back"
            : "it takes no further part in this job; submit a new one to have it back");

    /// <summary>A site whose memory is an old copy's is not asked to mend that within the job.</summary>
    private static Decided NoteRestored(RoundState state, RoundCommand.RekeyingAsked asked, DateTimeOffset now)
    {
        if (state.Plan is null || state.Restored.Contains(asked.Silo) || !state.Plan.Silos.Contains(asked.Silo)) return Decided.None;
        RoundEvent.RekeyingAsked noted = new(asked.Silo, asked.Peer, asked.Heard, asked.Own, now) { Settled = asked.Settled };
        return new([noted], [new Effect.Refused(Accusation(noted))]);
    }

    private static string WhatToldIt(RoundEvent.RekeyingAsked asked) =>
        asked.Settled is { } round ? $"it had settled round {round}, or contributed to it, and does not know" : $"'{asked.Peer}' knows its epoch {asked.Heard}, it is at {asked.Own}";

    private static bool IsProtected(RoundState state) => state.Plan!.SecAgg is not null;

    private static bool IsContributor(RoundState state, SiloId silo) => state.Contributions.Any(m => m.Silo == silo);

    private static int Threshold(RoundState state) => state.Plan!.SecAgg!.ThresholdOf(state.Invited.Count);

    private static ImmutableSortedSet<SiloId> MaskersOf(RoundState state) => [.. state.Shares.Keys];

    /// <summary>Who is asked for an update.</summary>
    private static ImmutableSortedSet<SiloId> InvitedBy(RoundState state) => IsProtected(state) ? MaskersOf(state) : IsEncrypted(state) ? state.Encryption.Members : state.Invited;

    /// <summary>How many updates suffice: under masks at least as many as can open their sum.</summary>
    private static int QuorumOf(RoundState state) => state.Plan! switch
    {
        { SecAgg: { } secAgg } => secAgg.Needed(state.Invited.Count, state.Quorum),
        { Ckks: { } ckks } => state.Encryption.IsFixed ? state.Encryption.Sealed.Length : ckks.Needed(state.Invited.Count, state.Quorum),
        _ => state.Quorum,
    };

    private static Digest? CeremonyOf(RoundState state) =>
        IsProtected(state) ? CeremonyId.Of(state.Plan!, state.PlanHash, state.Collection, state.Broadcast, state.Adverts, MaskersOf(state)) : null;

    private static string KeysTimer(RoundState state) => $"keys-deadline/{state.Collection}";

    private static string SharesTimer(RoundState state) => $"shares-deadline/{state.Collection}";

    private static string ConfirmId(RoundState state) => $"confirm/{state.Collection}";

    private static string ReleaseSharesId(RoundState state) => $"release-shares/{state.Collection}";
}
