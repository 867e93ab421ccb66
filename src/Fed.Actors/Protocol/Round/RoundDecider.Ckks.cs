using System.Diagnostics;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using static Fed.Actors.Protocol.Round.RoundCommand;
using static Fed.Actors.Protocol.Round.RoundEvent;
using static Fed.Actors.Protocol.Round.RoundPhase;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Round.RoundEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Actors.Protocol.Round;

/// <content>
/// Sums under a common key, before the seal: a closed list of commitments, signatures over it, then the collection. An opener that was lost after shares may have left costs another attempt with S fixed, and no training. See
/// docs/adr/0011-ckks-rounds.md.
/// </content>
public sealed partial class RoundDecider
{
    private const int EncryptedParts = 16, CommitParts = 11, SignParts = 1;   // of an attempt's time; what is left is the aggregator's

    private static Decided AnswerEncrypted(RoundState state, RoundCommand command, DateTimeOffset now) => (state.Phase, command) switch
    {
        (_, StepAnswered answered) when answered.Answer.Collection != state.Collection || answered.Answer.Plan != state.PlanHash || answered.Answer.Base != state.Broadcast => Decided.None,
        (Committing, StepAnswered { Answer: { Step: CeremonyStep.Commit } answer }) when state.Invited.Contains(answer.Silo) => Hold(answer, $"{CollectId(state)}/{answer.Silo}"),
        (Committing, StepDeclined declined) when declined.Collection == state.Collection && state.Invited.Contains(declined.Silo) => HoldDecline(state, CeremonyStep.Commit, declined.Silo),
        (Committing, AnswersHeld { Step: CeremonyStep.Commit } held) when held.Collection == state.Collection
            => held.Held.Count >= state.Target || held.Held.Count + held.Declined.Count >= state.Invited.Count ? Answer(PublishCommitments(state)) : Decided.None,
        (Committing, CommitmentsPublished published) when published.Collection == state.Collection => CloseCommitments(state, published, now),
        (Signing, StepAnswered { Answer: { Step: CeremonyStep.SignList } answer }) when state.Encryption.Fresh.Contains(answer.Silo) => HoldSignature(state, answer),
        (Signing, StepDeclined declined) when declined.Collection == state.Collection && state.Encryption.Fresh.Contains(declined.Silo) => HoldDecline(state, CeremonyStep.SignList, declined.Silo),
        (Signing, AnswersHeld { Step: CeremonyStep.SignList } held) when held.Collection == state.Collection
            => held.IsLate || held.Held.Count + held.Declined.Count >= state.Encryption.Fresh.Count ? Answer(GatherSignatures(state)) : Decided.None,
        (Signing, SignaturesHeld held) when held.Collection == state.Collection => AgreeOnList(state, held.Signatures, now),
        (Opening, _) => AnswerOpening(state, command, now),

        (_, CommitmentsPublished late) => DropEncrypted(state, late.List, late.Terms),
        (_, StatementReady late) => DropEncrypted(state, late.Statement),
        (_, EvidencePublished late) => DropEncrypted(state, late.Evidence),
        (_, StepAnswered or StepDeclined or AnswersHeld or SignaturesHeld or NoncesHeld or ReadiesHeld or KeysPublished or SharesPublished) => Decided.None,
        _ => throw new UnreachableException($"{command.GetType().Name} in {state.Phase}"),
    };

    private static Decided CloseCommitments(RoundState state, CommitmentsPublished published, DateTimeOffset now)
    {
        bool isFixed = state.Encryption.IsFixed;
        int needed = isFixed ? Math.Max(state.Plan!.Ckks!.Threshold, ConfirmationsNeeded(state)) : QuorumOf(state);
        if (published.Fresh.Count < needed)
        {
            string what = isFixed ? "sites encrypted anew what was sealed" : "sites committed to an upload";
            return FailAttempt(state, $"{published.Fresh.Count} {what}, and {needed} are needed", now, [published.List, published.Terms]);
        }

        CommitmentsClosed closed = new(state.Collection, published.Members, published.Fresh, published.List, published.Terms, published.UploadBytes) { SumBytes = published.SumBytes };
        return new([closed], [.. EndCollecting(state), new Effect.CancelTimer(CommitTimer(state)), .. SignEffects(Evolve(state, closed))]);
    }

    /// <summary>A site's signature over the closed list; over another it counts for nothing.</summary>
    private static Decided HoldSignature(RoundState state, StepAnswer answer) => answer.Payload.Span.SequenceEqual(StepAnswer.SignatureOf(state.Encryption.List))
        ? Hold(answer, $"{CollectId(state)}/sign/{answer.Silo}")
        : Answer(new Effect.Refused($"'{answer.Silo}' signs another list of commitments for {state.Collection}"));

