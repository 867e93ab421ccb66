using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Xunit;
using static Fed.Actors.Protocol.Silo.SiloCommand;
using static Fed.Actors.Tests.Protocol.Given;

namespace Fed.Actors.Tests.Protocol;

/// <summary>Under a common key: what sites are shown of each other's words when a round is over, what they tell each other of it, and what becomes of one that came back from an old copy.</summary>
public sealed class CkksEpochTests
{
    private static readonly JobPlan ThePlan = CkksPlan();
    private static readonly ImmutableSortedSet<SiloId> Everybody = [A, B, C, D, E];
    private static readonly CollectiveKey FirstKey = new(1, Hash("key 1"), Hash("public key 1"), Everybody), SecondKey = new(2, Hash("key 2"), Hash("public key 2"), Everybody);

    [Fact]
    public void Epochs_that_others_signed_are_journaled_when_the_round_is_settled_and_told_with_the_next_word()
    {
        SiloState state = Confirmed(Holding(A), 1);
        ImmutableSortedDictionary<SiloId, SiteEpoch> words = Words(1, Confirmed(Holding(B), 1), Confirmed(Holding(C), 1), Confirmed(Holding(D), 1), state);
        (state, List<SiloEvent> events, _) = Run(state, Close(1, words));
        SiloEvent.RoundSettled settled = Assert.IsType<SiloEvent.RoundSettled>(Assert.Single(events));
        Assert.Equal([B, C, D], settled.Epochs!.Keys);

        StepAnswer answer = WordOf(Run(Signed(state, 2), new ConfirmContributors(Id(2), List(2))).Effects);
        Confirmation word = answer.ConfirmationOf(CeremonyId.OfList(Id(2), List(2)), ThePlan.Roster.Length)!;
        Assert.Equal((2, words[B], words[C], default), (word.Epoch.Number, EpochMemory.Told(word.Heard, ThePlan.Silos, B), EpochMemory.Told(word.Heard, ThePlan.Silos, C), EpochMemory.Told(word.Heard, ThePlan.Silos, E)));
        Assert.Null(answer.ConfirmationOf(CeremonyId.OfList(Id(2), List(2)), heardOf: 3));
        Assert.Equal(default, EpochMemory.Told(word.Heard, ThePlan.Silos, new SiloId("stranger")));
        Assert.Equal(default, EpochMemory.Told(word.Heard!.Value[1..], ThePlan.Silos, B));
    }

    /// <summary>With a key made in the middle of a round its peers' words about a site would be gone, and what it has forgotten of the round with them: it could confirm a second set of contributors.</summary>
    [Fact]
    public void No_site_takes_part_in_making_a_key_while_a_round_of_its_own_is_under_way()
    {
        SiloState said = Confirmed(Holding(A), 1), restored = Run(Signed(Holding(A), 1), Prepare(1) with { Own = said.Epochs.Own.After(Hash("later")) }).State;
        Assert.NotNull(restored.Restored);
        AskKeyStep enter = new(2, KeyStep.Enter, Everybody, default);
        foreach (SiloState inRound in new[] { Signed(Holding(A), 1), said, restored })
        {
            (_, List<SiloEvent> events, List<Effect> effects) = Run(inRound, enter);
            Assert.Empty(events);
            Assert.Contains("in the middle of round 1", Assert.IsType<Effect.Refused>(Assert.Single(effects)).Reason, StringComparison.Ordinal);
            SiloState between = Run(inRound, Close(1, ImmutableSortedDictionary<SiloId, SiteEpoch>.Empty) with { Committed = false }).State;
            Assert.Contains(Run(between, enter).Effects, static effect => effect is Effect.Work { Item: WorkItem.TakeKeyStep });
        }

        (SiloState after, List<SiloEvent> late, _) = Run(said, new KeyStepMade(2, KeyStep.Accept, Everybody, Hash("given"), Hash("answer"), SecondKey));   // asked before the round began
        Assert.IsType<SiloEvent.KeyAbandoned>(Assert.Single(late));
        Assert.DoesNotContain(2, after.Keys.Keys);
    }

