using System.Security.Cryptography;
using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;

namespace Fed.Actors.Shell;

/// <content>
/// Secure aggregation at a site. Each step is in the secret store before its result goes to the decider, and comes out of it again when it is asked for again. What others signed is verified with
/// the roster's keys before the decider sees it.
/// </content>
internal sealed partial class SiloShell
{
    private ISecureAggregation Aggregation => Services.SecureAggregation ?? throw new InvalidOperationException("this site offers no secure aggregation");

    private ISecretStore Secrets => Services.Secrets ?? throw new InvalidOperationException("this site has no store for secrets");

    /// <summary>Starts a step's work; false for work of another kind.</summary>
    private bool StartCeremonyWork(WorkItem item, IActorRef<SiloCommand> decider)
    {
        switch (item)
        {
            case WorkItem.AdvertiseKeys keys:
                RunOnce(item.Id, Lane, decider, _ => Advertise(keys));
                return true;
            case WorkItem.CommitNonce:
                RunOnce(item.Id, Lane, decider, _ => CommitNonce());
                return true;
            case WorkItem.ShowNonce show:
                Fetch(show.Id, show.Commitments, GraphCeremony.Id, decider, list => ShowNonce(show, list));
                return true;
            case WorkItem.AdoptGraph adopt:
                Fetch(adopt.Id, adopt.Nonces, adopt.Collection, decider, nonces => Adopt(adopt, nonces));
                return true;
            case WorkItem.DealShares deal:
                Fetch(deal.Id, deal.List, deal.Collection, decider, adverts => Deal(deal, adverts));
                return true;
            case WorkItem.MaskInput mask:
                Fetch(mask.Id, mask.Shares, mask.Collection, decider, shares => Mask(mask, shares));
                return true;
            case WorkItem.ReleaseShares release:
                RunOnce(item.Id, Lane, decider, _ => Release(release));
                return true;
            case WorkItem.EraseSecrets erase:
                RunOnce(item.Id, Lane, decider, _ => Erase(erase));
                return true;
            default:
                return false;
        }
    }

    private Admission<SiloCommand> AdmitCeremony(NodeAddress from, ProtocolMessage message) => message switch
    {
        ProtocolMessage.ShareKeys share => Admission<SiloCommand>.Accept(new SiloCommand.ShareKeys(share.Collection, share.Members, share.Adverts) { Neighbours = share.Neighbours }),
        ProtocolMessage.CommitNonce commit => Admission<SiloCommand>.Accept(new SiloCommand.CommitNonce(commit.Plan)),
        ProtocolMessage.ShowNonce show => Admission<SiloCommand>.Accept(new SiloCommand.ShowNonce(show.Commitments)),
        ProtocolMessage.MaskInput mask => Admission<SiloCommand>.Accept(new SiloCommand.MaskInput(mask.Collection, mask.Maskers, mask.Shares)),
        ProtocolMessage.ConfirmContributors confirm => Unsigned(confirm.Contributions) is { } refusal
            ? Admission<SiloCommand>.Refuse(refusal)
            : Admission<SiloCommand>.Accept(new SiloCommand.ConfirmContributors(confirm.Collection, confirm.Contributions)),
        ProtocolMessage.ReleaseShares release => Unsigned(release.Contributions) is { } refusal
            ? Admission<SiloCommand>.Refuse(refusal)
            : Admission<SiloCommand>.Accept(new SiloCommand.ReleaseShares(release.Collection, release.Contributions, ConfirmedBy(release.Collection, release.Contributions, release.Confirmations))),
        _ => AdmitEncryption(from, message),
    };

    /// <summary>Why a list is not looked at; null where each header is signed by its site, with the roster's key.</summary>
    private string? Unsigned(ImmutableArray<UpdateManifest> contributions)
    {
        if (Plan is not { } plan) return "a list of contributors, and no plan is approved";
        return contributions.Length <= plan.Roster.Length && contributions.All(m => Services.IsSigned(plan, m)) ? null : "a list of contributors with a header that its site has not signed";
    }

