using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Shell;
using Fed.TestKit.Federation.Ceremony;

namespace Fed.TestKit.Federation.Adversary;

/// <content>The lies, one by one.</content>
internal sealed partial class LyingServer
{
    private void Lie(FaultKind kind, StolenNotes notes, ProtocolMessage.Invite present)
    {
        CollectionId id = present.Collection;
        List<RogueCeremony> ceremonies = _ceremonies[notes.Plan.Job];
        switch (kind)
        {
            case FaultKind.SubstitutedKey:
                SubstituteKeys(notes, id, present.Broadcast);
                break;
            case FaultKind.SmallSum:
                ShowSmallSum(notes, id);
                break;
            case FaultKind.BothShares or FaultKind.SecondList when LastList(notes, id) is { } list:
                ShowSecondList(kind, notes, list);
                break;
            case FaultKind.OldPhase when notes.Phases.Count > 0:
                RepeatOldPhase(notes, id);
                break;
            case FaultKind.SplitView or FaultKind.RogueRetry or FaultKind.OtherModel:
                RogueCeremony[] own = [.. ceremonies.Where(rogue => rogue.Kind == kind)];
                if (own.Length == 0 || Below(kind, 30) == 0) Begin(kind, notes, present);
                else own[Below(kind, own.Length)].Advance(this, (silo, message) => Send(kind, notes, silo, message));
                break;
        }
    }

    /// <summary>Another ceremony: a later attempt without somebody, another view of the present one, or the present one from another model.</summary>
    private void Begin(FaultKind kind, StolenNotes notes, ProtocolMessage.Invite present)
    {
        CollectionId id = kind == FaultKind.RogueRetry ? present.Collection with { Attempt = present.Collection.Attempt + 1 + Below(kind, 3) } : present.Collection;
        ImmutableSortedSet<SiloId> invited = notes.Plan.InvitedTo(id), audience = kind == FaultKind.RogueRetry && Below(kind, 2) == 0 ? invited : Some(kind, invited);
        if (audience.Count < 2 || One(kind, invited) is not { } without) return;
        Digest based = kind == FaultKind.OtherModel ? Publish(BitConverter.GetBytes(Below(kind, int.MaxValue))) : present.Broadcast;
        CeremonyStep from = Below(kind, 3) switch { 0 => CeremonyStep.AdvertiseKeys, 1 => CeremonyStep.ShareKeys, _ => CeremonyStep.Confirm };
        List<RogueCeremony> ceremonies = _ceremonies[notes.Plan.Job];
        if (ceremonies.Count == CeremoniesMax) ceremonies.RemoveAt(0);
        ceremonies.Add(new RogueCeremony(notes, kind, id, based, audience, without, from));
        struck(kind, notes.Plan.Job);
    }

    private void SubstituteKeys(StolenNotes notes, CollectionId id, Digest based)
    {
        const FaultKind kind = FaultKind.SubstitutedKey;
        SortedDictionary<SiloId, StepAnswer> adverts = notes.Answers(id, based, CeremonyStep.AdvertiseKeys);
        if (One(kind, adverts.Keys) is not { } victim) return;
        if (_betrayed.ContainsKey((notes.Plan.Job, id, victim)))
        {
            if (MaskForForged(notes, id, based, victim) is { } mask) Send(kind, notes, victim, mask);
            return;
        }

        ImmutableSortedSet<SiloId> others = [.. adverts.Keys.Where(silo => silo != victim)];
        Send(kind, notes, victim, Betray(notes, id, based, victim, [.. adverts.Keys], Below(kind, 2) == 0 ? others : Some(kind, others)));
    }

    /// <summary>Shows a site keys of the server's own as those of others.</summary>
    private ProtocolMessage.ShareKeys Betray(StolenNotes notes, CollectionId id, Digest based, SiloId victim, ImmutableSortedSet<SiloId> members, ImmutableSortedSet<SiloId> forged)
    {
        _betrayed[(notes.Plan.Job, id, victim)] = (members, forged);
        return new(notes.Plan.Job, id, members, Substitute(notes.Answers(id, based, CeremonyStep.AdvertiseKeys).Values.Where(answer => members.Contains(answer.Silo)), forged));
    }

