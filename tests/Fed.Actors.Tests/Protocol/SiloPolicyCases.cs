using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;
using static Fed.Actors.Protocol.Silo.SiloCommand;
using static Fed.Actors.Tests.Protocol.Given;

namespace Fed.Actors.Tests.Protocol;

/// <summary>What becomes of a plan that the site's own policy has judged.</summary>
internal static class SiloPolicyCases
{
    private static readonly JobPlan ThePlan = Plan(), OtherPlan = Plan(rounds: 9);

    public static DeciderCases<SiloDecider, SiloState, SiloCommand, SiloEvent> All { get; } = new(
        [
            ("NoPlan", SiloDecider.Initial),
            ("Waiting", After(Judged(PolicyDecision.Waiting))),
            ("Refused", After(Judged(PolicyDecision.Refused))),
            ("Over", After(Judged(PolicyDecision.Waiting), new EndJob())),
            ("Approved", After(Judged(PolicyDecision.Allowed))),
            ("Approved, after waiting", After(Judged(PolicyDecision.Waiting), Judged(PolicyDecision.Allowed))),
        ],
        [
            ("allowed", static _ => Judged(PolicyDecision.Allowed)),
            ("refused", static _ => Judged(PolicyDecision.Refused)),
            ("refused by another rule", static _ => Judged(PolicyDecision.Refused, "disk.quota")),
            ("waiting", static _ => Judged(PolicyDecision.Waiting)),
            ("another plan, allowed", static _ => Judged(PolicyDecision.Allowed, plan: OtherPlan)),
            ("another plan, refused", static _ => Judged(PolicyDecision.Refused, plan: OtherPlan)),
            ("", static _ => new EndJob()),
            ("cannot be, whatever the policy says", static _ => Judged(PolicyDecision.Allowed) with { Refusal = "too fine" }),
        ],
        ProtocolSerializers.Silo);

    public static ProposePlan Judged(PolicyDecision decision, string rule = "rules.rounds-max", JobPlan? plan = null) =>
        new(A, plan ?? ThePlan, (plan ?? ThePlan).ComputeHash(), null) { Policy = new PolicyNote(decision, rule, "2 rounds at most") };

    private static SiloState After(params SiloCommand[] commands) =>
        When<SiloDecider, SiloState, SiloCommand, SiloEvent, Effect>(SiloDecider.Initial, Start, commands).State;
}