    /// <summary>Those whose signature over this very list is good, with the epochs that they signed.</summary>
    private ImmutableSortedDictionary<SiloId, SiteEpoch> ConfirmedBy(CollectionId id, ImmutableArray<UpdateManifest> contributions, ImmutableArray<Confirmation> confirmations)
    {
        if (contributions.IsEmpty) return ImmutableSortedDictionary<SiloId, SiteEpoch>.Empty;
        return Good(new ConfirmedSum(id, contributions[0].Base, CeremonyId.OfList(id, contributions), confirmations)).ToImmutableSortedDictionary(static known => known.Silo, static known => known.Epoch);
    }

    /// <summary>The words for a list whose signatures are good, one of each site.</summary>
    private IEnumerable<Confirmation> Good(ConfirmedSum sum) => Plan is not { } plan || sum.Words.IsDefault || sum.Words.Length > plan.Roster.Length ? [] : sum.Words
        .DistinctBy(static known => known.Silo)
        .Where(known => Services.IsSigned(plan, StepAnswer.Confirming(known.Silo, plan.Job, sum.Collection, PlanHash, sum.Base, sum.List, known.Epoch, known.Signature, known.Heard)));

    private SiloCommand Advertise(WorkItem.AdvertiseKeys keys)
    {
        string name = NameOf(keys.Collection);
        using AttemptSecrets? known = AttemptSecrets.Read(Secrets, name);
        if (known is not null) return new SiloCommand.KeysMade(keys.Collection, known.Advert);
        (byte[] secrets, byte[] advert) = Aggregation.AdvertiseKeys(ContextOf(keys.Collection, keys.Base), silo);
        using AttemptSecrets made = new(secrets, advert, default, [], default);
        try
        {
            made.Write(Secrets, name);
        }
        catch (SecretErasedException erased)
        {
            return new SiloCommand.StepImpossible(keys.Collection, erased.Message);
        }

        return new SiloCommand.KeysMade(keys.Collection, advert);
    }

    private SiloCommand? Deal(WorkItem.DealShares deal, byte[] published)
    {
        CollectionId id = deal.Collection;
        string name = NameOf(id);
        using AttemptSecrets? known = AttemptSecrets.Read(Secrets, name);
        if (known is null) return Lost(id);
        if (known.Dealt.Length > 0)
            return known.Adverts == deal.Adverts ? new SiloCommand.SharesMade(id, deal.Members, deal.Adverts, known.Dealt) : new SiloCommand.StepImpossible(id, "shares were dealt to other members");
        try
        {
            CeremonyContext context = ContextOf(id, deal.Base);
            ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> adverts = SignedAdverts(deal, published, known.Advert, Aggregation.HoldersOf(context, silo));
            ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> notes = deal.Epochs.ToImmutableSortedDictionary(static pair => pair.Key, static pair => new ReadOnlyMemory<byte>(pair.Value.ToBytes()));
            (byte[] secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> shares) = Aggregation.ShareKeys(context, silo, known.Secrets, adverts, notes);
            using AttemptSecrets dealt = known with { Secrets = secrets, Adverts = deal.Adverts, Dealt = CeremonyFrames.Write(shares) };
            dealt.Write(Secrets, name);
            return new SiloCommand.SharesMade(id, deal.Members, deal.Adverts, dealt.Dealt);
        }
        catch (CeremonyException e)
        {
            return Refused(id, e);
        }
    }

    /// <summary>The keys of the members that hold shares of this site, as each of them signed them, the site's own being its own.</summary>
    private ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> SignedAdverts(WorkItem.DealShares deal, byte[] published, byte[] own, ImmutableSortedSet<SiloId> holders)
    {
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> answers = CeremonyFrames.Read(published, AdvertList.EntryBytesMax);
        if (!answers.Keys.SequenceEqual(deal.Members.Intersect(holders.Add(silo)))) throw new CeremonyException("the list of keys is not that of its members");
        JobPlan plan = Plan!;
        return answers.ToImmutableSortedDictionary(static pair => pair.Key, pair =>
        {
            (ReadOnlyMemory<byte> advert, ReadOnlyMemory<byte> signature) = AdvertList.Entry(pair.Value);
            StepAnswer answer = new(pair.Key, plan.Job, deal.Collection, CeremonyStep.AdvertiseKeys, PlanHash, deal.Base, advert, signature);
            if (!Services.IsSigned(plan, answer)) throw new CeremonyException($"the keys of '{pair.Key}' are not signed by it");
            if (pair.Key == silo && !advert.Span.SequenceEqual(own)) throw new CeremonyException("the list of keys has others for this site than it advertised");
            return advert;
        });
    }

