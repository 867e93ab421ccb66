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
/// Secure aggregation. What a site has said in an attempt it may only say again; one list of contributors is confirmed for a sum of a round, for ever. A mistake in here costs privacy: see
/// docs/adr/0009-secure-aggregation-ceremony.md.
/// </content>
public sealed partial class SiloDecider
{
    /// <summary>Takes part in an attempt once its contribution is in the outbox, unless an older attempt's list is confirmed: then there is no other attempt for this site.</summary>
    private static ImmutableArray<Effect> Join(SiloState state, CollectionId id, OutboxEntry entry)
    {
        if (entry.Contribution is null) return [Decline(state, id, NodeAddress.Coordinator)];
        if (state.Restored is { } restored) return StayOut(state, id, restored).Effects;
        if (state.Confirmed.GetValueOrDefault((id.Round, id.Sum)) is { } confirmed && confirmed.Collection != id)
            return [new Effect.Refused($"an invitation to {id}, and the contributors of {confirmed.Collection} are confirmed")];
        if (state.Ceremonies.GetValueOrDefault((id.Round, id.Sum)) is not { } known || known.Collection.Attempt < id.Attempt) return [Keys(id, entry.Broadcast)];
        if (known.Collection != id) return [];   // an older attempt's invitation, late
        return known.Abandoned is null ? [Keys(id, entry.Broadcast)] : Decline(state, id);
    }

    private static Decided Advertise(SiloState state, KeysMade made)
    {
        CollectionId id = made.Collection;
        if (state.Plan!.SecAgg is null || !state.Outbox.TryGetValue((id.Round, id.Sum), out OutboxEntry? entry) || entry.Contribution is null) return Decided.None;   // settled meanwhile
        if (state.Confirmed.TryGetValue((id.Round, id.Sum), out ConfirmedList? confirmed) && confirmed.Collection != id) return Decided.None;
        SiloCeremony? known = state.Ceremonies.GetValueOrDefault((id.Round, id.Sum));
        if (known is not null && known.Collection.Attempt > id.Attempt) return Decided.None;
        Digest advert = Digest.Of(made.Advert.Span);
        Effect answer = Answer(state, id, entry.Broadcast, CeremonyStep.AdvertiseKeys, made.Advert);
        if (known?.Collection == id) return known.Advert == advert ? Answer(state, known, answer) : Abandon(state, id, "the keys of this attempt are others than were advertised");
        KeysAdvertised advertised = new(id, entry.Broadcast, advert);
        return new([advertised], [answer, .. Forget(Evolve(state, advertised), known)]);
    }

    private static Decided Share(SiloState state, ShareKeys share)
    {
        if (Current(state, share.Collection) is not { } ceremony) return Decided.None;
        if (ceremony.Abandoned is not null) return Many(Decline(state, share.Collection));
        if (ceremony.Members.Count > 0 && !IsSame(ceremony, share.Members, share.Adverts))
            return Only(new Effect.Refused($"a second list of members for {share.Collection}"));
        return Refusal(state, share.Collection, share.Members) is { } reason
            ? Only(new Effect.Refused(reason))
            : Only(new Effect.Work(new WorkItem.DealShares(
                share.Collection, ceremony.Base, share.Members, share.Adverts, share.Neighbours ?? share.Adverts, state.Epochs.Peers.RemoveRange(state.Epochs.Peers.Keys.Where(peer => !share.Members.Contains(peer))))));
    }

    private static Decided Deal(SiloState state, SharesMade made)
    {
        if (Current(state, made.Collection) is not { } ceremony) return Decided.None;
        Digest dealt = Digest.Of(made.Dealt.Span);
        Effect answer = Answer(state, made.Collection, ceremony.Base, CeremonyStep.ShareKeys, made.Dealt);
        if (ceremony.Abandoned is not null) return Many(Decline(state, made.Collection));
        if (ceremony.Members.Count == 0) return new([new SharesDealt(made.Collection, made.Members, made.Adverts, dealt)], [answer]);
        if (!IsSame(ceremony, made.Members, made.Adverts)) return Decided.None;
        return ceremony.Dealt == dealt ? Only(answer) : Abandon(state, made.Collection, "the shares of this attempt are others than were dealt");
    }

