using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using static Fed.Actors.Protocol.Silo.SiloCommand;
using static Fed.Actors.Protocol.Silo.SiloEvent;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Silo.SiloEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Actors.Protocol.Silo;

/// <content>
/// Sums under a common key. What a site has said in an attempt it may only say again; one S is confirmed for a sum of a round, for ever; shares leave for one opening of an attempt. A mistake in here
/// costs privacy: see docs/adr/0011-ckks-rounds.md.
/// </content>
public sealed partial class SiloDecider
{
    /// <summary>Takes part in an attempt once its contribution is in the outbox, unless S is confirmed in an older one: then only a re-protection of that very S is for this site.</summary>
    private static ImmutableArray<Effect> JoinEncrypted(SiloState state, CollectionId id, OutboxEntry entry)
    {
        if (entry.Contribution is null) return [Decline(state, id, NodeAddress.Coordinator)];
        if (Confirmed(state, id) is { } confirmed && confirmed.Collection != id)
            return [new Effect.Refused($"an invitation to {id}, and the contributors of {confirmed.Collection} are confirmed")];
        SiloEncryption? known = state.Encryptions.GetValueOrDefault((id.Round, id.Sum));
        if (known is not null && known.Collection.Attempt > id.Attempt) return [];   // an older attempt's invitation, late
        if (known?.Collection == id && known.Abandoned is not null) return Decline(state, id);
        if (known?.Collection == id && !known.Fixed.IsEmpty) return [];              // it is asked as a re-protection
        return [Encrypt(state, id, entry, known, [])];
    }

    /// <summary>An opener of a sealed sum was lost: the same S, encrypted anew. Every manifest is signed under a list that this site signed too, and S has the names that it confirmed.</summary>
    private static Decided Reprotect(SiloState state, ReprotectInput reprotect)
    {
        CollectionId id = reprotect.Collection, origin = reprotect.Origin;
        if (id.Round <= state.SettledRound || !state.Outbox.TryGetValue((id.Round, id.Sum), out OutboxEntry? entry) || entry.Contribution is null) return Decided.None;
        if (state.Encryptions.GetValueOrDefault((id.Round, id.Sum)) is not { } known || known.Collection.Attempt > id.Attempt) return Decided.None;
        if (known.Collection == id) return known.Abandoned is null ? Only(Encrypt(state, id, entry, known, known.Fixed)) : Many(Decline(state, id));
        if (origin.Round != id.Round || origin.Sum != id.Sum || origin.Attempt >= id.Attempt) return Only(new Effect.Refused($"a re-protection {id} of {origin}, which is no attempt before it"));
        if (RefusalOfFixed(state, known, reprotect.Contributions) is { } reason) return Only(new Effect.Refused(reason));
        ImmutableSortedSet<SiloId> contributors = SetOf(reprotect.Contributions);
        Effect work = Encrypt(state, id, entry, known, contributors);
        return Confirmed(state, id) is null
            ? new([new ContributorsConfirmed(origin, entry.Broadcast, CeremonyId.OfList(origin, reprotect.Contributions), contributors)], [work])
            : Only(work);
    }

    private static Decided Commit(SiloState state, InputEncrypted made)
    {
        CollectionId id = made.Collection;
        ImmutableArray<Digest> blobs = [made.CommitmentHash, made.Upload];
        bool isOpen = state.Outbox.TryGetValue((id.Round, id.Sum), out OutboxEntry? entry) && entry.Contribution is not null && state.Plan!.Ckks is not null;
        SiloEncryption? known = state.Encryptions.GetValueOrDefault((id.Round, id.Sum));
        if (!isOpen || (known is not null && known.Collection.Attempt > id.Attempt)) return Unneeded(id, blobs, known);
        Effect answer = Answer(state, id, entry!.Broadcast, CeremonyStep.Commit, made.Commitment);
        if (known?.Collection == id)
        {
            if (known.Commitment == made.CommitmentHash && known.Upload == made.Upload) return known.Abandoned is null ? Only(answer) : Many(Decline(state, id));
            return Unneeded(id, blobs, known);   // encrypted twice, by an invitation that overtook the result: the first counts
        }

        if (Confirmed(state, id) is { } confirmed && !confirmed.Contributors.SetEquals(made.Fixed)) return Unneeded(id, blobs, known);   // confirmed meanwhile
        SiloEvent.InputCommitted committed = new(id, entry.Broadcast, made.Epoch, made.CommitmentHash, made.Upload, made.Length, made.Fixed.IsEmpty ? null : made.Fixed);
        return new([committed], known is null ? [answer] : [new Effect.EndDelivery(OfferId(known.Collection)), answer]);
    }

