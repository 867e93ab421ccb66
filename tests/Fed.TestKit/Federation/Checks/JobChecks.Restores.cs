using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;

namespace Fed.TestKit.Federation.Checks;

/// <content>
/// Sites whose data directory came back as an older copy. Until such a site notices it may do what one of the colluding sites may, and no more; it must notice as soon as more peers than may lie have
/// told it what it does not know, and from then on it says nothing. Nobody else notices anything.
/// </content>
internal sealed partial class JobChecks
{
    private readonly HashSet<SiloId> _older = [];
    private readonly HashSet<SiloId> _noticed = [];
    private readonly HashSet<SiloId> _missing = [];   // those that have noticed that they forgot whole rounds
    private readonly Dictionary<SiloId, EpochMemory> _epochs = [];
    private readonly Dictionary<(SiloId Peer, CollectionId Collection), ImmutableSortedDictionary<SiloId, SiteEpoch>> _told = [];
    private readonly Dictionary<(SiloId Silo, CollectionId Collection), ImmutableSortedSet<SiloId>> _sealedByOthers = [];

    /// <summary>A site's disk was put back to an older state; false where it had acknowledged nothing since.</summary>
    public bool AfterRestore(NodeAddress node)
    {
        SiloId silo = SiloOf(node);
        if (!LogOf(node).Rewind()) return false;
        _older.Add(silo);
        _noticed.Remove(silo);
        _missing.Remove(silo);
        _settled.Remove(silo);
        _models.Remove(silo);
        ForgetEncryptions(silo);
        _epochs.Remove(silo);
        foreach ((NodeAddress Node, string Leader) heard in _leaders.Keys.Where(heard => heard.Node == node).ToArray()) _leaders.Remove(heard);
        foreach ((SiloId Silo, CollectionId Collection, CeremonyStep Step) said in _said.Keys.Where(said => said.Silo == silo).ToArray()) _said.Remove(said);
        _released.RemoveWhere(released => released.Silo == silo);
        foreach (JournalEvent stored in _job.ReadLog(FederationLogs.Of(Id, node), 0))
        {
            object happened = FederationLogs.Read(node, stored);
            if (Heard(happened) is var (leader, epoch)) _leaders[(node, leader)] = epoch;
            if (happened is SiloEvent.RoundSettled settled) _settled[silo] = settled.Round;
            if (happened is SiloEvent.ModelsKept kept) _models[silo] = kept.Models;
            NoteSilence(silo, (SiloEvent)happened);
            if (Ckks is not null) NoteEncryption(silo, (SiloEvent)happened);
            if (happened is SiloEvent.SharesReleased released) _released.Add((silo, released.Collection));
            if (SaidIn((SiloEvent)happened) is var (collection, step, what)) _said[(silo, collection, step)] = what;
            Remember(silo, (SiloEvent)happened);
        }

        return true;
    }

    /// <summary>What a site says under a common key it may say again once its memory is that of an older copy: what it has said by then is read from that.</summary>
    private void ForgetEncryptions(SiloId silo)
    {
        Without(_keySteps, key => key.Silo == silo);
        Without(_heldKeys, key => key.Silo == silo);
        _nonces.RemoveWhere(drawn => drawn.Silo == silo);
        Without(_readies, key => key.Silo == silo);
        Without(_doubts, key => key.Silo == silo);
        Without(_releasedOpenings, key => key.Silo == silo);
        Without(_storedShares, key => key.Silo == silo);
        KeyBlobsOf(silo).Clear();
        _erased.Remove(silo);
    }

    private static void Without<TKey, TValue>(Dictionary<TKey, TValue> books, Func<TKey, bool> isForgotten)
        where TKey : notnull
    {
        foreach (TKey key in books.Keys.Where(isForgotten).ToArray()) books.Remove(key);
    }

    /// <summary>Who has noticed says nothing more: under a common key till it holds the next one, unless it misses rounds.</summary>
    private void NoteSilence(SiloId silo, SiloEvent happened)
    {
        if (happened is SiloEvent.RestoreNoticed noticed)
        {
            _noticed.Add(silo);
            if (noticed.Settled is not null) _missing.Add(silo);
        }

        if (happened is SiloEvent.KeyHeld && !_missing.Contains(silo)) _noticed.Remove(silo);
    }