    private static Decided Mask(SiloState state, MaskInput mask)
    {
        CollectionId id = mask.Collection;
        if (Current(state, id) is not { Members.Count: > 0 } ceremony) return Decided.None;
        if (ceremony.Abandoned is not null) return Many(Decline(state, id));
        if (ceremony.Upload is not null)
        {
            return ceremony.Shares == mask.Shares && ceremony.Maskers.SetEquals(mask.Maskers)
                ? Only(Offer(state, ceremony))
                : Only(new Effect.Refused($"a second list of those who mask for {id}"));
        }

        if (Refusal(state, ceremony, mask.Maskers) is { } reason) return Only(new Effect.Refused(reason));
        Digest contribution = state.Outbox[(id.Round, id.Sum)].Contribution!.Hash;
        return Only(new Effect.Work(new WorkItem.MaskInput(id, ceremony.Base, mask.Maskers, mask.Shares, contribution)));
    }

    private static Decided Offer(SiloState state, InputMade made)
    {
        CollectionId id = made.Collection;
        if (Current(state, id) is not { Members.Count: > 0, Abandoned: null } ceremony) return Unneeded(state, made);
        if (Unknown(state, made.Heard) is { } heard) return NoticeRestore(state, id, heard.Key, heard.Value, Unneeded(state, made).Effects);
        if (ceremony.Upload is { } before)
            return before == made.Upload ? Only(Offer(state, ceremony)) : Unneeded(state, made);
        Digest name = CeremonyId.Of(state.Plan!, state.PlanHash, id, ceremony.Base, ceremony.Adverts, made.Maskers);
        InputMasked masked = new(id, made.Maskers, made.Shares, name, made.Upload, made.Length);
        return new([masked], [Offer(state, Known(Evolve(state, masked), id))]);
    }

    private static Decided Confirm(SiloState state, ConfirmContributors confirm)
    {
        if (Current(state, confirm.Collection) is not { Upload: not null } ceremony) return Decided.None;
        if (ceremony.Abandoned is not null) return Decided.None;
        if (Refusal(state, ceremony, confirm.Contributions) is { } reason) return Only(new Effect.Refused(reason));
        Digest list = CeremonyId.OfList(confirm.Collection, confirm.Contributions);
        if (Confirmed(state, confirm.Collection) is { } before)
            return before.Collection == confirm.Collection && before.List == list ? Only(Confirming(state, ceremony, before)) : Only(SecondList(before, confirm.Collection));
        ContributorsConfirmed confirmed = new(confirm.Collection, ceremony.Base, list, SetOf(confirm.Contributions));
        SiloState next = Evolve(state, confirmed);
        return new([confirmed], [Confirming(next, ceremony, Confirmed(next, confirm.Collection)!)]);
    }

    /// <summary>The site's word for its list, with the epoch that it had with it: the same whenever it is asked.</summary>
    private static Effect.Send Confirming(SiloState state, SiloCeremony ceremony, ConfirmedList confirmed) => new(NodeAddress.Coordinator, new ProtocolMessage.AnswerStep(
        state.Plan!.Job, StepAnswer.Confirming(state.Silo, state.Plan.Job, confirmed.Collection, state.PlanHash, ceremony.Base, confirmed.List, confirmed.Epoch)));

    private static Decided Release(SiloState state, ReleaseShares release)
    {
        CollectionId id = release.Collection;
        if (Current(state, id) is not { Upload: not null } ceremony) return Decided.None;
        if (ceremony.Abandoned is not null) return Decided.None;
        if (Refusal(state, ceremony, release.Contributions) is { } reason) return Only(new Effect.Refused(reason));
        ImmutableSortedSet<SiloId> contributors = SetOf(release.Contributions);
        ImmutableSortedSet<SiloId> confirmedBy = [.. release.ConfirmedBy.Keys.Where(contributors.Contains)];
        int threshold = state.Plan!.SecAgg!.ThresholdOf(state.Plan.InvitedTo(id).Count);
        if (confirmedBy.Count < threshold) return Only(new Effect.Refused($"shares for {id} with {confirmedBy.Count} confirmations of its contributors, and {threshold} are needed"));
        Digest list = CeremonyId.OfList(id, release.Contributions);
        ConfirmedList? before = Confirmed(state, id);
        if (before is not null && (before.Collection != id || before.List != list)) return Only(SecondList(before, id));

        // Its own word for this list, which it has forgotten: what it had said before that must be what it remembers.
        EpochMemory epochs = before is null ? state.Epochs.Confirm(list) : state.Epochs;
        if (release.ConfirmedBy.TryGetValue(state.Silo, out SiteEpoch own) && !epochs.Knows(own)) return NoticeRestore(state, id, state.Silo, own, []);
        Effect work = new Effect.Work(new WorkItem.ReleaseShares(id, ceremony.Base, ceremony.Maskers, contributors, confirmedBy));
        if (before is { IsReleased: true }) return Only(work);
        SharesReleased released = new(id, list) { Epochs = epochs.News(state.Silo, release.ConfirmedBy) };
        return new(before is null ? [new ContributorsConfirmed(id, ceremony.Base, list, contributors), released] : [released], [work]);
    }