    /// <summary>The closed list: what it holds is looked at in the shell, since commitments are bytes.</summary>
    private static Decided Sign(SiloState state, SignList sign)
    {
        CollectionId id = sign.Collection;
        if (CurrentEncryption(state, id) is not { } known) return Decided.None;
        if (known.Abandoned is not null) return Many(Decline(state, id));
        if (known.List is { } signed) return Only(signed == sign.List ? SignatureOf(state, known) : new Effect.Refused($"a second list of commitments for {id}"));
        return RefusalOfMembers(state, known, sign.Members) is { } reason
            ? Only(new Effect.Refused(reason))
            : Only(new Effect.Work(new WorkItem.ApproveList(id, known.Base, known.Epoch, sign.Members, sign.List, known.Commitment, !known.Fixed.IsEmpty)));
    }

    private static Decided Sign(SiloState state, ListApproved approved)
    {
        CollectionId id = approved.Collection;
        if (CurrentEncryption(state, id) is not { Abandoned: null } known) return Decided.None;
        if (known.List is { } signed) return signed == approved.List ? Only(SignatureOf(state, known)) : Decided.None;
        ListSigned happened = new(id, approved.Members, approved.List);
        return new([happened], [SignatureOf(state, KnownEncryption(Evolve(state, happened), id))]);
    }

    private static Effect SignatureOf(SiloState state, SiloEncryption known) => Answer(state, known.Collection, known.Base, CeremonyStep.SignList, StepAnswer.SignatureOf(known.List!.Value));

    /// <summary>
    /// The upload leaves when so many have signed the list with what this site and all others committed to that there is no other of this attempt: what anybody else uploads was then settled before this
    /// upload could be seen.
    /// </summary>
    private static Decided Upload(SiloState state, UploadInput upload)
    {
        CollectionId id = upload.Collection;
        if (CurrentEncryption(state, id) is not { List: { } list } known) return Decided.None;
        if (known.Abandoned is not null) return Many(Decline(state, id));
        if (list != upload.List || known.Base != upload.Base) return Only(new Effect.Refused($"an upload to {id} under another list of commitments than this site has signed"));
        if (known.IsAgreed) return Only(Offer(state, known));
        int needed = state.Plan!.Ckks!.ConfirmationsOf(state.Plan.InvitedTo(id).Count), signed = upload.SignedBy.Intersect(known.Members).Count;
        if (signed < needed) return Only(new Effect.Refused($"an upload to {id} with {signed} signatures under its list of commitments, and {needed} are needed"));
        ListAgreed happened = new(id);
        return new([happened], [Offer(state, KnownEncryption(Evolve(state, happened), id))]);
    }

    private static Decided ConfirmEncrypted(SiloState state, ConfirmContributors confirm)
    {
        CollectionId id = confirm.Collection;
        if (CurrentEncryption(state, id) is not { IsAgreed: true, Abandoned: null } known) return Decided.None;
        if (RefusalOfContributors(state, known, confirm.Contributions) is { } reason) return Only(new Effect.Refused(reason));
        Digest list = CeremonyId.OfList(id, confirm.Contributions);
        (ImmutableArray<SiloEvent> events, Effect? refused) = Confirm(state, known, confirm.Contributions);
        if (refused is not null) return Only(refused);
        SiteEpoch epoch = Confirmed(events.Aggregate(state, Evolve), id)!.Epoch;
        Effect answer = new Effect.Send(NodeAddress.Coordinator, new ProtocolMessage.AnswerStep(
            state.Plan!.Job, StepAnswer.Confirming(state.Silo, state.Plan.Job, id, state.PlanHash, known.Base, list, epoch, heard: state.Epochs.Tell(state.Plan.Silos))));
        return new(events, [answer]);
    }