    [Fact]
    public void A_committed_round_is_not_settled_before_as_many_words_are_shown_as_had_to_be_given()
    {
        SiloState state = Confirmed(Holding(A), 1);
        (SiloState same, List<SiloEvent> events, List<Effect> effects) = Run(state, Close(1, Words(1, state, Confirmed(Holding(B), 1), Confirmed(Holding(C), 1))));
        Assert.Empty(events);
        Assert.Contains("3 of the words", Assert.IsType<Effect.Refused>(Assert.Single(effects)).Reason, StringComparison.Ordinal);
        Assert.Equal(-1, same.SettledRound);
        Assert.Equal(1, Run(state, Close(1, ImmutableSortedDictionary<SiloId, SiteEpoch>.Empty) with { Committed = false }).State.SettledRound);   // of a failed round nobody has to be shown anything
        Assert.Equal(1, Run(Signed(Holding(A), 1), Close(1, ImmutableSortedDictionary<SiloId, SiteEpoch>.Empty)).State.SettledRound);   // nor where it has given no word
    }

    [Fact]
    public void A_site_restored_to_before_its_word_sees_it_at_the_end_of_the_round()
    {
        SiloState copy = Signed(Holding(A), 1), said = Confirmed(Holding(A), 1);
        (SiloState restored, List<SiloEvent> events, List<Effect> effects) = Run(copy, Close(1, Words(1, said, Confirmed(Holding(B), 1), Confirmed(Holding(C), 1), Confirmed(Holding(D), 1))));
        SiloEvent.RestoreNoticed noticed = Assert.IsType<SiloEvent.RestoreNoticed>(events[0]);
        Assert.Equal((A, 1, 0), (noticed.Peer, noticed.Heard.Number, noticed.Own.Number));
        Assert.IsType<SiloEvent.RoundSettled>(events[1]);
        Assert.Contains(effects, static effect => effect is Effect.Send { Message: ProtocolMessage.AskRekeying });
        Assert.Equal(1, restored.SettledRound);
        (_, events, effects) = Run(restored, new Invite(Id(2), restored.PlanHash, Base(2)));
        Assert.Empty(events);
        Assert.DoesNotContain(effects, static effect => effect is Effect.Work);
        Assert.Contains(effects, static effect => effect is Effect.Send { Message: ProtocolMessage.AskRekeying });
    }

    /// <summary>The copy is from before round 1; the others have heard of what the site said in it, and say so with their words of round 2, before any share of it leaves.</summary>
    [Fact]
    public void A_site_restored_to_before_a_round_hears_of_it_from_those_who_confirm_and_releases_nothing()
    {
        SiloState opener = Signed(Holding(A) with { SettledRound = 1 }, 2), said = Confirmed(Holding(A), 1);
        SiteEpoch heard = said.Epochs.Own;
        foreach (int tell in new[] { 1, 2 })
        {
            SiloId[] telling = [.. Everybody.Remove(A).Take(tell)];
            PrepareOpening prepare = Prepare(2) with { Heard = Everybody.Remove(A).ToImmutableSortedDictionary(static peer => peer, peer => telling.Contains(peer) ? heard : default) };
            (SiloState after, List<SiloEvent> events, List<Effect> effects) = Run(opener, prepare);
            if (tell <= ThePlan.Ckks!.Colluding)
            {
                Assert.Null(after.Restored);
                Assert.Contains(effects, static effect => effect is Effect.Work { Item: WorkItem.DrawNonce });
                continue;
            }

            Assert.Equal(["RestoreNoticed", "AttemptAbandoned"], events.Select(static e => e.GetType().Name));
            Assert.DoesNotContain(effects, static effect => effect is Effect.Work or Effect.Deliver);
            foreach (SiloCommand asked in new SiloCommand[]
            {
                prepare, new SignList(Id(2), Everybody, Hash("list of 2")), new UploadInput(Id(2), Base(2), Hash("list of 2"), Everybody), new ConfirmContributors(Id(2), List(2)), new VerifyOpening(Id(2), Opening(2), Hash("evidence")),
                new ReleaseOpening(Id(2), Opening(2), Hash("evidence"), Hash("opening"), [A, B]), new ReprotectInput(Id(2) with { Attempt = 2 }, Id(2), List(2)), new Invite(Id(2) with { Attempt = 2 }, after.PlanHash, Base(2)),
            })
            {
                (_, events, effects) = Run(after, asked);
                Assert.Empty(events);
                Assert.Contains(effects, static effect => effect is Effect.Send { Message: ProtocolMessage.AskRekeying });
                Assert.DoesNotContain(effects, static effect => effect is Effect.Work or Effect.Deliver);
            }
        }
    }

