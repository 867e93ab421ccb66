using Fed.Actors.Protocol.Job;

namespace Fed.Actors.Ports;

/// <summary>How many ciphertexts a plan's sums have: what a plan states of them decides when a key is used up, so whoever makes a plan counts them, and whoever takes one counts again.</summary>
public static class PlannedCiphertexts
{
    /// <summary>The plan's parameters with the ciphertexts that its sums need; null where it wants another protection.</summary>
    /// <param name="plan">The plan, with its roster.</param>
    /// <param name="ciphertextsOf">Counts those of one sum: <see cref="ICollectiveEncryption.CiphertextsOf"/>.</param>
    /// <exception cref="CeremonyException">A sum does not fit the plan's profile.</exception>
    public static CkksPlan? Of(JobPlan plan, Func<EncryptionTerms, int> ciphertextsOf) => plan.Ckks is { } ckks
        ? ckks with { StartCiphertexts = Count(plan, 0, ciphertextsOf), RoundCiphertexts = Count(plan, 1, ciphertextsOf) }
        : null;

    /// <summary>Why a plan's counts cannot be true; null where they are enough. More than enough only makes keys anew too early.</summary>
    internal static string? Refusal(JobPlan plan, ICollectiveEncryption? encryption)
    {
        if (encryption is null) return null;
        try
        {
            if (Of(plan, encryption.CiphertextsOf) is not { } needed) return null;
            CkksPlan stated = plan.Ckks!;
            return stated.StartCiphertexts < needed.StartCiphertexts || stated.RoundCiphertexts < needed.RoundCiphertexts
                ? $"the plan counts {stated.StartCiphertexts} ciphertexts at round 0 and {stated.RoundCiphertexts} at a later round, and its sums have {needed.StartCiphertexts} and {needed.RoundCiphertexts}: a key would be used longer than it is safe"
                : null;
        }
        catch (CeremonyException e)
        {
            return $"the plan's sums cannot be encrypted: {e.Message}";
        }
    }

    private static int Count(JobPlan plan, int round, Func<EncryptionTerms, int> ciphertextsOf) => plan.SumsOf(round).Sum(sum => ciphertextsOf(EncryptionTerms.Of(plan, sum)));
}
