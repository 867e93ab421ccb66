using System.Buffers.Binary;
using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;
using Fed.Actors.Shell;
using Fed.TestKit.Federation.Ceremony;

namespace Fed.TestKit.Federation.Adversary;

/// <content>The lies about sums under a common key, and in its making. What they may open is worked out by <see cref="Checks.EncryptionView"/>.</content>
internal sealed partial class LyingServer
{
    private const int SumsMax = 6;

    private readonly Dictionary<JobId, (ToyCollectiveEncryption Toy, List<RogueCollection> Collections, List<RogueSum> Sums)> _encrypted = [];
    private readonly Dictionary<(JobId Job, int Epoch, KeyStep Step), Digest> _asked = [];   // what the job has published for a step
    private readonly Dictionary<(JobId Job, int Epoch, KeyStep Step, SiloId Silo), ProtocolMessage.AskKeyStep> _askedOtherwise = [];

    private readonly Dictionary<(JobId Job, int Epoch, KeyStep Step), SortedDictionary<SiloId, Digest>> _keyAnswers = [];

    /// <summary>Reads a blob of a server or, as an aggregator does, of a site.</summary>
    public Func<NodeAddress, JobId, Digest, byte[]?> Stolen { get; init; } = static (_, _, _) => null;

    /// <summary>The local steps, for what sites in league with the servers say.</summary>
    public ToyCollectiveEncryption ToyOf(JobId job) => _encrypted[job].Toy;

    /// <summary>True for a site in league with the servers.</summary>
    public bool IsAlly(SiloId silo) => allies.ContainsKey(silo);

    /// <summary>An answer signed with the key of a site in league with the servers; null for every other site.</summary>
    public ReadOnlyMemory<byte>? SignAs(SiloId silo, StepAnswer answer) => allies.TryGetValue(silo, out SimulatedIdentity? ally) ? ally.Signer.Sign(StepAnswer.Purpose, answer.SignedContent()) : null;

    /// <summary>A job under a common key that it will run.</summary>
    public void Begin(JobPlan plan, ToyCollectiveEncryption toy)
    {
        Begin(plan);
        _encrypted[plan.Job] = (toy, [], []);
    }

    /// <summary>Signatures over a list of contributors: those that sites gave, and those of sites in league with the servers.</summary>
    public SortedDictionary<SiloId, Confirmation> Confirmed(StolenNotes notes, CollectionId id, Digest based, Digest list, ImmutableArray<UpdateManifest> contributions)
    {
        SortedDictionary<SiloId, Confirmation> signed = notes.Confirmations(list);
        foreach ((SiloId ally, SimulatedIdentity known) in allies.Where(ally => contributions.Any(m => m.Silo == ally.Key)))
            signed[ally] = new Confirmation(ally, known.Signer.Sign(StepAnswer.Purpose, StepAnswer.Confirming(ally, notes.Plan.Job, id, notes.PlanHash, based, list, default).SignedContent()));
        return signed;
    }

    /// <summary>Signatures over a list of commitments: those that sites gave, and those of sites in league with the servers.</summary>
    public ImmutableArray<Confirmation> Signed(StolenNotes notes, CollectionId id, Digest based, Digest list)
    {
        byte[] payload = StepAnswer.SignatureOf(list);
        return
        [
            .. notes.Answers(id, based, CeremonyStep.SignList).Values.Where(answer => !IsAlly(answer.Silo) && answer.Payload.Span.SequenceEqual(payload)).Select(static answer => new Confirmation(answer.Silo, answer.Signature)),
            .. allies.Select(ally => new Confirmation(
                ally.Key, ally.Value.Signer.Sign(StepAnswer.Purpose, new StepAnswer(ally.Key, notes.Plan.Job, id, CeremonyStep.SignList, notes.PlanHash, based, payload, default).SignedContent()))),
        ];
    }