    /// <summary>
    /// An epoch of this site that it does not know, where more peers have heard of one than may lie: the plan's c, or half of the peers on a sparse graph, where a site has fewer corrupt neighbours than
    /// that. Null where there is none.
    /// </summary>
    private static KeyValuePair<SiloId, SiteEpoch>? Unknown(SiloState state, ImmutableSortedDictionary<SiloId, SiteEpoch> heard)
    {
        ImmutableArray<KeyValuePair<SiloId, SiteEpoch>> unknown = [.. heard.Where(pair => !state.Epochs.Knows(pair.Value))];
        int liars = state.Plan!.Ckks?.Colluding ?? Math.Min(state.Plan.SecAgg!.Colluding, heard.Count / 2);
        return unknown.Length > liars ? unknown[0] : null;
    }

    /// <summary>Somebody has heard of this site what it does not know: what it may have said since it cannot tell, so it says nothing more in this job.</summary>
    private static Decided NoticeRestore(SiloState state, CollectionId id, SiloId peer, SiteEpoch heard, ImmutableArray<Effect> more)
    {
        RestoreNoticed noticed = new(id, peer, heard, state.Epochs.Own);
        SiloState next = Evolve(state, noticed);
        string reason = $"this site's memory is an old copy: '{peer}' has heard of its epoch {heard}, and it is at {state.Epochs.Own}";
        Decided abandoned = state.Plan!.Ckks is null ? Abandon(next, id, reason) : AbandonEncrypted(next, id, reason);
        return new([noticed, .. abandoned.Events], [AskRekeying(next, noticed), .. abandoned.Effects, .. more]);
    }

    /// <summary>
    /// The coordinator has this site's word for the end of a round, or its contribution to one, of which the site does not know. It may be lying, and gains nothing: it could shut a site out by not asking
    /// it. All attempts under way are given up, and their secrets go.
    /// </summary>
    private static Decided NoticeRestore(SiloState state, CollectionId id, int settled)
    {
        RestoreNoticed noticed = new(id, state.Silo, default, state.Epochs.Own) { Settled = settled };
        IEnumerable<CollectionId> open =
        [
            .. state.Ceremonies.Values.Where(static ceremony => ceremony.Abandoned is null).Select(static ceremony => ceremony.Collection),
            .. state.Encryptions.Values.Where(static known => known.Abandoned is null).Select(static known => known.Collection),
        ];
        string reason = $"this site's memory is an old copy: it had settled round {settled}, or contributed to it, and does not know";
        ImmutableArray<SiloEvent> events = [noticed, .. open.Select(attempt => new AttemptAbandoned(attempt, reason))];
        SiloState next = events.Aggregate(state, Evolve);
        ImmutableArray<Effect> erased = state.Plan!.SecAgg is null ? [] : [Erase(next)];
        return new(events, [AskRekeying(next, noticed), .. erased]);
    }

    /// <summary>Nobody need wait for a site whose memory is an old copy.</summary>
    private static Decided StayOut(SiloState state, CollectionId id, RestoreNoticed restored) => Many([.. Decline(state, id), AskRekeying(state, restored)]);

    private static Effect.Send AskRekeying(SiloState state, RestoreNoticed noticed) =>
        new(NodeAddress.Coordinator, new ProtocolMessage.AskRekeying(state.Plan!.Job, state.Silo, noticed.Peer, noticed.Heard, noticed.Own) { Settled = noticed.Settled });

    private static Decided Release(SiloState state, SharesReady ready) =>
        Current(state, ready.Collection) is { Abandoned: null } ceremony && Confirmed(state, ready.Collection) is { IsReleased: true } confirmed && confirmed.Collection == ready.Collection
            ? Only(Answer(state, ready.Collection, ceremony.Base, CeremonyStep.ReleaseShares, ready.Released))
            : Decided.None;