    /// <summary>
    /// Nothing is uploaded before so many have signed the list that no other can be signed by as many: else who signs one list could be shown what others uploaded under another. Where S is fixed all who
    /// encrypted anew have to sign: what they committed to takes the place of what they uploaded before.
    /// </summary>
    private static Decided AgreeOnList(RoundState state, ImmutableArray<Confirmation> signatures, DateTimeOffset now)
    {
        int needed = state.Encryption.IsFixed ? state.Encryption.Fresh.Count : QuorumOf(state);
        if (signatures.Length < needed) return FailAttempt(state, $"{signatures.Length} sites signed the list of commitments, and {needed} are needed", now);
        ListAgreed agreed = new(state.Collection, signatures);
        return new([agreed], [.. EndCollecting(state), new Effect.CancelTimer(SignTimer(state)), .. CollectEffects(Evolve(state, agreed))]);
    }

    private static Effect GatherSignatures(RoundState state) => new Effect.Work(new WorkItem.GatherAnswers(state.Collection, CeremonyStep.SignList, default));

    /// <summary>
    /// What was published and is not what sites are asked with goes: an answer that came meanwhile had it made twice, or the attempt is over. Where nothing is open any more, that is also what was
    /// deleted already, and was made again by work that began before.
    /// </summary>
    private static Decided DropEncrypted(RoundState state, params ImmutableArray<Digest> published)
    {
        bool isWanted = state.Phase is Committing or Signing or Collecting or Opening || (state.Phase == BackingOff && state.Encryption.IsFixed);
        ImmutableArray<Digest> unneeded = isWanted ? published.RemoveRange(state.Encryption.Published) : published;
        return unneeded.IsEmpty ? Decided.None : Answer(new Effect.Work(new WorkItem.DropPublished(unneeded)));
    }

    /// <summary>Another attempt at a sum that is sealed: its contributors encrypt the same vectors anew.</summary>
    private static Decided Reprotect(RoundState state, ImmutableSortedSet<SiloId> lost)
    {
        JobPlan plan = state.Plan!;
        TimeSpan limit = plan.Timings.RoundDeadline + (plan.Timings.RoundDeadline / 2 * state.Tries);
        ReprotectionStarted started = new(state.Collection with { Attempt = state.Collection.Attempt + 1 }, lost, limit);
        IEnumerable<Effect> before = state.Phase == Opening ? [.. EndOpening(state), new Effect.EndDelivery(ConfirmId(state)), new Effect.CancelTimer(OpeningTimer(state))] : [];
        return new([started], [.. before, .. CommitEffects(Evolve(state, started))]);
    }

    private static RoundState Reprotected(RoundState state, ReprotectionStarted started)
    {
        RoundEncryption before = state.Encryption;
        bool isSealed = state.Phase == Opening;   // else this is another try at what was sealed before
        ImmutableArray<UpdateManifest> contributions = isSealed ? state.Contributions : before.Sealed;
        return state with
        {
            Phase = Committing,
            Collection = started.Collection,
            Tries = state.Tries + 1,
            Invited = [.. contributions.Select(static m => m.Silo)],
            Target = contributions.Length,
            Limit = started.Limit,
            Confirmations = [],
            Encryption = new RoundEncryption
            {
                Sealed = contributions,
                Origin = isSealed ? state.Collection : before.Origin,
                EarlierList = isSealed ? before.List : before.EarlierList,
                Lost = before.Lost.Union(started.Lost),
                Published = isSealed ? before.Published.Add(state.Sealed) : before.Published,   // nobody opens that one any more
            },
        };
    }

    private static RoundState Closed(RoundState state, CommitmentsClosed closed) => state with
    {
        Phase = Signing,
        Encryption = state.Encryption with
        {
            Members = closed.Members,
            Fresh = closed.Fresh,
            List = closed.List,
            Terms = closed.Terms,
            UploadBytes = closed.UploadBytes,
            SumBytes = closed.SumBytes,
            Published = state.Encryption.Published.AddRange(closed.List, closed.Terms),
        },
    };

    private static IEnumerable<Effect> CommitEffects(RoundState state) =>
        [.. state.Encryption.IsFixed ? ReprotectEffects(state) : InviteEffects(state), new Effect.StartTimer(CommitTimer(state), state.Limit / EncryptedParts * CommitParts)];

    private static IEnumerable<Effect> ReprotectEffects(RoundState state) => state.Invited.Select(Effect (silo) => new Effect.Deliver(
        $"{CollectId(state)}/{silo}",
        NodeAddress.Silo(silo.Value),
        new ProtocolMessage.ReprotectInput(state.Plan!.Job, state.Collection, state.Encryption.Origin, state.Encryption.Sealed)));