    [Fact]
    public void A_word_that_the_site_forgot_and_would_give_again_is_no_restore_and_another_is()
    {
        SiloState copy = Signed(Holding(A), 1);
        SiteEpoch own = Confirmed(Holding(A), 1).Epochs.Own;
        Assert.Null(Run(copy, Prepare(1) with { Own = own }).State.Restored);
        Assert.NotNull(Run(copy, Prepare(1) with { Own = own.After(Hash("a later list")) }).State.Restored);
    }

    [Fact]
    public void With_a_new_key_a_restored_site_takes_part_again_and_nobody_remembers_epochs_of_the_one_before()
    {
        SiloState restored = Holding(A) with { Restored = new SiloEvent.RestoreNoticed(Id(1), B, new SiteEpoch(3, Hash("mark")), default), SettledRound = 1 };
        SiloState other = Run(Confirmed(Holding(B), 1), Close(1, Words(1, Confirmed(Holding(A), 1), Confirmed(Holding(B), 1), Confirmed(Holding(C), 1), Confirmed(Holding(D), 1)))).State;
        Assert.NotEmpty(other.Epochs.Peers);
        (SiloState next, SiloState peer) = (SiloDecider.Evolve(restored, new SiloEvent.KeyHeld(SecondKey)), SiloDecider.Evolve(other, new SiloEvent.KeyHeld(SecondKey)));
        Assert.Null(next.Restored);
        Assert.True(next.Epochs.Own.Number == 0 && peer.Epochs.Own.Number == 0 && peer.Epochs.Peers.IsEmpty);
        Assert.Contains(Run(next, new Invite(Id(2), next.PlanHash, Base(2))).Effects, static effect => effect is Effect.Work { Item: WorkItem.ComputeContribution });
    }

    /// <summary>It would compute from a state of its own that a committed round has replaced since, and no key brings that back.</summary>
    [Fact]
    public void A_site_that_has_forgotten_a_round_it_settled_hears_of_it_with_the_next_invitation_and_stays_out_under_every_key()
    {
        SiloState copy = Signed(Holding(A), 1);   // in the middle of round 1, which it has settled since
        (SiloState restored, List<SiloEvent> events, List<Effect> effects) = Run(copy, new Invite(Id(2), copy.PlanHash, Base(2)) { Settled = 1 });
        SiloEvent.RestoreNoticed noticed = Assert.IsType<SiloEvent.RestoreNoticed>(events[0]);
        Assert.Equal((A, 1), (noticed.Peer, noticed.Settled));
        Assert.Equal(Id(1), Assert.IsType<SiloEvent.AttemptAbandoned>(Assert.Single(events.Skip(1))).Collection);
        StaysOut(effects);
        StaysOut(Run(restored, Prepare(1)).Effects);

        SiloState rekeyed = SiloDecider.Evolve(restored, new SiloEvent.KeyHeld(SecondKey));
        (_, events, effects) = Run(rekeyed, new Invite(Id(3), rekeyed.PlanHash, Base(3)) { Settled = 2 });
        Assert.Empty(events);
        StaysOut(effects);
    }

