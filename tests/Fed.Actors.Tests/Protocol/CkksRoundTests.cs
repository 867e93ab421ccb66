using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Xunit;
using static Fed.Actors.Tests.Protocol.Given;

namespace Fed.Actors.Tests.Protocol;

/// <summary>What the tables cannot show of rounds under a common key: what a whole walk through phases comes to.</summary>
public sealed class CkksRoundTests
{
    [Fact]
    public void A_lost_opener_costs_another_encryption_of_the_same_contributors_and_no_training()
    {
        RoundState agreed = StateOf(RoundCkksCases.All, "Opening, agreed");
        AnswersLate late = new(agreed);
        Decision<RoundEvent, Effect> decision = RoundDecider.Decide(agreed, late.Shares, Start);
        RoundEvent.ReprotectionStarted started = Assert.IsType<RoundEvent.ReprotectionStarted>(Assert.Single(decision.Events));
        Assert.Equal(agreed.Collection.Attempt + 1, started.Collection.Attempt);
        RoundState next = RoundDecider.Evolve(agreed, started);
        Assert.Equal<SiloId>([.. agreed.Contributions.Select(static m => m.Silo)], [.. next.Invited]);
        ProtocolMessage[] asked = [.. decision.Effects.OfType<Effect.Deliver>().Select(static deliver => deliver.Message)];
        Assert.All(asked, message => Assert.Equal(agreed.Collection, Assert.IsType<ProtocolMessage.ReprotectInput>(message).Origin));
        Assert.DoesNotContain(decision.Effects, static effect => effect is Effect.Work { Item: WorkItem.PrepareBroadcast });
    }

    /// <summary>
    /// One contributor in league with a server that shows A a list of its own, to have A's upload before the others sign one with a commitment made of it. A uploads under no list that could have a second beside it: of five
    /// sites with one in league, four have to sign.
    /// </summary>
    [Fact]
    public void A_list_that_is_shown_to_one_site_alone_gets_no_upload()
    {
        SiloState signed = StateOf(SiloCkksCases.All, "Signed");
        CollectionId id = new(1, 1, "training");
        Digest list = signed.Encryptions.Values.Single().List!.Value;
        foreach (SiloId[] by in new SiloId[][] { [], [A], [A, E], [A, D, E], [A, E, new("stranger"), new("another")] })
        {
            Decision<SiloEvent, Effect> refused = SiloDecider.Decide(signed, new SiloCommand.UploadInput(id, Hash("base"), list, [.. by]), Start);
            Assert.Empty(refused.Events);
            Assert.IsType<Effect.Refused>(Assert.Single(refused.Effects));
        }

        Assert.Single(SiloDecider.Decide(signed, new SiloCommand.SignList(id, [A, B, C, D, E], Hash("another list")), Start).Effects.OfType<Effect.Refused>());
        Decision<SiloEvent, Effect> agreed = SiloDecider.Decide(signed, new SiloCommand.UploadInput(id, Hash("base"), list, [A, B, C, E]), Start);
        Assert.IsType<SiloEvent.ListAgreed>(Assert.Single(agreed.Events));
        Assert.IsType<ProtocolMessage.OfferUpdate>(Assert.Single(agreed.Effects.OfType<Effect.Deliver>()).Message);
    }

    [Fact]
    public void What_everybody_signed_is_asked_for_again_after_a_crash_and_uploads_only_when_enough_have()
    {
        RoundState signing = StateOf(RoundCkksCases.All, "Signing");
        Assert.Equal(5, RoundDecider.Outstanding(signing, Start).OfType<Effect.Deliver>().Count(static owed => owed.Message is ProtocolMessage.SignList));
        foreach (int signatures in new[] { 3, 4, 5 })
        {
            ImmutableArray<Confirmation> held = [.. signing.Encryption.Fresh.Take(signatures).Select(static silo => new Confirmation(silo, new byte[] { 5 }))];
            Decision<RoundEvent, Effect> decision = RoundDecider.Decide(signing, new RoundCommand.SignaturesHeld(signing.Collection, held), Start);
            Assert.Equal(signatures < 4 ? nameof(RoundEvent.AttemptFailed) : nameof(RoundEvent.ListAgreed), Assert.Single(decision.Events).GetType().Name);
            Assert.Equal(signatures < 4 ? 0 : signatures, decision.Effects.OfType<Effect.Deliver>().Count(static asked => asked.Message is ProtocolMessage.UploadInput));
        }
    }

