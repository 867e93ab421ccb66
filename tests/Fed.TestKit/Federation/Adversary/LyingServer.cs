using System.Collections.Immutable;
using System.Security.Cryptography;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;
using Fed.TestKit.Federation.Ceremony;
using Fed.TestKit.Federation.Faults;

namespace Fed.TestKit.Federation.Adversary;

/// <summary>
/// Coordinator and aggregator as one adversary: it sees everything that sites send to servers, speaks in the coordinator's name beside its honest part, changes what that part says, and has the keys
/// of the sites in league with it. It knows no secret of the others, and breaks no signature. What it may be able to open is not its own business: <see cref="Checks.AdversaryView"/> works that out.
/// </summary>
/// <param name="dice">Its choices.</param>
/// <param name="lies">What it lies about.</param>
/// <param name="allies">Keys of the sites that collude with it.</param>
/// <param name="struck">Hears of each lie that leaves.</param>
/// <param name="send">Carries a message of the coordinator's to a site.</param>
/// <param name="elapsed">Virtual time.</param>
internal sealed partial class LyingServer(
    FaultDice dice, ServerLies lies, ImmutableSortedDictionary<SiloId, SimulatedIdentity> allies, Action<FaultKind, JobId> struck, Action<Origin, NodeAddress, ProtocolMessage> send,
    Func<TimeSpan> elapsed)
{
    private const int CeremoniesMax = 6;

    private static readonly TimeSpan PerMessage = TimeSpan.FromMilliseconds(5);   // faster, and answering lies would leave no time to pass

    private readonly SortedDictionary<JobId, StolenNotes> _notes = [];
    private readonly SortedDictionary<JobId, List<RogueCeremony>> _ceremonies = [];
    private readonly Dictionary<Digest, byte[]> _published = [];
    private readonly ulong _key = 0x11E5_11E5_11E5_11E5;   // its own secret, whose public key it puts in the place of others
    private readonly Dictionary<Digest, ImmutableSortedSet<SiloId>> _substituted = [];
    private readonly Dictionary<(JobId Job, CollectionId Collection, SiloId Silo), (ImmutableSortedSet<SiloId> Members, ImmutableSortedSet<SiloId> Forged)> _betrayed = [];   // who was shown forged keys
    private readonly Dictionary<(JobId Job, CollectionId Collection, SiloId Silo), ImmutableArray<UpdateManifest>> _shown = [];   // who was shown a shorter list
    private TimeSpan _freeAt;

    /// <summary>What it published of its own, as the coordinator's; null for what it did not.</summary>
    public byte[]? Read(Digest blob) => _published.GetValueOrDefault(blob);

    /// <summary>Members of a list of keys in whose place the server put its own; empty for every other list.</summary>
    public IReadOnlyDictionary<Digest, ImmutableSortedSet<SiloId>> Substituted => _substituted;

    /// <summary>A random number of a lie.</summary>
    public int Below(FaultKind kind, int bound) => dice.Below(kind, bound);

    /// <summary>A job that it will run.</summary>
    public void Begin(JobPlan plan)
    {
        _notes[plan.Job] = new StolenNotes(plan);
        _ceremonies[plan.Job] = [];
    }

    /// <summary>A site sends something to a server.</summary>
    public void Hear(ProtocolMessage message)
    {
        if (_notes.TryGetValue(message.Job, out StolenNotes? notes)) notes.Hear(message);
        if (message is not ProtocolMessage.AnswerKeyStep { Answer: var answer }) return;
        if (!_keyAnswers.TryGetValue((answer.Job, answer.Epoch, answer.Step), out SortedDictionary<SiloId, Digest>? said)) _keyAnswers[(answer.Job, answer.Epoch, answer.Step)] = said = [];
        said[answer.Silo] = answer.Payload;
    }

    /// <summary>The coordinator's honest part sends something to a site: as it is, changed, or null where the server would rather be silent.</summary>
    public ProtocolMessage? Tell(Origin from, NodeAddress to, ProtocolMessage message)
    {
        if (!_notes.TryGetValue(message.Job, out StolenNotes? notes)) return message;
        notes.Note(from, message);
        SiloId silo = SiloOf(to);
        List<RogueCeremony> rogues = _ceremonies[message.Job];
        if (message is ProtocolMessage.CloseRound close)
        {
            bool isKept = rogues.Any(rogue => rogue.Collection.Round == close.Round && rogue.Holds(silo))
                || (_encrypted.TryGetValue(message.Job, out var encrypted) && encrypted.Collections.Any(rogue => rogue.Collection.Round == close.Round && rogue.Holds(silo)))
                || IsApart(message.Job, close.Round, silo);
            return isKept ? null : message;
        }

        if (CollectionOf(message) is not { } id) return message;
        if (notes.Plan.Ckks is not null) return _encrypted[message.Job].Collections.Any(rogue => rogue.Collection == id && rogue.Holds(silo)) ? null : RewrittenEncrypted(notes, silo, message);
        return rogues.Any(rogue => rogue.Collection == id && rogue.Holds(silo)) ? null : Rewritten(notes, silo, message);
    }

    /// <summary>Lies once more.</summary>
    public void Strike(FaultKind kind)
    {
        if (kind == FaultKind.SubstitutedKey && elapsed() >= _freeAt) LeadKeys();
        StolenNotes[] running = [.. _notes.Values.Where(static notes => notes.Present is not null)];
        if (running.Length == 0 || elapsed() < _freeAt) return;
        StolenNotes notes = running[Below(kind, running.Length)];
        if (notes.Plan.Ckks is not null) LieEncrypted(kind, notes, notes.Present!);
        else Lie(kind, notes, notes.Present!);
    }

    /// <summary>Keeps what it shows to sites.</summary>
    public Digest Publish(byte[] blob)
    {
        Digest hash = Digest.Of(blob);
        _published[hash] = blob;
        return hash;
    }

    /// <summary>What others sealed for a site, out of what each of them answered.</summary>
    public static byte[] SharesFor(SiloId silo, IEnumerable<SiloId> maskers, SortedDictionary<SiloId, StepAnswer> dealt) => CeremonyFrames.Write(
        maskers.Where(dealt.ContainsKey)
            .Select(other => KeyValuePair.Create(other, CeremonyFrames.Read(dealt[other].Payload, CeremonyLimits.SealedShareBytesMax).GetValueOrDefault(silo))));

    /// <summary>Offers, with made-up ones of its allies among those who mask.</summary>
    public IEnumerable<UpdateManifest> WithAllies(JobPlan plan, UpdateManifest[] offers, ImmutableSortedSet<SiloId> maskers)
    {
        if (offers.Length == 0) return offers;
        return offers.Concat(allies.Where(ally => maskers.Contains(ally.Key) && offers.All(m => m.Silo != ally.Key)).Select(ally =>
        {
            UpdateManifest made = offers[0] with { Silo = ally.Key, Hash = Digest.Of(SHA256.HashData(offers[0].SignedContent())) };
            return plan.Silos.Contains(ally.Key) ? made with { Signature = ally.Value.Signer.Sign(UpdateManifest.Purpose, made.SignedContent()) } : made;
        }));
    }

    /// <summary>Asks sites to confirm a list, and to open it with all signatures that it has.</summary>
    public void Open(StolenNotes notes, CollectionId id, ImmutableArray<UpdateManifest> contributions, Action<SiloId, ProtocolMessage> to)
    {
        if (contributions.IsDefaultOrEmpty) return;
        JobId job = notes.Plan.Job;
        Digest list = CeremonyId.OfList(id, contributions);
        SortedDictionary<SiloId, Confirmation> signed = notes.Confirmations(list);
        foreach ((SiloId ally, SimulatedIdentity known) in allies.Where(ally => contributions.Any(m => m.Silo == ally.Key)))
        {
            StepAnswer answer = StepAnswer.Confirming(ally, job, id, notes.PlanHash, contributions[0].Base, list, default);
            signed[ally] = new Confirmation(ally, known.Signer.Sign(StepAnswer.Purpose, answer.SignedContent()));
        }

        foreach (UpdateManifest m in contributions)
        {
            if (!signed.ContainsKey(m.Silo)) to(m.Silo, new ProtocolMessage.ConfirmContributors(job, id, contributions));
            to(m.Silo, new ProtocolMessage.ReleaseShares(job, id, contributions, [.. signed.Values]));
        }
    }

    private void Send(FaultKind kind, StolenNotes notes, SiloId to, ProtocolMessage message)
    {
        _freeAt = (elapsed() > _freeAt ? elapsed() : _freeAt) + PerMessage;
        struck(kind, notes.Plan.Job);
        send(notes.Coordinator, NodeAddress.Silo(to.Value), message);
    }

    private SiloId? One(FaultKind kind, IEnumerable<SiloId> of)
    {
        SiloId[] sites = [.. of];
        return sites.Length == 0 ? null : sites[Below(kind, sites.Length)];
    }

    private ImmutableSortedSet<SiloId> Some(FaultKind kind, IEnumerable<SiloId> of) => [.. of.Where(_ => Below(kind, 2) == 0)];

    /// <summary>A list of keys with the server's own in the place of some.</summary>
    private Digest Substitute(IEnumerable<StepAnswer> adverts, ImmutableSortedSet<SiloId> forged)
    {
        byte[] own = ToySecureAggregation.AdvertOf(_key, _key);
        Digest list = Publish(AdvertList.Write(adverts.Select(answer => forged.Contains(answer.Silo) ? answer with { Payload = own } : answer)));   // under the site's signature of its own keys
        _substituted[list] = forged;
        return list;
    }

    private static SiloId SiloOf(NodeAddress address) => new(address.Value["silo/".Length..]);

    private static CollectionId? CollectionOf(ProtocolMessage message) => message switch
    {
        ProtocolMessage.Invite m => m.Collection,
        ProtocolMessage.ShareKeys m => m.Collection,
        ProtocolMessage.MaskInput m => m.Collection,
        ProtocolMessage.ConfirmContributors m => m.Collection,
        ProtocolMessage.ReleaseShares m => m.Collection,
        ProtocolMessage.SignList m => m.Collection,
        ProtocolMessage.UploadInput m => m.Collection,
        ProtocolMessage.ReprotectInput m => m.Collection,
        ProtocolMessage.PrepareOpening m => m.Collection,
        ProtocolMessage.EvaluateSum m => m.Collection,
        ProtocolMessage.VerifyOpening m => m.Collection,
        ProtocolMessage.ReleaseOpening m => m.Collection,
        _ => null,
    };
}