    /// <summary>An opening of these contributions: of their sum, or of what the lie has in its place; null where there are no ciphertexts to make it of.</summary>
    public RogueSum? SumOf(
        StolenNotes notes, FaultKind kind, CollectionId id, (Digest Hash, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Content) list, ImmutableArray<UpdateManifest> contributions,
        ImmutableSortedSet<SiloId>? openers = null)
    {
        byte[]?[] uploads = [.. contributions.Select(m => Read(m.Hash) ?? Stolen(NodeAddress.Silo(m.Silo.Value), notes.Plan.Job, m.Hash))];
        if (uploads.Length == 0 || uploads.Any(static upload => upload is null)) return null;
        foreach (byte[]? upload in uploads) Publish(upload!);
        byte[] sum = kind switch
        {
            FaultKind.SmallSum when contributions.Length >= notes.Plan.Ckks!.MinimumContributors => uploads[Below(kind, uploads.Length)]!,
            FaultKind.ChosenSum => Chosen(RogueSum.Add(uploads!), list.Content.Count),
            _ => RogueSum.Add(uploads!),
        };
        SiloId[] from = [.. contributions.Select(static m => m.Silo).OrderBy(_ => Below(kind, int.MaxValue))];
        return new RogueSum(notes, kind, id, list, contributions, sum, openers ?? [.. from.Take(notes.Plan.Ckks!.Threshold)]);
    }

    /// <summary>Numbers of the server's choice in the place of the first ciphertext; or the sum, moved by one.</summary>
    private byte[] Chosen(byte[] sum, int by)
    {
        bool isMoved = Below(FaultKind.ChosenSum, 2) == 0;
        for (int at = 0; at + sizeof(ulong) <= ToyCollectiveEncryption.CiphertextBytes && at + sizeof(ulong) <= sum.Length; at += sizeof(ulong))
            BinaryPrimitives.WriteUInt64LittleEndian(sum.AsSpan(at), isMoved ? ToyField.Add(BinaryPrimitives.ReadUInt64LittleEndian(sum.AsSpan(at)), 1) : (ulong)by);
        return sum;
    }

    private void LieEncrypted(FaultKind kind, StolenNotes notes, ProtocolMessage.Invite present)
    {
        (_, List<RogueCollection> collections, List<RogueSum> sums) = _encrypted[notes.Plan.Job];
        if (notes.Key is not { } key || Stolen(NodeAddress.Job, notes.Plan.Job, key.PublicKey) is not { } publicKey) return;
        EncryptionContext context(CollectionId id, Digest based) => EncryptionContext.Of(notes.Plan, notes.PlanHash, id, based, key, publicKey);
        void send(SiloId silo, ProtocolMessage message) => Send(kind, notes, silo, message);
        switch (kind)
        {
            case FaultKind.OldPhase when notes.Phases.Count > 0:
                RepeatOldPhase(notes, present.Collection);
                break;
            case FaultKind.SmallSum or FaultKind.ChosenSum or FaultKind.SecondOpeners or FaultKind.SecondList:
                RogueSum[] open = [.. sums.Where(rogue => rogue.Kind == kind && rogue.Collection.Round == present.Collection.Round)];
                if (open.Length == 0 || Below(kind, 20) == 0) BeginSum(kind, notes, present.Collection, sums);
                else if (open[Below(kind, open.Length)] is var sum) sum.Advance(this, context(sum.Collection, present.Broadcast), send);
                break;
            case FaultKind.SplitView or FaultKind.RogueRetry or FaultKind.OtherModel or FaultKind.ForeignInput:
                RogueCollection[] own = [.. collections.Where(rogue => rogue.Kind == kind && rogue.Collection.Round == present.Collection.Round)];
                if (own.Length == 0 || Below(kind, 30) == 0) BeginCollection(kind, notes, present, collections);
                else if (own[Below(kind, own.Length)] is var collection) collection.Advance(this, context(collection.Collection, present.Broadcast), send);
                break;
        }
    }

