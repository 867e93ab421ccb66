using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;
using Xunit;
using static Fed.Actors.Protocol.Silo.SiloCommand;
using static Fed.Actors.Tests.Protocol.Given;

namespace Fed.Actors.Tests.Protocol;

/// <summary>Two sites of four and what they hear of each other, round after round; then one of them comes back from an old copy.</summary>
public sealed class SiteEpochTests
{
    private static readonly JobPlan ThePlan = SecAggPlan() with { Rounds = 3 };
    private static readonly ImmutableSortedSet<SiloId> Everybody = [A, B, C, D];

    [Fact]
    public void Epochs_of_equal_histories_are_equal_and_of_others_never_again()
    {
        SiteEpoch none = default, one = none.After(Hash("list 1"));
        Assert.Equal(one, none.After(Hash("list 1")));
        Assert.NotEqual(one, none.After(Hash("list 2")));
        Assert.NotEqual(one.After(Hash("list 3")), none.After(Hash("list 2")).After(Hash("list 3")));
        Assert.Equal(one, SiteEpoch.Read(one.ToBytes()));
        Assert.Null(SiteEpoch.Read(one.ToBytes().AsSpan(1)));
    }

    [Fact]
    public void A_memory_knows_each_of_its_own_epochs_and_no_other()
    {
        EpochMemory memory = EpochMemory.None.Confirm(Hash("list 1")).Confirm(Hash("list 2"));
        Assert.True(memory.Knows(default) && memory.Knows(default(SiteEpoch).After(Hash("list 1"))) && memory.Knows(memory.Own));
        Assert.False(memory.Knows(memory.Own.After(Hash("list 3"))));
        Assert.False(memory.Knows(default(SiteEpoch).After(Hash("another list"))));
        Assert.False(memory.Knows(new SiteEpoch(-1, default)));
    }