    [Fact]
    public void A_site_that_has_forgotten_a_round_it_settled_or_contributed_to_hears_of_it_with_the_end_of_the_next_one()
    {
        ImmutableSortedDictionary<SiloId, SiteEpoch> none = ImmutableSortedDictionary<SiloId, SiteEpoch>.Empty;
        SiloState between = Holding(A) with { SettledRound = 0 };
        foreach ((CloseRound close, int missed) in new[] { (Close(2, none) with { Settled = 1, Contributors = Close(2, none).Contributors.Clear() }, 1), (Close(1, none), 1) })
        {
            (SiloState settled, List<SiloEvent> events, List<Effect> effects) = Run(between, close);
            Assert.Equal(["RestoreNoticed", "RoundSettled"], events.Select(static e => e.GetType().Name));
            Assert.Equal((missed, close.Round), (settled.Restored!.Settled, settled.SettledRound));
            Assert.Contains(effects, static effect => effect is Effect.Send { Message: ProtocolMessage.RoundSettled });
            StaysOut(effects.Where(static effect => effect is not Effect.Work));
            StaysOut(Run(SiloDecider.Evolve(settled, new SiloEvent.KeyHeld(SecondKey)), new Invite(Id(3), settled.PlanHash, Base(3)) { Settled = close.Round }).Effects);
        }
    }

    [Fact]
    public void A_site_that_knows_of_a_forgotten_word_still_finds_out_that_it_has_forgotten_a_round()
    {
        SiloState restored = Holding(A) with { Restored = new SiloEvent.RestoreNoticed(Id(1), B, new SiteEpoch(3, Hash("mark")), default), SettledRound = 0 };
        (SiloState state, List<SiloEvent> events, _) = Run(restored, new Invite(Id(2), restored.PlanHash, Base(2)) { Settled = 1 });
        Assert.Equal(1, Assert.IsType<SiloEvent.RestoreNoticed>(Assert.Single(events)).Settled);
        Assert.NotNull(SiloDecider.Evolve(state, new SiloEvent.KeyHeld(SecondKey)).Restored);
    }

    /// <summary>The end of a round that reaches a site when it holds the next key: its words are of the memory before.</summary>
    [Fact]
    public void Words_under_an_older_key_are_not_taken_for_words_under_the_present_one()
    {
        SiloState late = SiloDecider.Evolve(Confirmed(Holding(A), 1), new SiloEvent.KeyHeld(SecondKey));
        (SiloState state, List<SiloEvent> events, _) = Run(late, Close(1, Words(1, Confirmed(Holding(A), 1), Confirmed(Holding(B), 1), Confirmed(Holding(C), 1), Confirmed(Holding(D), 1))));
        Assert.Null(Assert.IsType<SiloEvent.RoundSettled>(Assert.Single(events)).Epochs);
        Assert.True(state.Restored is null && state.Epochs.Peers.IsEmpty);
    }

    [Fact]
    public void Every_site_is_shown_who_confirmed_each_sum_of_a_committed_round_and_the_job_who_asks_for_new_keys()
    {
        RoundState opening = RoundCkksCases.All.Phases.First(static known => known.Phase == "Opening, agreed").State;
        (RoundState state, _, _) = When<RoundDecider, RoundState, RoundCommand, RoundEvent, Effect>(
            opening, Start, new RoundCommand.RekeyingAsked(C, D, new SiteEpoch(2, Hash("mark")), default), new RoundCommand.OpeningFinished(opening.Collection, Hash("opened")));
        ConfirmedSum sum = Assert.Single(state.Confirmed);
        Assert.Equal((opening.Collection, CeremonyId.OfList(opening.Collection, opening.Contributions)), (sum.Collection, sum.List));
        Assert.Equal(opening.Confirmations, sum.Words);
        StepSummary step = new(Hash("state"), "model", ImmutableSortedDictionary<string, double>.Empty, null);
        (state, _, List<Effect> effects) = When<RoundDecider, RoundState, RoundCommand, RoundEvent, Effect>(state, Start, new RoundCommand.StepFinished(state.Collection, step));
        Assert.Equal(RoundPhase.Committed, state.Phase);
        ProtocolMessage[] told = [.. effects.Select(static effect => effect switch { Effect.Deliver deliver => deliver.Message, Effect.Send send => send.Message, _ => null }).OfType<ProtocolMessage>()];
        Assert.All(told.OfType<ProtocolMessage.CloseRound>(), close => Assert.Same(sum, Assert.Single(close.Confirmed)));
        Assert.Equal([C], Assert.Single(told.OfType<ProtocolMessage.RoundReport>()).Outcome.Restored);
        Assert.Empty(RoundDecider.Evolve(state, new RoundEvent.RoundPlanned(state.Round + 1, Hash("state"), Start, SecondKey)).Restored);
        Assert.Equal([C], RoundDecider.Evolve(state, new RoundEvent.RoundPlanned(state.Round + 1, Hash("state"), Start, state.Key)).Restored);
    }