    /// <summary>Whoever shared its secrets with the server's keys is sent shares under them too, made up, so that it masks its vector; null before it has.</summary>
    private ProtocolMessage.MaskInput? MaskForForged(StolenNotes notes, CollectionId id, Digest based, SiloId victim)
    {
        (ImmutableSortedSet<SiloId> members, ImmutableSortedSet<SiloId> forged) = _betrayed[(notes.Plan.Job, id, victim)];
        SortedDictionary<SiloId, StepAnswer> dealt = notes.Answers(id, based, CeremonyStep.ShareKeys);
        if (!dealt.ContainsKey(victim)) return null;
        CeremonyContext context = CeremonyContext.Of(notes.Plan, notes.PlanHash, id, based, null);
        ulong agreed = ToyField.Agree(_key, ToySecureAggregation.Keys(notes.Answers(id, based, CeremonyStep.AdvertiseKeys)[victim].Payload.Span).Share);
        ImmutableSortedSet<SiloId> maskers = [.. members.Where(silo => silo == victim || forged.Contains(silo) || dealt.ContainsKey(silo))];
        byte[] shares = CeremonyFrames.Write(maskers.Select(other => KeyValuePair.Create(
            other,
            forged.Contains(other)
                ? ToySecureAggregation.Seal(context, other, victim, agreed, (_key, _key), [])
                : CeremonyFrames.Read(dealt[other].Payload, CeremonyLimits.SealedShareBytesMax).GetValueOrDefault(victim))));
        return new(notes.Plan.Job, id, maskers, Publish(shares));
    }

    /// <summary>One site's vector as the sum; or a few, among them those in league with the server.</summary>
    private void ShowSmallSum(StolenNotes notes, CollectionId id)
    {
        UpdateManifest[] offers = [.. notes.Offers(id).Values];
        if (offers.Length == 0) return;
        UpdateManifest one = offers[Below(FaultKind.SmallSum, offers.Length)];
        UpdateManifest[] few = [.. offers.Where(m => m == one || (m.Ceremony == one.Ceremony && Below(FaultKind.SmallSum, 3) == 0))];
        ImmutableSortedSet<SiloId> maskers = notes.Plan.InvitedTo(id);
        UpdateManifest[] list = Below(FaultKind.SmallSum, 2) == 0 ? few : [.. WithAllies(notes.Plan, few, maskers).OrderBy(static m => m.Silo)];
        Open(notes, id, [.. list], (silo, message) => Send(FaultKind.SmallSum, notes, silo, message));
    }

    /// <summary>The honest list with one site fewer: whose mask key is asked for after its seed. Signatures are those of the honest list, or those that the other one gets.</summary>
    private void ShowSecondList(FaultKind kind, StolenNotes notes, ProtocolMessage message)
    {
        (CollectionId id, ImmutableArray<UpdateManifest> contributions) = message switch
        {
            ProtocolMessage.ConfirmContributors m => (m.Collection, m.Contributions),
            ProtocolMessage.ReleaseShares m => (m.Collection, m.Contributions),
            _ => throw new InvalidOperationException(message.GetType().Name),
        };
        ImmutableArray<UpdateManifest> fewer = contributions.RemoveAt(Below(kind, contributions.Length));
        if (fewer.IsEmpty) return;
        if (kind == FaultKind.SecondList)
        {
            Open(notes, id, fewer, (silo, asked) => Send(kind, notes, silo, asked));
            return;
        }

        Confirmation[] signed = [.. notes.Confirmations(CeremonyId.OfList(id, contributions)).Values];
        foreach (UpdateManifest m in fewer) Send(kind, notes, m.Silo, new ProtocolMessage.ReleaseShares(notes.Plan.Job, id, fewer, [.. signed]));
    }