    [Fact]
    public void A_site_with_its_whole_memory_is_told_nothing_new()
    {
        SiloState a = Approved(A), b = Approved(B);
        for (int round = 1; round <= 3; round++) (a, b) = (Round(a, b, round, b.Epochs.Peers.GetValueOrDefault(A)), Round(b, a, round, a.Epochs.Peers.GetValueOrDefault(B)));
        Assert.Equal(3, a.Epochs.Own.Number);
        Assert.Null(a.Restored);
        Assert.Equal(2, b.Epochs.Peers[A].Number);   // of the third list it heard when it had released for it itself: the other side's word was not there yet
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_site_restored_to_before_its_word_hears_of_it_from_its_peers_and_says_nothing_more(int roundsOfTheCopy)
    {
        SiloState copy = Approved(A), a = copy, b = Approved(B);
        for (int round = 1; round <= 2; round++)
        {
            SiloState before = a;
            a = Round(a, b, round, b.Epochs.Peers.GetValueOrDefault(A));
            b = Round(b, before, round, before.Epochs.Peers.GetValueOrDefault(B), a);
            if (round == roundsOfTheCopy) copy = a;
        }

        // The next round, with the copy: two peers of three have heard of its second list.
        CollectionId id = new(3, 1, "training");
        SiteEpoch heard = b.Epochs.Peers[A];
        Assert.Equal(2, heard.Number);
        SiloState masking = Masking(copy, id);
        (SiloState restored, List<SiloEvent> events, List<Effect> effects) = When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(
            masking, Start, new InputMade(id, Everybody, Hash("shares"), Hash("upload"), 16) { Heard = Told(heard, B, C) });
        SiloEvent.RestoreNoticed noticed = Assert.IsType<SiloEvent.RestoreNoticed>(events[0]);
        Assert.Equal((B, heard, copy.Epochs.Own), (noticed.Peer, noticed.Heard, noticed.Own));
        Assert.IsType<SiloEvent.AttemptAbandoned>(events[1]);
        Assert.DoesNotContain(effects, static effect => effect is Effect.Deliver);
        Assert.Contains(effects, static effect => effect is Effect.Send { Message: ProtocolMessage.AskRekeying });
        Assert.Contains(effects, static effect => effect is Effect.Work { Item: WorkItem.EraseSecrets });

        // Whatever it is asked, in this attempt and in any other: it asks for re-keying.
        foreach (SiloCommand asked in new SiloCommand[]
        {
            new ShareKeys(id, Everybody, Hash("adverts")),
            new MaskInput(id, Everybody, Hash("shares")),
            new ConfirmContributors(id, List(masking, id)),
            new ReleaseShares(id, List(masking, id), ImmutableSortedDictionary<SiloId, SiteEpoch>.Empty),
            new KeysMade(id with { Attempt = 2 }, new byte[] { 2 }),
            new Invite(id with { Attempt = 2 }, restored.PlanHash, Hash("base")),
        })
        {
            Decision<SiloEvent, Effect> answer = SiloDecider.Decide(restored, asked, Start);
            Assert.Empty(answer.Events);
            Assert.Contains(answer.Effects, static effect => effect is Effect.Send { Message: ProtocolMessage.AskRekeying });
            Assert.DoesNotContain(answer.Effects, static effect => effect is Effect.Work or Effect.Deliver);
        }
    }

    [Fact]
    public void A_site_that_has_forgotten_a_round_it_settled_hears_of_it_with_the_next_invitation_and_stays_out()
    {
        CollectionId id = new(1, 1, "training");
        SiloState copy = Masked(Approved(A), id, default);   // in the middle of round 1, which it has settled since
        Invite invite = new(new(2, 1, "training"), copy.PlanHash, Hash("base")) { Settled = 1 };
        (SiloState restored, List<SiloEvent> events, List<Effect> effects) = When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(copy, Start, invite);
        SiloEvent.RestoreNoticed noticed = Assert.IsType<SiloEvent.RestoreNoticed>(events[0]);
        Assert.Equal((A, 1), (noticed.Peer, noticed.Settled));
        Assert.Equal(id, Assert.IsType<SiloEvent.AttemptAbandoned>(events[1]).Collection);
        Assert.Contains(effects, static effect => effect is Effect.Send { Message: ProtocolMessage.AskRekeying { Settled: 1 } });
        Assert.Contains(effects, static effect => effect is Effect.Work { Item: WorkItem.EraseSecrets });
        Assert.DoesNotContain(effects, static effect => effect is Effect.Deliver or Effect.Work { Item: WorkItem.ComputeContribution });
        Assert.Empty(When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(restored, Start, new ReleaseShares(id, List(copy, id), ImmutableSortedDictionary<SiloId, SiteEpoch>.Empty)).Item2);

        // The end of the next round settles what it has forgotten, too.
        CloseRound close = new(2, false, ImmutableSortedDictionary<string, ImmutableSortedSet<SiloId>>.Empty.WithComparers(StringComparer.Ordinal), null);
        (SiloState settled, List<SiloEvent> ends, List<Effect> last) = When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(restored, Start, close);
        Assert.IsType<SiloEvent.RoundSettled>(Assert.Single(ends));
        Assert.Empty(settled.Outbox);
        Assert.Contains(last, static effect => effect is Effect.Send { Message: ProtocolMessage.RoundSettled { Round: 2 } });
    }

    /// <summary>It would settle the round, and never learn that it has missed what went before: neither its word, nor the state that it promoted.</summary>
    [Fact]
    public void A_site_that_has_forgotten_a_round_it_settled_hears_of_it_with_the_end_of_the_next_one()
    {
        SiloState copy = Approved(A) with { SettledRound = 0 };
        CloseRound close = new(2, true, ImmutableSortedDictionary<string, ImmutableSortedSet<SiloId>>.Empty.WithComparers(StringComparer.Ordinal), null) { Settled = 1 };
        (SiloState settled, List<SiloEvent> events, List<Effect> effects) = When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(copy, Start, close);
        Assert.Equal(["RestoreNoticed", "RoundSettled"], events.Select(static e => e.GetType().Name));
        Assert.Equal((1, 2), (settled.Restored!.Settled, settled.SettledRound));
        Assert.Contains(effects, static effect => effect is Effect.Send { Message: ProtocolMessage.AskRekeying { Settled: 1 } });
        Assert.Contains(effects, static effect => effect is Effect.Send { Message: ProtocolMessage.RoundSettled { Round: 2 } });
    }

    [Fact]
    public void An_invitation_that_tells_of_no_more_rounds_than_a_site_knows_is_followed()
    {
        SiloState state = Approved(A) with { SettledRound = 1 };
        (_, List<SiloEvent> events, List<Effect> effects) = When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(state, Start, new Invite(new(2, 1, "training"), state.PlanHash, Hash("base")) { Settled = 1 });
        Assert.Empty(events);
        Assert.Contains(effects, static effect => effect is Effect.Work { Item: WorkItem.ComputeContribution });
    }

    [Fact]
    public void One_peer_that_lies_does_not_shut_a_site_out()
    {
        CollectionId id = new(1, 1, "training");
        InputMade made = new(id, Everybody, Hash("shares"), Hash("upload"), 16) { Heard = Told(new SiteEpoch(7, Hash("made up")), B) };
        (SiloState state, List<SiloEvent> events, _) = When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(Masking(Approved(A), id), Start, made);
        Assert.IsType<SiloEvent.InputMasked>(Assert.Single(events));
        Assert.Null(state.Restored);
    }

    [Fact]
    public void A_site_that_forgot_its_word_for_this_very_list_gives_it_again()
    {
        CollectionId id = new(1, 1, "training");
        SiloState masked = Masked(Approved(A), id, default);
        ImmutableArray<UpdateManifest> list = List(masked, id);
        SiloState said = SiloDecider.Evolve(masked, Assert.Single(SiloDecider.Decide(masked, new ConfirmContributors(id, list), Start).Events));
        ImmutableSortedDictionary<SiloId, SiteEpoch> confirmed = Confirmed(list, id, said.Epochs.Own);
        Decision<SiloEvent, Effect> again = SiloDecider.Decide(masked, new ReleaseShares(id, list, confirmed), Start);
        Assert.Equal(["ContributorsConfirmed", "SharesReleased"], again.Events.Select(static e => e.GetType().Name));
        Decision<SiloEvent, Effect> other = SiloDecider.Decide(masked, new ReleaseShares(id, list, confirmed.SetItem(A, new SiteEpoch(2, Hash("a later mark")))), Start);
        Assert.IsType<SiloEvent.RestoreNoticed>(other.Events[0]);
    }

    private static SiloState Approved(SiloId self) => SiloDecider.Evolve(SiloDecider.Initial, new SiloEvent.PlanApproved(ThePlan, ThePlan.ComputeHash(), self));

    private static SiloState Masking(SiloState state, CollectionId id) => When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(
        state with { SettledRound = id.Round - 1, Outbox = state.Outbox.Clear(), Ceremonies = state.Ceremonies.Clear(), Confirmed = state.Confirmed.Clear() },
        Start,
        new ContributionComputed(id, Hash("base"), new StoredContribution(Hash("vector"), 16, 0, null)),
        new KeysMade(id, new byte[] { 1 }),
        new SharesMade(id, Everybody, Hash("adverts"), new byte[] { 3 })).State;

    private static SiloState Masked(SiloState state, CollectionId id, SiteEpoch heard)
    {
        InputMade made = new(id, Everybody, Hash("shares"), Hash($"upload of {state.Silo}"), 16) { Heard = Told(heard, [.. Everybody.Remove(state.Silo)], state.Silo) };
        return When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(Masking(state, id), Start, made).State;
    }

    /// <summary>A whole round at a site, whose peers tell it this of itself, and which is shown the word of another.</summary>
    private static SiloState Round(SiloState state, SiloState other, int round, SiteEpoch heard, SiloState? otherNow = null)
    {
        CollectionId id = new(round, 1, "training");
        SiloState masked = Masked(state, id, heard);
        ImmutableArray<UpdateManifest> list = List(masked, id);
        ImmutableSortedDictionary<SiloId, SiteEpoch> confirmed = Confirmed(list, id, state.Epochs.Own.After(CeremonyId.OfList(id, list)), state.Silo)
            .SetItem(other.Silo, otherNow?.Epochs.Own ?? other.Epochs.Own);
        return When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(masked, Start, new ConfirmContributors(id, list), new ReleaseShares(id, list, confirmed)).State;
    }

    private static ImmutableSortedDictionary<SiloId, SiteEpoch> Told(SiteEpoch epoch, params SiloId[] by) => Told(epoch, by, A);

    private static ImmutableSortedDictionary<SiloId, SiteEpoch> Told(SiteEpoch epoch, SiloId[] by, SiloId self) =>
        Everybody.Remove(self).ToImmutableSortedDictionary(static peer => peer, peer => by.Contains(peer) ? epoch : default);

    private static ImmutableSortedDictionary<SiloId, SiteEpoch> Confirmed(ImmutableArray<UpdateManifest> list, CollectionId id, SiteEpoch own, SiloId? self = null) =>
        list.ToImmutableSortedDictionary(static m => m.Silo, m => m.Silo == (self ?? A) ? own : default(SiteEpoch).After(CeremonyId.OfList(id, list)));

    private static ImmutableArray<UpdateManifest> List(SiloState state, CollectionId id) =>
    [
        .. Everybody.Select(silo => Manifest(silo, id, state.PlanHash, Hash("base"), "upload") with
        {
            Hash = Hash($"upload of {silo}"),
            Ceremony = CeremonyId.Of(ThePlan, ThePlan.ComputeHash(), id, Hash("base"), Hash("adverts"), Everybody),
        }),
    ];
}