    /// <summary>Takes no further part in an attempt; the others go on while they are enough.</summary>
    private static Decided Abandon(SiloState state, CollectionId id, string reason)
    {
        if (state.Plan!.SecAgg is null || id.Round <= state.SettledRound) return Decided.None;
        if (Current(state, id) is not { Abandoned: null }) return Many(Decline(state, id));
        AttemptAbandoned abandoned = new(id, reason);
        return new([abandoned], [.. Decline(state, id), new Effect.EndDelivery(OfferId(id)), Erase(Evolve(state, abandoned))]);
    }

    /// <summary>Why a site does not share its secrets among these members; null where it does.</summary>
    private static string? Refusal(SiloState state, CollectionId id, ImmutableSortedSet<SiloId> members)
    {
        JobPlan plan = state.Plan!;
        ImmutableSortedSet<SiloId> invited = plan.InvitedTo(id);
        if (!members.Contains(state.Silo)) return $"members of {id} without this site";
        if (members.FirstOrDefault(member => !invited.Contains(member)) is { Value: not null } stranger) return $"members of {id} with '{stranger}', which the plan does not invite";
        int needed = plan.NeededFor(id);
        return members.Count < needed ? $"{members.Count} members of {id}, and the plan needs {needed}" : null;
    }

    /// <summary>Why a site does not mask its contribution for these; null where it does.</summary>
    private static string? Refusal(SiloState state, SiloCeremony ceremony, ImmutableSortedSet<SiloId> maskers)
    {
        CollectionId id = ceremony.Collection;
        if (!maskers.Contains(state.Silo)) return $"those who mask for {id} without this site";
        if (maskers.FirstOrDefault(masker => !ceremony.Members.Contains(masker)) is { Value: not null } stranger) return $"those who mask for {id} with '{stranger}', which is no member";
        int needed = state.Plan!.NeededFor(id);
        return maskers.Count < needed ? $"{maskers.Count} mask for {id}, and the plan needs {needed}" : null;
    }

    /// <summary>Why a site neither confirms nor opens a list; null where it may be the one list of this sum.</summary>
    private static string? Refusal(SiloState state, SiloCeremony ceremony, ImmutableArray<UpdateManifest> contributions)
    {
        CollectionId id = ceremony.Collection;
        JobPlan plan = state.Plan!;
        for (int i = 0; i < contributions.Length; i++)
        {
            UpdateManifest m = contributions[i];
            if (i > 0 && m.Silo.CompareTo(contributions[i - 1].Silo) <= 0) return $"a list of contributors to {id} that is not in order";
            if (!ceremony.Maskers.Contains(m.Silo)) return $"a list of contributors to {id} with '{m.Silo}', which does not mask";
            bool isOurs = m.Job == plan.Job && m.Round == id.Round && m.Sum == id.Sum && m.Plan == state.PlanHash && m.Base == ceremony.Base && m.Ceremony == ceremony.Ceremony;
            if (!isOurs) return $"a list of contributors to {id} with an update of '{m.Silo}' to another sum, plan, model or ceremony";
        }

        if (!contributions.Any(m => m.Silo == state.Silo && m.Hash == ceremony.Upload)) return $"a list of contributors to {id} without this site's upload";
        int needed = plan.NeededFor(id);
        return contributions.Length < needed ? $"{contributions.Length} contributors to {id}, and the plan needs {needed}" : null;
    }

    private static SumPlan SumOf(JobPlan plan, CollectionId id) => plan.SumsOf(id.Round).First(sum => sum.Name == id.Sum);

    /// <summary>The ceremony of this very attempt, while its round is not settled.</summary>
    private static SiloCeremony? Current(SiloState state, CollectionId id) =>
        state.Ceremonies.TryGetValue((id.Round, id.Sum), out SiloCeremony? ceremony) && ceremony.Collection == id ? ceremony : null;

    private static SiloCeremony Known(SiloState state, CollectionId id) => Current(state, id) ?? throw new InvalidOperationException($"no ceremony of {id}");

    private static ConfirmedList? Confirmed(SiloState state, CollectionId id) => state.Confirmed.GetValueOrDefault((id.Round, id.Sum));

    private static bool IsSame(SiloCeremony ceremony, ImmutableSortedSet<SiloId> members, Digest adverts) => ceremony.Adverts == adverts && ceremony.Members.SetEquals(members);

