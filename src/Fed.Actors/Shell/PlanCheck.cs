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
        if (services.PublicKeys(NodeAddress.Job) is not { } key || !key.Span.SequenceEqual(propose.PublicKey.Span)) return "the plan is signed by a stranger";
        if (!services.Signer.Verify(ProtocolMessage.ProposePlan.Purpose, hash, propose.Signature.Span, propose.PublicKey.Span)) return "the plan's signature is not valid";
        if (!services.Offers(propose.Plan.Protection)) return $"the plan wants protection '{propose.Plan.Protection}'; this node offers {services.Offered}";
        return ProtectionRules.Refusal(propose.Plan);
    }
}
