using System.Collections.Immutable;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Xunit;
using static Fed.Actors.Tests.Protocol.Given;

namespace Fed.Actors.Tests.Protocol;

/// <summary>The end of a cancelled job at its coordinator and at its sites, phase by phase.</summary>
public sealed class RoundCancelTests
{
    private static RoundState In(string phase) => RoundCases.All.Phases.Concat(RoundCases.SecAgg.Phases).Concat(RoundCases.Graph.Phases).Concat(RoundCkksCases.All.Phases).First(p => p.Phase == phase).State;

    private static (RoundState State, List<RoundEvent> Events, List<Effect> Effects) Run(RoundState state, params RoundCommand[] commands) => When<RoundDecider, RoundState, RoundCommand, RoundEvent, Effect>(state, Start, commands);

    private static ProtocolMessage.RoundReport Reported(IEnumerable<Effect> effects) => Assert.Single(effects.OfType<Effect.Send>().Select(static send => send.Message).OfType<ProtocolMessage.RoundReport>());

    [Theory]
    [InlineData("Collecting")]
    [InlineData("BackingOff")]
    [InlineData("Advertising")]
    [InlineData("Sharing")]
    [InlineData("Committing")]
    [InlineData("Signing")]
    [InlineData("Drawing")]
    [InlineData("Showing")]
    public void A_round_whose_sum_is_not_sealed_fails_at_once_and_its_sites_hear_of_it(string phase)
    {
        RoundState before = In(phase);
        var (after, events, effects) = Run(before, new RoundCommand.CancelRound(before.Round));
        Assert.Equal([typeof(RoundEvent.RoundsCancelled), typeof(RoundEvent.RoundFailed)], events.Select(static e => e.GetType()));
        Assert.Equal(RoundPhase.Failed, after.Phase);
        Assert.Equal((false, RoundDecider.Cancelled), (Reported(effects).Outcome.Committed, Reported(effects).Outcome.Failure));
        Assert.Equal(before.Plan!.Silos, effects.OfType<Effect.Deliver>().Select(static deliver => deliver.Message).OfType<ProtocolMessage.CloseRound>().Select((_, i) => before.Plan.Silos[i]));
        Assert.Contains(effects.OfType<Effect.Deliver>(), static deliver => deliver.Message is ProtocolMessage.ReleaseRound);
    }

    [Theory]
    [InlineData("Opening")]
    [InlineData("Opening, agreed")]
    [InlineData("Stepping")]
    [InlineData("Committing, S fixed")]
    [InlineData("Collecting, S fixed")]
    public void A_sum_that_is_sealed_is_opened_first(string phase)
    {
        RoundState before = In(phase);
        var (after, events, effects) = Run(before, new RoundCommand.CancelRound(before.Round));
        Assert.IsType<RoundEvent.RoundsCancelled>(Assert.Single(events));
        Assert.Empty(effects);
        Assert.Equal(before.Phase, after.Phase);
        Assert.True(RoundDecider.Decide(after, new RoundCommand.CancelRound(before.Round), Start).IsNone);
    }

    [Fact]
    public void After_the_sum_that_was_sealed_no_other_one_of_the_round_is_asked_for()
    {
        RoundState stepping = In("Stepping, more sums");
        var (after, events, effects) = Run(stepping, new RoundCommand.CancelRound(stepping.Round), new RoundCommand.StepFinished(stepping.Collection, new StepSummary(Hash("next"), null, ImmutableSortedDictionary<string, double>.Empty, null)));
        Assert.Equal([typeof(RoundEvent.RoundsCancelled), typeof(RoundEvent.SumApplied), typeof(RoundEvent.RoundFailed)], events.Select(static e => e.GetType()));
        Assert.Equal(RoundPhase.Failed, after.Phase);
        Assert.False(Reported(effects).Outcome.Committed);
    }

    [Fact]
    public void What_was_being_prepared_is_on_record_before_the_round_fails()
    {
        RoundState preparing = In("Preparing");
        var (after, events, effects) = Run(preparing, new RoundCommand.CancelRound(preparing.Round), new RoundCommand.BroadcastReady(preparing.Collection, Hash("broadcast")));
        Assert.Equal([typeof(RoundEvent.RoundsCancelled), typeof(RoundEvent.CollectionRequested), typeof(RoundEvent.RoundFailed)], events.Select(static e => e.GetType()));
        Assert.Equal(RoundPhase.Failed, after.Phase);
        Assert.DoesNotContain(effects.OfType<Effect.Deliver>(), static deliver => deliver.Message is ProtocolMessage.Invite);
    }

    [Fact]
    public void A_round_that_has_not_begun_never_does()
    {
        RoundState idle = In("Committed");
        var (cancelled, events, effects) = Run(idle, new RoundCommand.CancelRound(idle.Round + 1));
        Assert.IsType<RoundEvent.RoundsCancelled>(Assert.Single(events));
        Assert.Equal((idle.Round + 1, RoundDecider.Cancelled, idle.Outcome!.State), (Reported(effects).Round, Reported(effects).Outcome.Failure, Reported(effects).Outcome.State));
        var (_, begun, answered) = Run(cancelled, new RoundCommand.StartRound(idle.Round + 1, idle.Base));   // it was under way when the job was cancelled
        Assert.Empty(begun);
        Assert.Equal(RoundDecider.Cancelled, Reported(answered).Outcome.Failure);
    }

    [Fact]
    public void A_round_that_has_ended_is_reported_as_it_ended()
    {
        RoundState committed = In("Committed");
        Assert.True(Reported(Run(committed, new RoundCommand.CancelRound(committed.Round)).Effects).Outcome.Committed);
    }

    [Fact]
    public void A_site_computes_nothing_more_for_a_job_that_is_over_and_still_takes_the_end_of_its_round()
    {
        SiloState ended = SiloCases.All.Phases.Single(static p => p.Phase == "Ended").State;
        SiloCommand invite = new SiloCommand.Invite(new(1, 1, "training"), ended.PlanHash, Hash("broadcast"));
        Assert.True(SiloDecider.Decide(ended, invite, Start).IsNone);
        Assert.True(SiloDecider.Decide(ended, new SiloCommand.EndJob(), Start).IsNone);
        (int round, _) = ended.Outbox.Keys.First();
        var (settled, events, _) = When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(ended, Start, new SiloCommand.CloseRound(round, false, ImmutableSortedDictionary<string, ImmutableSortedSet<SiloId>>.Empty, null));
        Assert.IsType<SiloEvent.RoundSettled>(Assert.Single(events));
        Assert.Empty(settled.Outbox);
    }
}
