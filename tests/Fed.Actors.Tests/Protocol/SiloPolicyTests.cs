using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Silo;
using Xunit;
using static Fed.Actors.Tests.Protocol.Given;
using static Fed.Actors.Tests.Protocol.SiloPolicyCases;

namespace Fed.Actors.Tests.Protocol;

public sealed class SiloPolicyTests
{
    [Fact]
    public void Refusal_names_the_rule_and_is_on_record_once_however_often_the_plan_is_proposed()
    {
        var (state, events, effects) = When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(SiloDecider.Initial, Start, Judged(PolicyDecision.Refused), Judged(PolicyDecision.Refused));
        Assert.Equal("rules.rounds-max", Assert.IsType<SiloEvent.PolicyDecided>(Assert.Single(events)).Note.Rule);
        Assert.Null(state.Plan);
        Assert.All(effects, static effect => Assert.Equal("2 rounds at most (rule 'rules.rounds-max' of the site's policy)", Answer(effect).Refusal));
        Assert.Equal(2, effects.Count);
    }

    [Fact]
    public void Waiting_is_on_record_and_not_answered_until_somebody_has_decided()
    {
        var (state, events, effects) = When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(SiloDecider.Initial, Start, Judged(PolicyDecision.Waiting), Judged(PolicyDecision.Waiting));
        Assert.Single(events);
        Assert.Empty(effects);
        var (approved, decided, answers) = When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(state, Start, Judged(PolicyDecision.Allowed));
        Assert.Equal([typeof(SiloEvent.PolicyDecided), typeof(SiloEvent.PlanApproved)], decided.Select(static e => e.GetType()));
        Assert.Null(Answer(Assert.Single(answers)).Refusal);
        Assert.NotNull(approved.Plan);
    }

    [Fact]
    public void Approved_plan_is_never_judged_again()
    {
        SiloState approved = When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(SiloDecider.Initial, Start, Judged(PolicyDecision.Allowed)).State;
        var (_, events, effects) = When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(approved, Start, Judged(PolicyDecision.Refused));
        Assert.Empty(events);
        Assert.Null(Answer(Assert.Single(effects)).Refusal);
    }

    [Fact]
    public void End_of_a_job_that_nobody_has_approved_is_on_record_once_and_it_is_approved_no_more()
    {
        SiloCommand[][] pasts = [[], [Judged(PolicyDecision.Waiting)], [Judged(PolicyDecision.Refused)]];
        foreach (SiloCommand[] past in pasts)
        {
            SiloState before = When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(SiloDecider.Initial, Start, past).State;
            var (over, events, effects) = When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(before, Start, new SiloCommand.EndJob(), new SiloCommand.EndJob());
            Assert.IsType<SiloEvent.JobEnded>(Assert.Single(events));
            Assert.Empty(effects);
            Assert.True(over.IsOver);

            var (after, late, answers) = When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(over, Start, Judged(PolicyDecision.Allowed));   // it comes late, or once more
            Assert.Empty(late);
            Assert.Null(after.Plan);
            Assert.Equal("the job is over", Answer(Assert.Single(answers)).Refusal);
        }
    }

    private static ProtocolMessage.PlanAnswer Answer(Effect effect) => Assert.IsType<ProtocolMessage.PlanAnswer>(Assert.IsType<Effect.Send>(effect).Message);
}