    private static Decided Challenge(SiloState state, PrepareOpening prepare)
    {
        CollectionId id = prepare.Collection;
        if (CurrentEncryption(state, id) is not { IsAgreed: true, Abandoned: null } known) return Decided.None;
        if (RefusalOfOpening(state, known, prepare.Opening, isOpener: true) is { } reason) return Only(new Effect.Refused(reason));
        int needed = state.Plan!.Ckks!.ConfirmationsOf(state.Plan.InvitedTo(id).Count), confirmed = prepare.ConfirmedBy.Intersect(prepare.Opening.Contributors()).Count;
        if (confirmed < needed) return Only(new Effect.Refused($"an opening of {id} with {confirmed} confirmations of its contributors, and {needed} are needed"));
        Digest opening = prepare.Opening.HashOf(id);
        if (known.Released is { } released && released != opening) return Only(new Effect.Refused($"a second opening of {id}: shares for another have left, and there is no other in this attempt"));
        (ImmutableArray<SiloEvent> events, Effect? refused) = Confirm(state, known, prepare.Opening.Contributions);
        if (refused is not null) return Only(refused);
        EpochMemory memory = events.Aggregate(state, Evolve).Epochs;   // its own word for this list, which it may have forgotten, is what it says again
        if (prepare.Own is { } own && !memory.Knows(own)) return NoticeRestore(state, id, state.Silo, own, []);
        if (Unknown(state, prepare.Heard) is { } unknown) return NoticeRestore(state, id, unknown.Key, unknown.Value, []);
        Effect next = DoubtOf(state, known, opening) ?? (known.Opening == opening
            ? Answer(state, id, known.Base, CeremonyStep.Challenge, OpeningAnswer.Write(opening, known.Nonce.Span))
            : new Effect.Work(new WorkItem.DrawNonce(id, known.Base, known.Epoch, prepare.Opening)));
        return new(events, [next]);
    }

    private static Decided Challenge(SiloState state, NonceMade made)
    {
        CollectionId id = made.Collection;
        if (CurrentEncryption(state, id) is not { Abandoned: null } known) return Decided.None;
        if (known.Opening == made.Opening) return Only(Answer(state, id, known.Base, CeremonyStep.Challenge, OpeningAnswer.Write(made.Opening, known.Nonce.Span)));   // drawn twice: the first counts
        if (known.Released is not null) return Decided.None;
        return new([new NonceDrawn(id, made.Opening, made.Nonce)], [Answer(state, id, known.Base, CeremonyStep.Challenge, OpeningAnswer.Write(made.Opening, made.Nonce.Span))]);
    }

    private static Decided Evaluate(SiloState state, EvaluateSum evaluate)
    {
        CollectionId id = evaluate.Collection;
        if (CurrentEncryption(state, id) is not { IsAgreed: true, Abandoned: null } known) return Decided.None;
        if (RefusalOfOpening(state, known, evaluate.Opening, isOpener: false) is { } reason) return Only(new Effect.Refused(reason));
        (ImmutableArray<SiloEvent> events, Effect? refused) = Confirm(state, known, evaluate.Opening.Contributions);
        return refused is not null
            ? Only(refused)
            : new(events, [DoubtOf(state, known, evaluate.Opening.HashOf(id)) ?? new Effect.Work(new WorkItem.EvaluateSum(id, known.Base, known.Epoch, evaluate.Opening, evaluate.Nonces, known.Upload))]);
    }

    private static Decided Evaluate(SiloState state, SumEvaluated evaluated) =>
        CurrentEncryption(state, evaluated.Collection) is { Abandoned: null } known
            ? Only(Answer(state, evaluated.Collection, known.Base, CeremonyStep.Evaluate, OpeningAnswer.Write(evaluated.Opening, evaluated.Answer.Span)))
            : Decided.None;

    private static Decided Verify(SiloState state, VerifyOpening verify)
    {
        CollectionId id = verify.Collection;
        if (CurrentEncryption(state, id) is not { Abandoned: null } known) return Decided.None;
        Digest opening = verify.Opening.HashOf(id);
        if (known.Opening != opening) return Only(new Effect.Refused($"an opening of {id} for which this site has drawn no nonce"));
        if (DoubtOf(state, known, opening) is { } doubt) return Only(doubt);
        return known.ReadyFor is { } ready
            ? Only(Answer(state, id, known.Base, CeremonyStep.Ready, OpeningAnswer.Write(opening, ready)))
            : Only(new Effect.Work(new WorkItem.VerifyOpening(id, known.Base, known.Epoch, verify.Opening, verify.Evidence, known.Upload)));
    }

