using Fed.Actors.Ports;
using static Fed.Actors.Protocol.Silo.SiloEvent;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Silo.SiloEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Actors.Protocol.Silo;

/// <content>What the site's own policy says of a plan: each judgement is on record once, also of plans that come to nothing.</content>
public sealed partial class SiloDecider
{
    private static Decided Approve(SiloState state, SiloCommand.ProposePlan propose, PolicyNote policy)
    {
        PolicyDecided decided = new(propose.Plan.Job, propose.Hash, policy);
        ImmutableArray<SiloEvent> record = decided == state.Policy ? [] : [decided];   // a proposal is repeated until it is answered
        string? refusal = policy.Decision == PolicyDecision.Refused ? $"{policy.Reason} (rule '{policy.Rule}' of the site's policy)" : null;
        Effect answer = new Effect.Send(NodeAddress.Job, new ProtocolMessage.PlanAnswer(propose.Plan.Job, propose.Self, propose.Hash, refusal));
        return policy.Decision switch
        {
            PolicyDecision.Allowed => new([.. record, new PlanApproved(propose.Plan, propose.Hash, propose.Self)], [answer]),
            PolicyDecision.Refused => new(record, [answer]),
            _ => new(record, []),   // asked again with the next proposal
        };
    }
}