    [Fact]
    public void A_public_key_that_is_away_when_commitments_are_to_be_closed_is_asked_for_again()
    {
        RoundState committing = StateOf(RoundCkksCases.All, "Committing");
        Decision<RoundEvent, Effect> decision = RoundDecider.Decide(committing, new RoundCommand.SumUnreachable(committing.Collection, "the public key: away"), Start);
        Assert.Empty(decision.Events);
        Effect.StartTimer again = Assert.IsType<Effect.StartTimer>(Assert.Single(decision.Effects));
        Effect asked = Assert.Single(RoundDecider.Decide(committing, new RoundCommand.TimerDue(again.Id), Start).Effects);
        Assert.IsType<WorkItem.PublishCommitments>(Assert.IsType<Effect.Work>(asked).Item);
    }

    [Fact]
    public void At_the_end_of_the_job_a_site_deletes_its_public_key_and_a_step_that_was_under_way_leaves_no_secret()
    {
        SiloState holding = StateOf(SiloCases.KeyMaking, "Holding");
        Decision<SiloEvent, Effect> end = SiloDecider.Decide(holding, new SiloCommand.EndJob(), Start);
        Assert.Contains(holding.Keys.Values.Single().PublicKey, Erased(end).Blobs);
        SiloState erased = end.Events.Aggregate(holding, SiloDecider.Evolve);
        SiloCommand.KeyStepMade late = new(holding.KeyCeremony!.Epoch + 1, KeyStep.Enter, holding.KeyCeremony.Holders, default, Hash("late answer"), null);
        Decision<SiloEvent, Effect> decision = SiloDecider.Decide(erased, late, Start);
        Assert.Empty(decision.Events);
        Assert.True(Erased(decision).Newest > late.Epoch && Erased(decision).Needed.IsEmpty);
        Assert.Contains(late.Answer, Erased(decision).Blobs);
        Assert.Contains(SiloDecider.Outstanding(erased, Start), static owed => owed is Effect.Work { Item: WorkItem.EraseKeys { Newest: int.MaxValue } });
    }

    private static WorkItem.EraseKeys Erased(Decision<SiloEvent, Effect> decision) =>
        Assert.IsType<WorkItem.EraseKeys>(Assert.Single(decision.Effects.OfType<Effect.Work>(), static work => work.Item is WorkItem.EraseKeys).Item);

    [Fact]
    public void Before_all_openers_have_signed_others_are_drawn_for_the_same_sum()
    {
        foreach (string phase in new[] { "Opening, drawn", "Opening, evaluated" })
        {
            RoundState state = StateOf(RoundCkksCases.All, phase);
            SiloId present = state.Encryption.Openers[0];
            CeremonyStep step = state.Encryption.Evidence is null ? CeremonyStep.Challenge : CeremonyStep.Ready;
            Decision<RoundEvent, Effect> decision = RoundDecider.Decide(state, new AnswersLate(state).Of(step, present), Start);
            RoundEvent.OpenersDrawn drawn = Assert.IsType<RoundEvent.OpenersDrawn>(Assert.Single(decision.Events));
            Assert.Equal(state.Plan!.Ckks!.Threshold, drawn.Openers.Count);
            Assert.Empty(drawn.Openers.Intersect(state.Encryption.Openers.Remove(present)));
            Assert.True(drawn.Openers.IsSubsetOf(state.Confirmations.Select(static known => known.Silo)));
        }
    }

    [Fact]
    public void Openers_follow_from_list_and_names_alone()
    {
        SiloId[] all = [A, B, C, D, E];
        Assert.Equal(OpenerDraw.Of(Hash("list"), all, 2), OpenerDraw.Of(Hash("list"), all.Reverse(), 2));
        Assert.Null(OpenerDraw.Of(Hash("list"), all, 6));
        Assert.True(Enumerable.Range(0, 40).Select(i => string.Join(',', OpenerDraw.Of(Hash($"list {i}"), all, 2)!)).Distinct(StringComparer.Ordinal).Count() > 5);
    }