    /// <summary>An opening of what the honest attempt has collected: over fewer contributors, of other ciphertexts, or by other openers.</summary>
    private void BeginSum(FaultKind kind, StolenNotes notes, CollectionId id, List<RogueSum> sums)
    {
        if (ClosedList(notes, id) is not { } list) return;
        UpdateManifest[] offers = [.. notes.Offers(id).Values.Where(m => m.Ceremony == list.Hash)];
        ImmutableArray<UpdateManifest> honest = notes.Phases.OfType<ProtocolMessage.ConfirmContributors>().LastOrDefault(m => m.Collection == id)?.Contributions ?? [.. offers];
        if (honest.IsEmpty) return;
        UpdateManifest one = honest[Below(kind, honest.Length)];
        ImmutableArray<UpdateManifest> shown = kind switch
        {
            FaultKind.SmallSum when Below(kind, 2) == 0 => [.. honest.Take(1 + Below(kind, notes.Plan.Ckks!.MinimumContributors - 1))],
            FaultKind.SecondList => [.. honest.Where(m => m != one)],
            _ => honest,
        };
        if (SumOf(notes, kind, id, list, shown) is not { } sum) return;
        Keep(sum, sums);
        struck(kind, notes.Plan.Job);
    }

    private static void Keep(RogueSum sum, List<RogueSum> sums)
    {
        if (sums.Count == SumsMax) sums.RemoveAt(0);
        sums.Add(sum);
    }

    /// <summary>The list of commitments that the honest part has closed; null before.</summary>
    private (Digest Hash, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Content)? ClosedList(StolenNotes notes, CollectionId id) =>
        notes.Phases.OfType<ProtocolMessage.SignList>().LastOrDefault(m => m.Collection == id) is { } closed && Stolen(NodeAddress.Coordinator, notes.Plan.Job, closed.List) is { } bytes
            ? (closed.List, CeremonyFrames.Read(bytes, CeremonyLimits.AnswerBytesMax))
            : null;

    /// <summary>Another collection: a later attempt without somebody, claimed to be a new one or a re-protection; another view of the present one; or one from another model.</summary>
    private void BeginCollection(FaultKind kind, StolenNotes notes, ProtocolMessage.Invite present, List<RogueCollection> collections)
    {
        bool isLater = kind == FaultKind.RogueRetry || (kind == FaultKind.ForeignInput && Below(kind, 2) == 0);
        CollectionId id = isLater ? present.Collection with { Attempt = present.Collection.Attempt + 1 + Below(kind, 3) } : present.Collection;
        ImmutableSortedSet<SiloId> invited = notes.Plan.InvitedTo(id), audience = kind == FaultKind.ForeignInput || (kind == FaultKind.RogueRetry && Below(kind, 2) == 0) ? invited : Some(kind, invited);
        if (audience.Count < 2 || One(kind, kind == FaultKind.ForeignInput ? invited.Where(IsAlly) : invited) is not { } without) return;
        Digest based = kind == FaultKind.OtherModel ? Publish(BitConverter.GetBytes(Below(kind, int.MaxValue))) : present.Broadcast;
        (CollectionId, ImmutableArray<UpdateManifest>) before = default;
        if (kind == FaultKind.RogueRetry && Below(kind, 2) == 0 && notes.Phases.OfType<ProtocolMessage.ConfirmContributors>().LastOrDefault(m => m.Collection.Round == id.Round && m.Collection.Sum == id.Sum) is { } listed)
            before = (listed.Collection, [.. listed.Contributions.Where(m => m.Silo != without)]);
        if (collections.Count == CeremoniesMax) collections.RemoveAt(0);
        collections.Add(new RogueCollection(notes, kind, id, based, audience, without, before));
        struck(kind, notes.Plan.Job);
    }

    /// <summary>What an ally sends in that it has not encrypted: minus the sum of what all but one of the others uploaded in an earlier attempt, or numbers of the server's choice. Multiplied with the key either would give something away.</summary>
    public byte[] Foreign(StolenNotes notes, EncryptionContext context, SiloId ally)
    {
        const FaultKind kind = FaultKind.ForeignInput;
        CollectionId id = context.Collection;
        byte[][] before =
        [
            .. Enumerable.Range(1, id.Attempt - 1).SelectMany(attempt => notes.Offers(id with { Attempt = attempt }).Values).Where(m => m.Silo != ally)
                .GroupBy(static m => m.Silo).Select(of => Stolen(NodeAddress.Silo(of.Key.Value), notes.Plan.Job, of.Last().Hash)).OfType<byte[]>(),
        ];
        byte[] made = before.Length > 1 ? RogueSum.Add(before.Skip(1)) : new byte[((ICollectiveEncryption)ToyOf(notes.Plan.Job)).SumBytes(context)];
        ulong chosen = before.Length > 1 ? 0 : (ulong)Below(kind, int.MaxValue);
        for (int i = 0; i < made.Length; i += sizeof(ulong))
            BinaryPrimitives.WriteUInt64LittleEndian(made.AsSpan(i), ToyField.Add(chosen, ToyField.Negate(BinaryPrimitives.ReadUInt64LittleEndian(made.AsSpan(i)))));
        return made;
    }