    private static Decided Verify(SiloState state, OpeningVerified verified)
    {
        CollectionId id = verified.Collection;
        if (CurrentEncryption(state, id) is not { Abandoned: null } known || known.Opening != verified.Opening) return Decided.None;
        if (DoubtOf(state, known, verified.Opening) is { } doubt) return Only(doubt);   // found wrong before: the first counts
        Effect answer = Answer(state, id, known.Base, CeremonyStep.Ready, OpeningAnswer.Write(verified.Opening, verified.Id));
        return known.ReadyFor is null ? new([new OpeningReady(id, verified.Opening, verified.Id)], [answer]) : Only(answer);
    }

    /// <summary>A check that fails. What this site has signed or released it has verified before, from other bytes than these: that stays.</summary>
    private static Decided Doubt(SiloState state, OpeningDoubted doubted)
    {
        CollectionId id = doubted.Collection;
        if (CurrentEncryption(state, id) is not { IsAgreed: true, Abandoned: null } known) return Decided.None;
        if (DoubtOf(state, known, doubted.Opening) is { } again) return Only(again);
        if (known.Opening == doubted.Opening && known.ReadyFor is not null) return Decided.None;
        SumDoubted happened = new(id, doubted.Opening, OpeningAnswer.Shown(doubted.Reason));
        return new([happened], [Answer(state, id, known.Base, CeremonyStep.DoubtSum, OpeningAnswer.Write(happened.Opening, happened.Reason))]);
    }

    /// <summary>What this site says of an opening that it found wrong; null where it has not.</summary>
    private static Effect? DoubtOf(SiloState state, SiloEncryption known, Digest opening) => known.Doubts.TryGetValue(opening, out string? reason)
        ? Answer(state, known.Collection, known.Base, CeremonyStep.DoubtSum, OpeningAnswer.Write(opening, reason))
        : null;

    private static Decided Release(SiloState state, ReleaseOpening release)
    {
        CollectionId id = release.Collection;
        if (CurrentEncryption(state, id) is not { Abandoned: null, ReadyFor: { } ready } known) return Decided.None;
        Digest opening = release.Opening.HashOf(id);
        if (known.Opening != opening) return Only(new Effect.Refused($"shares for an opening of {id} that this site has not verified"));
        if (!release.ReadyFor.Equals(ready) || !release.Opening.Openers.IsSubsetOf(release.ReadyBy))
            return Only(new Effect.Refused($"shares for {id} before each of its {release.Opening.Openers.Count} openers has signed that it is ready for the same opening"));
        Effect next = known.Share is { } share
            ? ShareAnswer(state, known, share)
            : new Effect.Work(new WorkItem.ReleaseOpening(id, known.Base, known.Epoch, release.Opening, release.Evidence, known.Upload) { OnRecord = state.SharesOnRecord.GetValueOrDefault(known.Epoch) });
        return known.Released is null ? new([new OpeningReleased(id, opening)], [next]) : Only(next);
    }

    private static Decided Release(SiloState state, ShareMade made)
    {
        CollectionId id = made.Collection;
        if (CurrentEncryption(state, id) is not { Abandoned: null } known || known.Released != made.Opening) return Unneeded(id, [made.Share], null);
        Effect answer = ShareAnswer(state, known, made.Share);
        if (known.Share is null) return new([new ShareStored(id, made.Share)], [answer]);
        return known.Share == made.Share ? Only(answer) : AbandonEncrypted(state, id, "the shares of this attempt are others than were made");
    }

    private static SiloState Count(SiloState state, SiloEncryption known, Digest share) =>
        With(state, known with { Share = share }) with { SharesOnRecord = state.SharesOnRecord.SetItem(known.Epoch, state.SharesOnRecord.GetValueOrDefault(known.Epoch) + (known.Share is null ? 1 : 0)) };

    private static Decided AbandonEncrypted(SiloState state, CollectionId id, string reason)
    {
        if (id.Round <= state.SettledRound) return Decided.None;
        return CurrentEncryption(state, id) is { Abandoned: null }
            ? new([new AttemptAbandoned(id, reason)], [.. Decline(state, id), new Effect.EndDelivery(OfferId(id))])
            : Many(Decline(state, id));
    }