    [Fact]
    public void A_site_that_has_released_shares_encrypts_the_stored_vector_anew_and_computes_nothing()
    {
        SiloState shared = StateOf(SiloCkksCases.All, "Shared");
        SiloCommand.ReprotectInput reprotect = new(new(1, 2, "training"), new(1, 1, "training"), ContributionsTo(shared));
        Decision<SiloEvent, Effect> decision = SiloDecider.Decide(shared, reprotect, Start);
        WorkItem.EncryptInput encrypt = Assert.IsType<WorkItem.EncryptInput>(Assert.IsType<Effect.Work>(Assert.Single(decision.Effects)).Item);
        Assert.Equal(shared.Outbox.Values.Single().Contribution!.Hash, encrypt.Contribution);
        Assert.Null(encrypt.Upload);
    }

    [Fact]
    public void What_a_site_refuses_it_refuses_after_a_restart_and_without_its_secrets()
    {
        SiloState shared = StateOf(SiloCkksCases.All, "Shared");
        CollectionId id = new(1, 1, "training");
        SiloEncryption known = shared.Encryptions.Values.Single();
        StatedOpening first = new(ContributionsTo(shared), known.List!.Value, Hash("sum"), Hash("statement"), [A, B]);
        SiloCommand[] asked =
        [
            new SiloCommand.PrepareOpening(id, first with { Openers = [A, C] }, [A, B, C, D, E]),
            new SiloCommand.PrepareOpening(id, first with { Sum = Hash("one site's ciphertext") }, [A, B, C, D, E]),
            new SiloCommand.PrepareOpening(id, first with { Contributions = first.Contributions[..4] }, [A, B, C, D, E]),
            new SiloCommand.ReleaseOpening(id, first with { Openers = [A, C] }, Hash("evidence"), Hash("opening"), [A, C]),
            new SiloCommand.ConfirmContributors(id, first.Contributions[..4]),
            new SiloCommand.ConfirmContributors(id, [.. first.Contributions.Select(static m => m.Silo == D ? m with { Hash = Hash("another upload") } : m)]),   // the same names
            new SiloCommand.Invite(id with { Attempt = 2 }, shared.PlanHash, Hash("base")),
        ];
        Assert.All(asked, command =>
        {
            Decision<SiloEvent, Effect> decision = SiloDecider.Decide(shared, command, Start);
            Assert.Empty(decision.Events);
            Assert.IsType<Effect.Refused>(Assert.Single(decision.Effects));
        });
    }

    [Fact]
    public void After_the_round_is_settled_a_site_answers_nothing_about_it()
    {
        SiloState settled = StateOf(SiloCkksCases.All, "Settled");
        foreach ((string variant, Func<SiloState, SiloCommand> fit) in SiloCkksCases.All.Commands)
        {
            SiloCommand command = fit(settled);
            Decision<SiloEvent, Effect> decision = SiloDecider.Decide(settled, command, Start);
            Assert.Empty(decision.Events);
            Assert.DoesNotContain(decision.Effects, static effect => effect is Effect.Send { Message: ProtocolMessage.AnswerStep } or Effect.Deliver);
            Assert.True(decision.Effects.All(static effect => effect is not Effect.Work { Item: WorkItem.ReleaseOpening or WorkItem.DrawNonce or WorkItem.EncryptInput }), variant);
        }
    }