    private static IEnumerable<Effect> SignEffects(RoundState state) =>
    [
        .. state.Encryption.Fresh.Select(Effect (silo) => new Effect.Deliver(
            $"{CollectId(state)}/sign/{silo}",
            NodeAddress.Silo(silo.Value),
            new ProtocolMessage.SignList(state.Plan!.Job, state.Collection, state.Encryption.Members, state.Encryption.List))),
        new Effect.StartTimer(SignTimer(state), state.Limit / EncryptedParts * SignParts),
    ];

    private static IEnumerable<Effect> UploadEffects(RoundState state) => state.Encryption.Signatures.Select(Effect (signed) => new Effect.Deliver(
        $"{CollectId(state)}/upload/{signed.Silo}",
        NodeAddress.Silo(signed.Silo.Value),
        new ProtocolMessage.UploadInput(state.Plan!.Job, state.Collection, state.Broadcast, state.Encryption.List, state.Encryption.Signatures)));

    /// <summary>The collection of ciphertexts: of those on the closed list; where S is fixed, with what was sealed before of those who are not there.</summary>
    private static CollectionRequest Encrypted(RoundState state, CollectionRequest request) => request with
    {
        Shape = request.Shape with { Terms = state.Encryption.Terms, UploadBytes = state.Encryption.UploadBytes, SumBytes = state.Encryption.SumBytes },
        Invited = state.Encryption.Members,
        Target = state.Encryption.Members.Count,
        Quorum = QuorumOf(state),
        Limit = state.Limit - (state.Limit / EncryptedParts * (CommitParts + SignParts)),
        Ceremony = state.Encryption.List,
        Retain = true,   // until the round is released: openers evaluate the ciphertexts of those who are gone, and an attempt with S fixed adds them again
        Kept = state.Encryption.IsFixed ? [.. state.Encryption.Sealed.Where(m => !state.Encryption.Fresh.Contains(m.Silo))] : null,
    };

    /// <summary>True for a sealed set that may be one of this attempt: on the closed list and signed under it or, where S is fixed, sealed before.</summary>
    private static bool IsOnList(RoundState state, UpdateManifest manifest) =>
        manifest.Ceremony == state.Encryption.List || state.Encryption.Sealed.Any(before => before.IsSameUpdate(manifest));

    /// <summary>
    /// The attempt is over: nobody is asked any more, and what was published goes. Where another attempt at a sealed sum follows, what that one needs stays: with nobody who encrypted anew, the list that came
    /// to nothing may be the very one that was sealed.
    /// </summary>
    private static IEnumerable<Effect> EndEncryption(RoundState state, ImmutableArray<Digest> unused, bool isRetried)
    {
        ImmutableArray<Digest> published = state.Encryption.Published;
        if (state.Phase == Opening) published = published.Add(state.Sealed);
        if (unused.IsDefault) unused = [];
        ImmutableArray<Digest> dropped = isRetried && state.Encryption.IsFixed ? unused.RemoveRange(published) : [.. published, .. unused];
        Effect drop = new Effect.Work(new WorkItem.DropCeremony(state.Collection, dropped));
        return state.Phase switch
        {
            Committing => [new Effect.CancelTimer(CommitTimer(state)), drop],
            Signing => [new Effect.CancelTimer(SignTimer(state)), drop],
            Opening => [.. EndOpening(state), new Effect.EndDelivery(ConfirmId(state)), drop],
            _ => [drop],
        };
    }

    private static SumOpening? OpeningRecordOf(RoundState state) => state.Plan!.Ckks is { } ckks
        ? new(state.Encryption.Openers, ckks.Verification, [.. state.Confirmations.Select(static known => known.Silo)], state.Encryption.Absent, state.Encryption.Lost)
        : null;

    /// <summary>What every site is shown of a sum when the round is over, so that each knows what the others have said.</summary>
    private static ConfirmedSum ConfirmedOf(RoundState state) => new(state.Collection, state.Broadcast, CeremonyId.OfList(state.Collection, state.Contributions), state.Confirmations);

    private static Effect.Work PublishCommitments(RoundState state) =>
        new(new WorkItem.PublishCommitments(state.Collection, state.Broadcast, state.Encryption.IsFixed ? state.Invited : [], state.Encryption.EarlierList));

    private static bool IsEncrypted(RoundState state) => state.Plan!.Ckks is not null;

    /// <summary>How many must sign the list of contributors: by whom the plan invites, whatever S is.</summary>
    private static int ConfirmationsNeeded(RoundState state) => state.Plan!.Ckks!.ConfirmationsOf(state.Plan.InvitedTo(state.Collection).Count);

    private static string CommitTimer(RoundState state) => $"commit-deadline/{state.Collection}";

    private static string SignTimer(RoundState state) => $"sign-deadline/{state.Collection}";
}