    private SiloCommand? Mask(WorkItem.MaskInput mask, byte[] published)
    {
        CollectionId id = mask.Collection;
        string name = NameOf(id);
        using AttemptSecrets? known = AttemptSecrets.Read(Secrets, name);
        if (known is null || known.Dealt.Length == 0) return Lost(id);
        if (!known.Shares.IsZero && known.Shares != mask.Shares) return new SiloCommand.StepImpossible(id, "shares of others were taken before");
        CeremonyContext context = ContextOf(id, mask.Base);
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> shares;
        byte[] secrets;
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> notes;
        try
        {
            shares = CeremonyFrames.Read(published, CeremonyLimits.SealedShareBytesMax);
            if (!shares.Keys.SequenceEqual(mask.Maskers.Intersect(Aggregation.HoldersOf(context, silo)))) return Refused(id, new CeremonyException("the list of shares is not that of those who mask"));
            (secrets, notes) = Aggregation.ReceiveShares(context, silo, known.Secrets, shares);
        }
        catch (CeremonyException e)
        {
            return new SiloCommand.StepImpossible(id, e.Message);   // a member sealed no good share for this site: without it this site cannot open
        }

        if (known.Shares.IsZero) (known with { Secrets = secrets, Shares = mask.Shares }).Write(Secrets, name);

        using Stream vector = Services.Blobs.OpenRead(mask.Contribution);
        using IBlobWriter output = Services.Blobs.Create();
        Aggregation.MaskInput(context, silo, secrets, mask.Maskers, vector, output);
        CryptographicOperations.ZeroMemory(secrets);
        Digest upload = output.Commit();
        return new SiloCommand.InputMade(id, mask.Maskers, mask.Shares, upload, Services.Blobs.Length(upload))
        {
            Heard = shares.Keys.Where(peer => peer != silo).ToImmutableSortedDictionary(static peer => peer, peer => notes.TryGetValue(peer, out ReadOnlyMemory<byte> note) ? SiteEpoch.Read(note.Span) ?? default : default),
        };
    }

    private SiloCommand Release(WorkItem.ReleaseShares release)
    {
        CollectionId id = release.Collection;
        using AttemptSecrets? known = AttemptSecrets.Read(Secrets, NameOf(id));
        if (known is null || known.Shares.IsZero) return Lost(id);
        try
        {
            return new SiloCommand.SharesReady(id, Aggregation.ReleaseShares(ContextOf(id, release.Base), silo, known.Secrets, release.Maskers, release.Contributors, release.ConfirmedBy));
        }
        catch (CeremonyException e)
        {
            return new SiloCommand.StepImpossible(id, e.Message);
        }
    }

    private SiloCommand? Erase(WorkItem.EraseSecrets erase)
    {
        AttemptSecrets.Erase(Secrets, Plan!.Job, erase.SettledRound, erase.Needed);
        return null;
    }

    /// <summary>Fetches a list of the coordinator's into memory and works on it; what cannot be fetched now is asked for again.</summary>
    private void Fetch(string id, Digest blob, CollectionId collection, IActorRef<SiloCommand> decider, Func<byte[], SiloCommand?> work)
    {
        string fetch = id + "/fetch";
        if (!Begin(fetch)) return;
        Services.Bulk.FetchToMemory(NodeAddress.Coordinator, blob, (bytes, failure) =>
        {
            Finish(fetch, decider, null);
            if (bytes is not null) RunOnce(id, Lane, decider, _ => work(bytes));
            else Services.Observer.Refused(Self, $"a list for {collection} could not be fetched: {failure}");
        });
    }

    /// <summary>What the server sent is refused; the site stays as it was.</summary>
    private SiloCommand? Refused(CollectionId id, CeremonyException why)
    {
        Services.Observer.Refused(Self, $"a list for {id}: {why.Message}");
        return null;
    }

    private static SiloCommand.StepImpossible Lost(CollectionId id) => new(id, "the secrets of this attempt are not in the secret store");

    private CeremonyContext ContextOf(CollectionId id, Digest based) => CeremonyContext.Of(Plan!, PlanHash, id, based, Graph);

    private string NameOf(CollectionId id) => AttemptSecrets.NameOf(Plan!.Job, id);
}