    [Fact]
    public void An_aggregator_adds_a_sealed_sum_again_only_for_the_very_contributors_that_are_in_it()
    {
        AggregationState state = AggregationDecider.Initial;
        CollectionId first = new(1, 1, "training"), second = new(1, 2, "training");
        CollectionRequest request = new(Job, first, Hash("plan"), Hash("base"), new SumShape(Vectors.RingWidth.Ring64, 2, Schema), [A, B, C], 3, 3, TimeSpan.FromMinutes(1), Retain: true, Hash("list"));
        ImmutableArray<UpdateManifest> sealedBefore = [.. new[] { A, B, C }.Select(silo => Manifest(silo, first, Hash("plan"), Hash("base")) with { Ceremony = Hash("list") })];
        (state, _, _) = When<AggregationDecider, AggregationState, AggregationCommand, AggregationEvent, Effect>(
            state, Start,
            [new AggregationCommand.OpenCollection(request), .. sealedBefore.Select(m => new AggregationCommand.UpdateArrived(first, m, null)), new AggregationCommand.SumStored(first, Hash("sum"))]);
        CollectionRequest again = request with { Collection = second, Ceremony = Hash("list 2"), Kept = [sealedBefore[2]] };
        Assert.IsType<AggregationEvent.CollectionOpened>(Assert.Single(AggregationDecider.Decide(state, new AggregationCommand.OpenCollection(again), Start).Events));
        foreach (CollectionRequest other in new[] { again with { Invited = [A, B] }, again with { Quorum = 2 }, again with { Kept = null }, again with { Kept = [sealedBefore[2] with { Hash = Hash("another") }] } })
            Assert.True(AggregationDecider.Decide(state, new AggregationCommand.OpenCollection(other), Start).IsNone);
    }