    /// <summary>An ally's offer of something, beside the honest ones.</summary>
    public UpdateManifest OfferAs(SiloId ally, UpdateManifest like, byte[] upload)
    {
        UpdateManifest made = like with { Silo = ally, Hash = Publish(upload), Length = upload.Length };
        return made with { Signature = allies[ally].Signer.Sign(UpdateManifest.Purpose, made.SignedContent()) };
    }

    /// <summary>What the honest part says, as one site hears it: now and then from another model, with a shorter list, fewer contributors, or other openers.</summary>
    private ProtocolMessage RewrittenEncrypted(StolenNotes notes, SiloId silo, ProtocolMessage message)
    {
        if (message is ProtocolMessage.ConfirmContributors asked && ShownApart(notes, silo, asked) is { } apart) return apart;
        FaultKind kind = message switch
        {
            ProtocolMessage.Invite => FaultKind.OtherModel,
            ProtocolMessage.PrepareOpening => FaultKind.SecondOpeners,
            ProtocolMessage.ConfirmContributors when lies.Has(FaultKind.SmallSum) && Below(FaultKind.SmallSum, 2) == 0 => FaultKind.SmallSum,
            _ => FaultKind.SplitView,
        };
        if (!lies.Has(kind) || !dice.IsStruck(kind, lies.Per10K / 2, 1000)) return message;
        ProtocolMessage? changed = message switch
        {
            ProtocolMessage.Invite m => m with { Broadcast = Publish(BitConverter.GetBytes(Below(kind, int.MaxValue))) },
            ProtocolMessage.SignList m when One(kind, m.Members.Remove(silo)) is { } without && Stolen(NodeAddress.Coordinator, m.Job, m.List) is { } list =>
                m with { Members = m.Members.Remove(without), List = Publish(CeremonyFrames.Write(CeremonyFrames.Read(list, CeremonyLimits.AnswerBytesMax).Remove(without))) },
            ProtocolMessage.ConfirmContributors m => m with { Contributions = Shorter(kind, silo, m.Contributions) },
            ProtocolMessage.PrepareOpening m => m with { Opening = m.Opening with { Openers = [silo, .. m.Opening.Contributors().Remove(silo).OrderBy(_ => Below(kind, int.MaxValue)).Take(m.Opening.Openers.Count - 1)] } },
            _ => null,
        };
        if (changed is not null) struck(kind, notes.Plan.Job);
        return changed ?? message;
    }