    private static void StaysOut(IEnumerable<Effect> effects)
    {
        Assert.Contains(effects, static effect => effect is Effect.Send { Message: ProtocolMessage.AskRekeying });
        Assert.DoesNotContain(effects, static effect => effect is Effect.Work or Effect.Deliver);
    }

    private static CollectionId Id(int round) => new(round, 1, "training");

    private static Digest Base(int round) => Hash($"base {round}");

    private static SiloState Holding(SiloId self) => new SiloEvent[] { new SiloEvent.PlanApproved(ThePlan, ThePlan.ComputeHash(), self), new SiloEvent.KeyHeld(FirstKey) }.Aggregate(SiloDecider.Initial, SiloDecider.Evolve);

    private static SiloState Signed(SiloState state, int round) => Run(
        state,
        new ContributionComputed(Id(round), Base(round), new StoredContribution(Hash("vector"), 16, 2, null)),
        new InputEncrypted(Id(round), 1, new byte[] { 1 }, Hash($"commitment of {round}"), Hash($"upload of {round} of {state.Silo}"), 640, []),
        new ListApproved(Id(round), Everybody, Hash($"list of {round}")),
        new UploadInput(Id(round), Base(round), Hash($"list of {round}"), Everybody)).State;

    private static SiloState Confirmed(SiloState state, int round) => Run(Signed(state, round), new ConfirmContributors(Id(round), List(round))).State;

    private static ImmutableArray<UpdateManifest> List(int round) =>
        [.. Everybody.Select(silo => Manifest(silo, Id(round), ThePlan.ComputeHash(), Base(round), $"upload of {round}", length: 640) with { Ceremony = Hash($"list of {round}") })];

    private static StatedOpening Opening(int round) => new(List(round), Hash($"list of {round}"), Hash("sum"), Hash("statement"), [A, B]);

    private static PrepareOpening Prepare(int round) => new(Id(round), Opening(round), Everybody);

    private static StepAnswer WordOf(IEnumerable<Effect> effects) => effects.OfType<Effect.Send>().Select(static send => send.Message).OfType<ProtocolMessage.AnswerStep>().Single().Answer;

    private static ImmutableSortedDictionary<SiloId, SiteEpoch> Words(int round, params SiloState[] of) =>
        of.ToImmutableSortedDictionary(static state => state.Silo, state => state.Confirmed[(round, "training")].Epoch);

    private static CloseRound Close(int round, ImmutableSortedDictionary<SiloId, SiteEpoch> words) => new(
        round, true, ImmutableSortedDictionary<string, ImmutableSortedSet<SiloId>>.Empty.Add("training", Everybody), new SignedHead("round/test-1", 9, Hash("head"), Hash("key"), [1, 2, 3]))
    {
        Confirmed = ImmutableSortedDictionary<string, ImmutableSortedDictionary<SiloId, SiteEpoch>>.Empty.Add("training", words),
    };

    private static (SiloState State, List<SiloEvent> Events, List<Effect> Effects) Run(SiloState state, params SiloCommand[] commands) =>
        When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(state, Start, commands);
}