    private static ImmutableSortedSet<SiloId> SetOf(ImmutableArray<UpdateManifest> contributions) => [.. contributions.Select(static m => m.Silo)];

    /// <summary>What the aggregator was offered: the contribution itself or, under masks, the upload of an attempt.</summary>
    private static Digest? UploadOf(SiloState state, CollectionId id, OutboxEntry entry) => state.Plan! switch
    {
        { SecAgg: not null } => Current(state, id)?.Upload,
        { Ckks: not null } => CurrentEncryption(state, id)?.Upload,
        _ => entry.Contribution?.Hash,
    };

    private static Effect Offer(SiloState state, SiloCeremony ceremony)
    {
        JobPlan plan = state.Plan!;
        CollectionId id = ceremony.Collection;
        UpdateManifest manifest = new(
            state.Silo, plan.Job, id.Round, id.Sum, state.PlanHash, ceremony.Base, SumOf(plan, id).ToSchema().Hash, ceremony.Upload!.Value, ceremony.Length, ReadOnlyMemory<byte>.Empty, ceremony.Ceremony);
        return new Effect.Deliver(OfferId(id), AggregatorTree.For(plan, state.Silo), new ProtocolMessage.OfferUpdate(plan.Job, id, manifest, null));   // the shell signs
    }

    private static Effect.Work Keys(CollectionId id, Digest based) => new(new WorkItem.AdvertiseKeys(id, based));

    private static Effect.Send Answer(SiloState state, CollectionId id, Digest based, CeremonyStep step, ReadOnlyMemory<byte> payload) =>
        new(NodeAddress.Coordinator, new ProtocolMessage.AnswerStep(state.Plan!.Job, new StepAnswer(state.Silo, state.Plan.Job, id, step, state.PlanHash, based, payload, default)));   // the shell signs

    private static Decided Answer(SiloState state, SiloCeremony ceremony, Effect answer) => ceremony.Abandoned is null ? Only(answer) : Many(Decline(state, ceremony.Collection));

    /// <summary>Whoever waits for the site, the coordinator before the upload or the aggregator for it, need not.</summary>
    private static ImmutableArray<Effect> Decline(SiloState state, CollectionId id) => [Decline(state, id, NodeAddress.Coordinator), Decline(state, id, AggregatorTree.For(state.Plan!, state.Silo))];

    private static Effect Decline(SiloState state, CollectionId id, NodeAddress to) => new Effect.Send(to, new ProtocolMessage.DeclineUpdate(state.Plan!.Job, id, state.Silo));

    private static Effect.Refused SecondList(ConfirmedList before, CollectionId id) => new($"a second list of contributors, to {id}: that of {before.Collection} is confirmed, for ever");

    /// <summary>An attempt that a newer one replaces leaves nothing.</summary>
    private static ImmutableArray<Effect> Forget(SiloState state, SiloCeremony? replaced)
    {
        if (replaced is null) return [];
        return replaced.Upload is { } upload
            ? [new Effect.EndDelivery(OfferId(replaced.Collection)), Erase(state), new Effect.Work(new WorkItem.DropContribution(replaced.Collection, [upload]))]
            : [Erase(state)];
    }

    /// <summary>Erases what no attempt needs any more; owed after a restart too, since the erasing may have been lost with the process.</summary>
    private static Effect.Work Erase(SiloState state) => new(new WorkItem.EraseSecrets(
        state.SettledRound,
        [.. state.Ceremonies.Values.Select(static known => known.Abandoned is null ? known.Collection : known.Collection with { Attempt = known.Collection.Attempt + 1 })]));

    /// <summary>An upload that comes too late lies on the disk.</summary>
    private static Decided Unneeded(SiloState state, InputMade made) => state.Ceremonies.Values.Any(ceremony => ceremony.Upload == made.Upload)
        ? Decided.None
        : Only(new Effect.Work(new WorkItem.DropContribution(made.Collection, [made.Upload])));

    private static SiloState With(SiloState state, SiloCeremony ceremony) =>
        state with { Ceremonies = state.Ceremonies.SetItem((ceremony.Collection.Round, ceremony.Collection.Sum), ceremony) };

    private static SiloState With(SiloState state, ConfirmedList confirmed) =>
        state with { Confirmed = state.Confirmed.SetItem((confirmed.Collection.Round, confirmed.Collection.Sum), confirmed) };
}