    /// <summary>Part 1 has a and c, part 2 has b, who does not encrypt anew. Under <c>assigned</c> an upload is longer than a sum.</summary>
    [Fact]
    public void Parts_of_a_fixed_set_get_what_is_kept_of_their_own_sites_and_close_at_once_where_that_is_all()
    {
        CollectionId id = new(1, 2, "training");
        UpdateManifest kept = Manifest(B, id with { Attempt = 1 }, Hash("plan"), Hash("base"), length: 24) with { Ceremony = Hash("list") };
        CollectionRequest whole = new(
            Job, id, Hash("plan"), Hash("base"), new SumShape(Vectors.RingWidth.Ring64, 2, Schema) { Terms = Hash("terms"), UploadBytes = 24, SumBytes = 20 }, [A, B, C], 3, 3, TimeSpan.FromMinutes(1), Retain: true, Hash("list 2"))
        {
            Kept = [kept],
        };
        JobPlan plan = Plan() with { Aggregators = 2 };
        Dictionary<NodeAddress, CollectionRequest> asked = AggregatorTree.Requests(plan, whole).ToDictionary(static pair => pair.To, static pair => pair.Request);
        CollectionRequest root = asked[NodeAddress.Aggregator], first = asked[NodeAddress.SubAggregator(1)], second = asked[NodeAddress.SubAggregator(2)];
        Assert.Equal<SiloId>([A, C], [.. first.Invited]);
        Assert.Equal<SiloId>([B], [.. second.Invited]);
        Assert.Empty(first.Kept!.Value);
        Assert.Equal(kept, Assert.Single(second.Kept!.Value));
        Assert.Equal(kept, Assert.Single(root.Kept!.Value));

        Decision<AggregationEvent, Effect> opened = AggregationDecider.Decide(AggregationDecider.Initial, new AggregationCommand.OpenCollection(second), Start);
        Assert.Equal([B], Assert.IsType<AggregationEvent.CollectionClosed>(opened.Events[^1]).Contributors);
        Assert.Equal([kept], Assert.IsType<WorkItem.SealSum>(opened.Effects.OfType<Effect.Work>().Single().Item).Contributions);
        Assert.DoesNotContain(opened.Effects, static effect => effect is Effect.StartTimer);

        AggregationState done = AggregationDecider.Evolve(opened.Events.Aggregate(AggregationDecider.Initial, AggregationDecider.Evolve), new AggregationEvent.SumSealed(id, [B], Hash("sum of 2")));
        ProtocolMessage.PartSealed told = Assert.IsType<ProtocolMessage.PartSealed>(Assert.IsType<Effect.Send>(Assert.Single(AggregationDecider.Decide(done, new AggregationCommand.OpenCollection(second), Start).Effects)).Message);
        Assert.Equal(20, told.Manifest.Length);

        AggregationState collecting = AggregationDecider.Decide(AggregationDecider.Initial, new AggregationCommand.OpenCollection(root), Start).Events.Aggregate(AggregationDecider.Initial, AggregationDecider.Evolve);
        Assert.Empty(collecting.Find(id)!.Accepted);   // what is kept lies with its part
        Decision<AggregationEvent, Effect> accepted = AggregationDecider.Decide(collecting, new AggregationCommand.PartArrived(told.Manifest, told.Contributions), Start);
        Assert.IsType<AggregationEvent.PartAccepted>(Assert.Single(accepted.Events));
        foreach (UpdateManifest other in new[] { kept with { Hash = Hash("another") }, kept with { Ceremony = Hash("list 2") } })
        {
            PartManifest forged = told.Manifest with { Contributions = CeremonyId.OfList(id, [other]) };
            Assert.Contains("another was sealed before", Assert.IsType<Effect.Refused>(Assert.Single(AggregationDecider.Decide(collecting, new AggregationCommand.PartArrived(forged, [other]), Start).Effects)).Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_sum_of_ciphertexts_goes_with_its_round_and_one_of_grid_words_stays()
    {
        CollectionId id = new(1, 1, "training");
        ImmutableArray<Digest> Dropped(Digest? terms)
        {
            CollectionRequest request = new(Job, id, Hash("plan"), Hash("base"), new SumShape(Vectors.RingWidth.Ring64, 2, Schema) { Terms = terms, UploadBytes = terms is null ? 0 : 16 }, [A, B, C], 3, 3, TimeSpan.FromMinutes(1), Retain: false);
            var (state, _, _) = When<AggregationDecider, AggregationState, AggregationCommand, AggregationEvent, Effect>(
                AggregationDecider.Initial, Start,
                [
                    new AggregationCommand.OpenCollection(request),
                    .. new[] { A, B, C }.Select(silo => new AggregationCommand.UpdateArrived(id, Manifest(silo, id, Hash("plan"), Hash("base")), null)),
                    new AggregationCommand.SumStored(id, Hash("sum")),
                ]);
            Assert.Equal(CollectionPhase.Sealed, Assert.Single(state.Collections).Value.Phase);
            Decision<AggregationEvent, Effect> released = AggregationDecider.Decide(state, new AggregationCommand.ReleaseRound(Job, 1, RetainFrom: 2), Start);
            return released.Effects.OfType<Effect.Work>().Select(static work => work.Item).OfType<WorkItem.DiscardRound>().Single().Dropped;
        }

        Assert.Equal([Hash("sum")], Dropped(Hash("terms")));
        Assert.Empty(Dropped(null));
    }

    [Fact]
    public void The_coordinator_drops_its_copy_of_the_sum_when_it_is_opened_or_encrypted_anew()
    {
        RoundState agreed = StateOf(RoundCkksCases.All, "Opening, agreed");
        Decision<RoundEvent, Effect> opened = RoundDecider.Decide(agreed, new RoundCommand.OpeningFinished(agreed.Collection, Hash("opened")), Start);
        Assert.IsType<RoundEvent.SumOpened>(Assert.Single(opened.Events));
        Assert.Contains(agreed.Sealed, DroppedBy(opened));
        RoundState again = RoundDecider.Decide(agreed, new AnswersLate(agreed).Shares, Start).Events.Aggregate(agreed, RoundDecider.Evolve);
        Assert.Contains(agreed.Sealed, again.Encryption.Published);
    }

    [Fact]
    public void When_the_last_attempt_at_a_sealed_sum_fails_nothing_that_was_published_stays()
    {
        RoundState fixedOn = StateOf(RoundCkksCases.All, "Committing, S fixed");
        RoundCommand.CommitmentsPublished few = Few(fixedOn, Hash("list that came to nothing"));
        Decision<RoundEvent, Effect> decision = RoundDecider.Decide(fixedOn, few, Start);
        RoundEvent stopped = Assert.IsType<RoundEvent.RoundStopped>(Assert.Single(decision.Events));
        Assert.Equal([.. fixedOn.Encryption.Published.Add(few.List).Add(few.Terms).Order()], DroppedBy(decision).Order());
        foreach (RoundCommand late in new[] { few, few with { List = fixedOn.Encryption.EarlierList!.Value } })   // work that began before makes again what was deleted
        {
            Effect again = Assert.Single(RoundDecider.Decide(RoundDecider.Evolve(fixedOn, stopped), late, Start).Effects);
            Assert.Equal([((RoundCommand.CommitmentsPublished)late).List, few.Terms], Assert.IsType<WorkItem.DropPublished>(Assert.IsType<Effect.Work>(again).Item).Blobs);
        }
    }

    [Fact]
    public void A_list_that_nobody_renewed_is_the_sealed_one_and_stays_for_the_next_attempt()
    {
        RoundState waiting = StateOf(RoundCkksCases.All, "BackingOff, S fixed");
        RoundState again = RoundDecider.Decide(waiting, new RoundCommand.TimerDue($"retry/{waiting.Collection}"), Start).Events.Aggregate(waiting, RoundDecider.Evolve);
        RoundState patient = again with { Plan = again.Plan! with { MaxAttempts = 4 } };
        Digest kept = patient.Encryption.EarlierList!.Value;
        RoundCommand.CommitmentsPublished nobody = Few(patient, kept) with { Fresh = [] };
        Decision<RoundEvent, Effect> decision = RoundDecider.Decide(patient, nobody, Start);
        RoundState next = decision.Events.Aggregate(patient, RoundDecider.Evolve);
        Assert.Equal(RoundPhase.BackingOff, next.Phase);
        Assert.Equal([nobody.Terms], DroppedBy(decision));
        Assert.Empty(RoundDecider.Decide(next, nobody with { Terms = next.Encryption.Published[1] }, Start).Effects);   // a second one of the same
    }

    [Fact]
    public void A_round_that_stops_between_attempts_at_a_sealed_sum_keeps_nothing_that_was_published()
    {
        RoundState waiting = StateOf(RoundCkksCases.All, "BackingOff, S fixed") with { Rejections = RoundDecider.RejectionsMax };
        Decision<RoundEvent, Effect> decision = RoundDecider.Decide(waiting, new RoundCommand.SumUnreachable(waiting.Collection, "away"), Start);
        Assert.IsType<RoundEvent.RoundStopped>(Assert.Single(decision.Events));
        Assert.NotEmpty(waiting.Encryption.Published);
        Assert.Equal(waiting.Encryption.Published.Order(), DroppedBy(decision).Order());
    }

    private static RoundCommand.CommitmentsPublished Few(RoundState state, Digest list) => new(state.Collection, state.Invited, [A], list, Hash("terms that came to nothing"), 640);

    private static ImmutableArray<Digest> DroppedBy(Decision<RoundEvent, Effect> decision) =>
        decision.Effects.OfType<Effect.Work>().Select(static work => work.Item).OfType<WorkItem.DropCeremony>().Single().Blobs;

    private static ImmutableArray<UpdateManifest> ContributionsTo(SiloState state) =>
        [.. new[] { A, B, C, D, E }.Select(silo => Manifest(silo, new(1, 1, "training"), state.PlanHash, Hash("base"), "upload of 1", length: 640) with { Ceremony = Hash("list of 1") })];

    private static TState StateOf<TDecider, TState, TCommand, TEvent>(DeciderCases<TDecider, TState, TCommand, TEvent> cases, string phase)
        where TDecider : IDecider<TState, TCommand, TEvent, Effect>
        where TCommand : notnull
        where TEvent : notnull => cases.Phases.First(known => known.Phase == phase).State;

    /// <summary>Answers about the opening under way whose time is over.</summary>
    private sealed record AnswersLate(RoundState State)
    {
        public RoundCommand Shares => Of(CeremonyStep.Share, State.Encryption.Openers[0]);

        public RoundCommand Of(CeremonyStep step, SiloId present) => new RoundCommand.AnswersHeld(State.Collection, step, [present], [])
        {
            Opening = new StatedOpening(State.Contributions, State.Encryption.List, State.Sealed, State.Encryption.Statement!.Value, State.Encryption.Openers).HashOf(State.Collection),
            IsLate = true,
        };
    }
}