    /// <summary>What was asked in an older attempt, as it was or under the present attempt's name.</summary>
    private void RepeatOldPhase(StolenNotes notes, CollectionId id)
    {
        ProtocolMessage old = notes.Phases[Below(FaultKind.OldPhase, notes.Phases.Count)];
        bool isRenamed = Below(FaultKind.OldPhase, 2) == 0;
        ProtocolMessage again = !isRenamed ? old : old switch
        {
            ProtocolMessage.ShareKeys m => m with { Collection = id },
            ProtocolMessage.MaskInput m => m with { Collection = id },
            ProtocolMessage.ConfirmContributors m => m with { Collection = id },
            ProtocolMessage.ReleaseShares m => m with { Collection = id },
            ProtocolMessage.SignList m => m with { Collection = id },
            ProtocolMessage.UploadInput m => m with { Collection = id },
            ProtocolMessage.PrepareOpening m => m with { Collection = id },
            ProtocolMessage.EvaluateSum m => m with { Collection = id },
            ProtocolMessage.VerifyOpening m => m with { Collection = id },
            ProtocolMessage.ReleaseOpening m => m with { Collection = id },
            _ => old,
        };
        foreach (SiloId silo in Some(FaultKind.OldPhase, notes.Plan.Silos)) Send(FaultKind.OldPhase, notes, silo, again);
    }

    private static ProtocolMessage? LastList(StolenNotes notes, CollectionId id) => notes.Phases.LastOrDefault(
        message => message is ProtocolMessage.ConfirmContributors or ProtocolMessage.ReleaseShares && CollectionOf(message) is { } known && known.Round == id.Round && known.Sum == id.Sum);

    /// <summary>What the honest part says, as one site hears it: now and then with forged keys, with fewer who mask, or with a shorter list.</summary>
    private ProtocolMessage Rewritten(StolenNotes notes, SiloId silo, ProtocolMessage message)
    {
        (JobId Job, CollectionId Collection, SiloId Silo) key = (notes.Plan.Job, CollectionOf(message)!.Value, silo);
        Digest based = notes.Present!.Broadcast;
        if (message is ProtocolMessage.MaskInput && _betrayed.ContainsKey(key) && MaskForForged(notes, key.Collection, based, silo) is { } mask) return mask;
        FaultKind kind = message switch
        {
            ProtocolMessage.Invite => FaultKind.OtherModel,
            ProtocolMessage.ShareKeys => FaultKind.SubstitutedKey,
            ProtocolMessage.MaskInput => FaultKind.SplitView,
            _ => lies.Has(FaultKind.SmallSum) && Below(FaultKind.SmallSum, 2) == 0 ? FaultKind.SmallSum : FaultKind.SplitView,
        };
        bool isListed = _shown.TryGetValue(key, out ImmutableArray<UpdateManifest> shorter);
        if (!isListed && (!lies.Has(kind) || !dice.IsStruck(kind, lies.Per10K / 2, 1000))) return message;
        ProtocolMessage? changed = message switch
        {
            ProtocolMessage.Invite m => m with { Broadcast = Publish(BitConverter.GetBytes(Below(kind, int.MaxValue))) },
            ProtocolMessage.ShareKeys m => Betray(notes, m.Collection, based, silo, m.Members, m.Members.Remove(silo)),
            ProtocolMessage.MaskInput m when One(kind, m.Maskers.Remove(silo)) is { } without => m with
            {
                Maskers = m.Maskers.Remove(without),
                Shares = Publish(SharesFor(silo, m.Maskers.Remove(without), notes.Answers(m.Collection, based, CeremonyStep.ShareKeys))),
            },
            ProtocolMessage.ConfirmContributors m => m with { Contributions = isListed ? shorter : _shown[key] = Shorter(kind, silo, m.Contributions) },
            ProtocolMessage.ReleaseShares m => m with { Contributions = isListed ? shorter : _shown[key] = Shorter(kind, silo, m.Contributions) },
            _ => null,
        };
        if (changed is not null) struck(kind, notes.Plan.Job);
        return changed ?? message;
    }

    private ImmutableArray<UpdateManifest> Shorter(FaultKind kind, SiloId silo, ImmutableArray<UpdateManifest> contributions) => kind == FaultKind.SmallSum
        ? [.. contributions.Where(m => m.Silo == silo)]
        : One(kind, contributions.Select(static m => m.Silo).Where(other => other != silo)) is { } without ? [.. contributions.Where(m => m.Silo != without)] : contributions;
}