    /// <summary>The one S of this sum, for ever: confirmed now, or before under the same names.</summary>
    private static (ImmutableArray<SiloEvent> Events, Effect? Refused) Confirm(SiloState state, SiloEncryption known, ImmutableArray<UpdateManifest> contributions)
    {
        CollectionId id = known.Collection;
        Digest list = CeremonyId.OfList(id, contributions);
        ImmutableSortedSet<SiloId> contributors = SetOf(contributions);
        return Confirmed(state, id) switch
        {
            { } before when before.Collection == id && before.List == list => ([], null),
            { } before when before.Collection == id || !before.Contributors.SetEquals(contributors) => ([], SecondList(before, id)),
            _ => ([new ContributorsConfirmed(id, known.Base, list, contributors)], null),
        };
    }

    /// <summary>Why a site does not sign a list of commitments of these; null where it may.</summary>
    private static string? RefusalOfMembers(SiloState state, SiloEncryption known, ImmutableSortedSet<SiloId> members)
    {
        CollectionId id = known.Collection;
        JobPlan plan = state.Plan!;
        if (!members.Contains(state.Silo)) return $"a list of commitments for {id} without this site";
        if (!known.Fixed.IsEmpty) return members.SetEquals(known.Fixed) ? null : $"a list of commitments for {id} of others than the contributors that are fixed";
        ImmutableSortedSet<SiloId> invited = plan.InvitedTo(id);
        if (members.FirstOrDefault(member => !invited.Contains(member)) is { Value: not null } stranger) return $"a list of commitments for {id} with '{stranger}', which the plan does not invite";
        int needed = NeededEncrypted(plan, id);
        return members.Count < needed ? $"{members.Count} commitments for {id}, and the plan needs {needed}" : null;
    }

    /// <summary>Why a site neither confirms nor opens a list of contributors; null where it may be the one list of this sum.</summary>
    private static string? RefusalOfContributors(SiloState state, SiloEncryption known, ImmutableArray<UpdateManifest> contributions)
    {
        CollectionId id = known.Collection;
        if (RefusalOfManifests(state, known, contributions, m => known.Members.Contains(m.Silo) && (m.Ceremony == known.List || (!known.Fixed.IsEmpty && IsEarlier(known, m)))) is { } reason) return reason;
        if (!contributions.Any(m => m.Silo == state.Silo && m.Hash == known.Upload)) return $"a list of contributors to {id} without this site's upload";
        return known.Fixed.IsEmpty || known.Fixed.SetEquals(contributions.Select(static m => m.Silo)) ? null : $"a list of contributors to {id} of others than those that are fixed";
    }

    /// <summary>Why a site does not encrypt anew for a sealed set; null where it does.</summary>
    private static string? RefusalOfFixed(SiloState state, SiloEncryption known, ImmutableArray<UpdateManifest> contributions)
    {
        CollectionId id = known.Collection;
        if (RefusalOfManifests(state, known, contributions, m => (known.IsAgreed && m.Ceremony == known.List) || IsEarlier(known, m)) is { } reason) return reason;
        if (!contributions.Any(m => m.Silo == state.Silo && known.Blobs.Contains(m.Hash))) return $"a list of contributors to {id} without an upload of this site";
        return Confirmed(state, id) is { } before && !before.Contributors.SetEquals(contributions.Select(static m => m.Silo)) ? SecondList(before, id).Reason : null;
    }

    private static string? RefusalOfManifests(SiloState state, SiloEncryption known, ImmutableArray<UpdateManifest> contributions, Func<UpdateManifest, bool> isListed)
    {
        CollectionId id = known.Collection;
        JobPlan plan = state.Plan!;
        for (int i = 0; i < contributions.Length; i++)
        {
            UpdateManifest m = contributions[i];
            if (i > 0 && m.Silo.CompareTo(contributions[i - 1].Silo) <= 0) return $"a list of contributors to {id} that is not in order";
            bool isOurs = m.Job == plan.Job && m.Round == id.Round && m.Sum == id.Sum && m.Plan == state.PlanHash && m.Base == known.Base;
            if (!isOurs) return $"a list of contributors to {id} with an update of '{m.Silo}' to another sum, plan or model";
            if (!isListed(m)) return $"a list of contributors to {id} with '{m.Silo}', which has not signed the same list of commitments";
        }

        int needed = NeededEncrypted(plan, id);
        return contributions.Length < needed ? $"{contributions.Length} contributors to {id}, and the plan needs {needed}" : null;
    }