    /// <summary>What an event fixes as a site's answer in a step of an attempt; null for other events.</summary>
    private static (CollectionId Collection, CeremonyStep Step, Digest What)? SaidIn(SiloEvent happened) => happened switch
    {
        SiloEvent.NonceCommitted e => (GraphCeremony.Id, CeremonyStep.CommitNonce, e.Commitment),
        SiloEvent.NonceShown e => (GraphCeremony.Id, CeremonyStep.ShowNonce, e.Commitments),
        SiloEvent.KeysAdvertised e => (e.Collection, CeremonyStep.AdvertiseKeys, e.Advert),
        SiloEvent.SharesDealt e => (e.Collection, CeremonyStep.ShareKeys, e.Dealt),
        SiloEvent.ContributorsConfirmed e => (e.Collection, CeremonyStep.Confirm, e.List),
        _ => null,
    };

    /// <summary>True for a restored site where servers lie: it counts among those who collude.</summary>
    private bool MayBreakItsWord(SiloId silo) => _older.Contains(silo) && !_job.AreServersHonest;

    private void NoteRestores(NodeAddress node, object happened)
    {
        switch (happened)
        {
            case SiloEvent.RestoreNoticed:
                _checks.Require(FederationCheck.Status, _older.Contains(SiloOf(node)) || SiloOf(node) == Forgetful, $"{node} takes its memory for an old copy, and it is whole");
                break;
            case RoundEvent.RekeyingAsked asked:
                _checks.Require(FederationCheck.Status, _older.Contains(asked.Silo) || asked.Silo == Forgetful, $"'{asked.Silo}' is said to have been restored, and was not");
                break;
            case SiloEvent.InputMasked masked:
                RequireNoticed(SiloOf(node), masked);
                break;
        }

        if (happened is not SiloEvent said) return;
        NoteSilence(SiloOf(node), said);
        Remember(SiloOf(node), said);
    }

    /// <summary>What a site remembers of epochs, and what it tells others of theirs with the shares that it seals: at least what it had heard when it advertised its keys.</summary>
    private void Remember(SiloId silo, SiloEvent happened)
    {
        EpochMemory memory = _epochs.GetValueOrDefault(silo) ?? EpochMemory.None;
        switch (happened)
        {
            case SiloEvent.KeysAdvertised advertised:
                _told[(silo, advertised.Collection)] = memory.Peers;
                break;
            case SiloEvent.SharesDealt dealt:
                _sealedByOthers[(silo, dealt.Collection)] = dealt.Members.Except(_job.Substituted(dealt.Adverts)).Remove(silo);
                break;
            case SiloEvent.ContributorsConfirmed confirmed:
                _epochs[silo] = memory.Confirm(confirmed.List);
                break;
            case SiloEvent.SharesReleased released:
                _epochs[silo] = memory.Hear(released.Epochs);
                break;
        }
    }

    /// <summary>A restored site has masked its input: no more peers than may lie can have told it of an epoch that it does not know.</summary>
    private void RequireNoticed(SiloId silo, SiloEvent.InputMasked masked)
    {
        if (!_older.Contains(silo) || _job.Plan.DrawsGraph) return;
        EpochMemory memory = _epochs.GetValueOrDefault(silo) ?? EpochMemory.None;
        int told = _sealedByOthers[(silo, masked.Collection)].Count(peer => masked.Maskers.Contains(peer) && !_older.Contains(peer)
            && _told.TryGetValue((peer, masked.Collection), out ImmutableSortedDictionary<SiloId, SiteEpoch>? heard) && !memory.Knows(heard.GetValueOrDefault(silo)));
        _checks.Require(
            FederationCheck.OneOpening, told <= Math.Min(SecAgg!.Colluding, (masked.Maskers.Count - 1) / 2), $"'{silo}' masks its input to {masked.Collection} although {told} peers have told it of an epoch that it does not know");
    }

    /// <summary>Whoever has noticed says nothing more.</summary>
    private void RequireSilence(SiloId silo, string what) =>
        _checks.Require(FederationCheck.OneOpening, !_noticed.Contains(silo), $"'{silo}' sends {what}, and knows that its memory is an old copy");
}