    /// <summary>
    /// The job asks a site for a step of a key's making: as it is, or with other answers of others: some by keys of the server's own, one of an older ceremony, or one left out. Every other key is made
    /// honestly, or none would be while it lies, and no sum.
    /// </summary>
    public ProtocolMessage TellKey(Origin from, NodeAddress to, ProtocolMessage.AskKeyStep ask)
    {
        if (_notes.TryGetValue(ask.Job, out StolenNotes? notes)) notes.Job = from;
        SiloId silo = SiloOf(to);
        (JobId, int, KeyStep, SiloId) asked = (ask.Job, ask.Epoch, ask.Step, silo);
        if (ask.Step != KeyStep.Enter) _asked[(ask.Job, ask.Epoch, ask.Step)] = ask.Given;
        if (_askedOtherwise.TryGetValue(asked, out ProtocolMessage.AskKeyStep? before)) return before;
        FaultKind kind = ask.Step == KeyStep.CommitSeed && Below(FaultKind.OtherKey, 3) > 0 ? FaultKind.SubstitutedKey : FaultKind.OtherKey;
        if (ask.Step is KeyStep.Enter || ask.Epoch % 2 == 0 || !lies.Has(kind) || !dice.IsStruck(kind, KeyLiesPerThousand, 1000)) return ask;
        if (Stolen(NodeAddress.Job, ask.Job, ask.Given) is not { } bytes) return ask;
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> given = CeremonyFrames.Read(bytes, int.MaxValue);
        ImmutableSortedSet<SiloId> others = Some(kind, given.Keys.Where(other => other != silo));
        if (others.IsEmpty) return ask;
        ImmutableSortedSet<SiloId> holders = ask.Holders;
        if (kind == FaultKind.SubstitutedKey)
        {
            byte[] own = ToyCollectiveEncryption.Advert(_key);
            given = given.SetItems(others.Select(other => KeyValuePair.Create(other, (ReadOnlyMemory<byte>)Replaced(given[other], own))));   // behind the server's key the seal of the site's own
        }
        else if (Below(kind, 3) is var how && how == 0)
        {
            (given, holders) = (given.Remove(others[0]), holders.Remove(others[0]));
        }
        else if (how == 1 && _asked.TryGetValue((ask.Job, ask.Epoch - 1, ask.Step), out Digest older) && Stolen(NodeAddress.Job, ask.Job, older) is { } then)
        {
            ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> known = CeremonyFrames.Read(then, int.MaxValue);
            given = given.SetItems(others.Where(known.ContainsKey).Select(other => KeyValuePair.Create(other, known[other])));
        }
        else given = given.SetItem(others[0], Replaced(given[others[0]], BitConverter.GetBytes((ulong)Below(kind, int.MaxValue))));

        struck(kind, ask.Job);
        return _askedOtherwise[asked] = ask with { Holders = holders, Given = Publish(CeremonyFrames.Write(given)) };
    }

    /// <summary>Goes on with a key's making in which a site was shown keys of the server's own: asks everybody for the next step, with what they answered in the one before.</summary>
    private void LeadKeys()
    {
        foreach ((JobId job, int epoch, KeyStep step, SiloId _) in _askedOtherwise.Keys.Where(static asked => asked.Step == KeyStep.CommitSeed).ToArray())
        {
            ImmutableSortedSet<SiloId> holders = _askedOtherwise.First(pair => pair.Key.Job == job && pair.Key.Epoch == epoch && pair.Key.Step == step).Value.Holders;
            for (KeyStep next = step; next < KeyStep.Accept; next++)
            {
                if (!_keyAnswers.TryGetValue((job, epoch, next), out SortedDictionary<SiloId, Digest>? said) || !holders.IsSubsetOf(said.Keys)) break;
                if (_keyAnswers.TryGetValue((job, epoch, next + 1), out SortedDictionary<SiloId, Digest>? done) && holders.IsSubsetOf(done.Keys)) continue;
                ImmutableSortedDictionary<SiloId, byte[]?> read = holders.ToImmutableSortedDictionary(static silo => silo, silo => Stolen(NodeAddress.Silo(silo.Value), job, said[silo]));
                if (read.Values.Any(static answer => answer is null)) break;
                ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> answers = read.ToImmutableSortedDictionary(static pair => pair.Key, static pair => (ReadOnlyMemory<byte>)pair.Value!);
                foreach (SiloId silo in holders)
                    SendAsJob(_notes[job], silo, new ProtocolMessage.AskKeyStep(job, epoch, next + 1, holders, Publish(CeremonyFrames.Write(ToyOf(job).Gather(next, answers, silo)))));
                break;
            }
        }
    }

    private void SendAsJob(StolenNotes notes, SiloId to, ProtocolMessage message)
    {
        _freeAt = (elapsed() > _freeAt ? elapsed() : _freeAt) + PerMessage;
        struck(FaultKind.SubstitutedKey, notes.Plan.Job);
        send(notes.Job, NodeAddress.Silo(to.Value), message);
    }

    private static byte[] Replaced(ReadOnlyMemory<byte> answer, byte[] first) => [.. first, .. answer[Math.Min(first.Length, answer.Length)..].Span];

    private const int KeyLiesPerThousand = 40;

    /// <summary>The job begins a round, under this key.</summary>
    public void Note(ProtocolMessage.StartRound start)
    {
        if (_notes.TryGetValue(start.Job, out StolenNotes? notes)) notes.Key = start.Key ?? notes.Key;
    }
}
