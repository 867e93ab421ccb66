using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;

namespace Fed.Actors.Shell;

/// <summary>What every node checks of a plan before it works by it.</summary>
internal static class PlanCheck
{
    /// <summary>Why a proposed plan is not taken; null when it is.</summary>
    public static string? Refusal(ProtocolMessage.ProposePlan propose, NodeServices services)
    {
        if (propose.Plan.ComputeHash() != propose.Hash) return "the plan's hash is not that of its content";
        Span<byte> hash = stackalloc byte[Persistence.Digest.Size];
        propose.Hash.CopyTo(hash);
        if (!services.AnyKey(NodeAddress.Job, key => key.Span.SequenceEqual(propose.PublicKey.Span))) return "the plan is signed by a stranger";
        if (!services.Signer.Verify(ProtocolMessage.ProposePlan.Purpose, hash, propose.Signature.Span, propose.PublicKey.Span)) return "the plan's signature is not valid";
        if (!services.Offers(propose.Plan.Protection)) return $"the plan wants protection '{propose.Plan.Protection}'; this node offers {services.Offered}";
        return SingleContributorRefusal(propose.Plan, services.AllowsSingleContributor) ?? ProtectionRules.Reason(propose.Plan) ?? PlannedCiphertexts.Refusal(propose.Plan, services.CollectiveEncryption);
    }

    /// <summary>Why a plan whose rounds have one site each is not taken; null when it is, and for every other plan.</summary>
    internal static string? SingleContributorRefusal(JobPlan plan, bool isAllowed) => (plan.Participation.IsCyclic, isAllowed) switch
    {
        (false, _) => null,
        (true, _) when plan.Protection != ProtectionRules.Plain =>
            $"the plan sums one site a round under protection '{plan.Protection}', which hides sites only among others; cyclic transfer is for '{ProtectionRules.Plain}'",
        (true, false) => "the plan passes single sites' models on (cyclic transfer), which this node does not allow",
        (true, true) => null,
    };
}