    /// <summary>Why a site has no part in an opening; null where it may have.</summary>
    private static string? RefusalOfOpening(SiloState state, SiloEncryption known, StatedOpening opening, bool isOpener)
    {
        CollectionId id = known.Collection;
        if (RefusalOfContributors(state, known, opening.Contributions) is { } reason) return reason;
        if (opening.List != known.List) return $"an opening of {id} under another list of commitments";
        int threshold = state.Plan!.Ckks!.Threshold;
        if (opening.Openers.Count != threshold || !opening.Openers.IsSubsetOf(opening.Contributors())) return $"{opening.Openers.Count} openers of {id}, where {threshold} of its contributors open";
        return isOpener && !opening.Openers.Contains(state.Silo) ? $"an opening of {id} by others" : null;
    }

    private static bool IsEarlier(SiloEncryption known, UpdateManifest manifest) => manifest.Ceremony is { } list && known.EarlierLists.Contains(list);

    private static int NeededEncrypted(JobPlan plan, CollectionId id) =>
        plan.Ckks!.Needed(plan.InvitedTo(id).Count, plan.QuorumOf(id));

    private static SiloEncryption? CurrentEncryption(SiloState state, CollectionId id) =>
        state.Encryptions.TryGetValue((id.Round, id.Sum), out SiloEncryption? known) && known.Collection == id ? known : null;

    private static SiloEncryption KnownEncryption(SiloState state, CollectionId id) => CurrentEncryption(state, id) ?? throw new InvalidOperationException($"nothing is encrypted for {id}");

    private static SiloState With(SiloState state, SiloEncryption known) =>
        state with { Encryptions = state.Encryptions.SetItem((known.Collection.Round, known.Collection.Sum), known) };

    /// <summary>An attempt takes the place of the one before, whose lists and blobs stay known.</summary>
    private static SiloState With(SiloState state, InputCommitted committed)
    {
        SiloEncryption? before = state.Encryptions.GetValueOrDefault((committed.Collection.Round, committed.Collection.Sum));
        return With(state, new SiloEncryption(committed.Collection, committed.Broadcast, committed.Epoch, committed.Commitment, committed.Upload, committed.Length)
        {
            Fixed = committed.Fixed ?? [],
            EarlierLists = before is null ? [] : before is { IsAgreed: true, List: { } list } ? before.EarlierLists.Add(list) : before.EarlierLists,
            EarlierBlobs = before is null ? [] : [.. before.Blobs],
        });
    }

    private static Effect Encrypt(SiloState state, CollectionId id, OutboxEntry entry, SiloEncryption? known, ImmutableSortedSet<SiloId> contributors) => new Effect.Work(
        known?.Collection == id
            ? new WorkItem.EncryptInput(id, entry.Broadcast, contributors, entry.Contribution!.Hash, known.Epoch, known.Commitment, known.Upload)
            : new WorkItem.EncryptInput(id, entry.Broadcast, contributors, entry.Contribution!.Hash, null, null, null));

    private static Effect Offer(SiloState state, SiloEncryption known)
    {
        JobPlan plan = state.Plan!;
        CollectionId id = known.Collection;
        UpdateManifest manifest = new(
            state.Silo, plan.Job, id.Round, id.Sum, state.PlanHash, known.Base, SumOf(plan, id).ToSchema().Hash, known.Upload, known.Length, ReadOnlyMemory<byte>.Empty, known.List);
        return new Effect.Deliver(OfferId(id), AggregatorTree.For(plan, state.Silo), new ProtocolMessage.OfferUpdate(plan.Job, id, manifest, null));   // the shell signs
    }

    private static Effect ShareAnswer(SiloState state, SiloEncryption known, Digest share) => Answer(state, known.Collection, known.Base, CeremonyStep.Share, OpeningAnswer.Write(known.Opening!.Value, share));

    /// <summary>What comes too late, or a second time, lies on the disk: all of it goes that nothing names.</summary>
    private static Decided Unneeded(CollectionId id, ImmutableArray<Digest> blobs, SiloEncryption? known)
    {
        ImmutableArray<Digest> unneeded = known is null ? blobs : blobs.RemoveRange(known.Blobs);
        return unneeded.IsEmpty ? Decided.None : Only(new Effect.Work(new WorkItem.DropContribution(id, unneeded)));
    }
}
