namespace Fed.Crypto.Multiparty;

/// <summary>A site's leave to upload: it has seen the closed list of commitments with its own and enough others in it. What is summed later must come from this list.</summary>
public sealed class ContributionTicket
{
    private ContributionTicket(Contribution own, CommitmentList list, int contributorsMin) => (Own, List, ContributorsMin) = (own, list, contributorsMin);

    /// <summary>What this site committed to.</summary>
    public Contribution Own { get; }

    /// <summary>What everybody committed to.</summary>
    public CommitmentList List { get; }

    /// <summary>The plan's smallest number of contributors.</summary>
    public int ContributorsMin { get; }

    /// <summary>Checks the list before the first ciphertext leaves.</summary>
    /// <param name="own">This site's contribution.</param>
    /// <param name="list">The list that the aggregator closed.</param>
    /// <param name="contributorsMin">The plan's smallest number of contributors, at least 2.</param>
    /// <param name="signingKeys">The signing keys of all sites of the plan.</param>
    /// <param name="verifier">Checks the signatures.</param>
    /// <exception cref="RefusedException">The own commitment is missing or another, a commitment is not signed by its site, or there are too few.</exception>
    public static ContributionTicket Approve(
        Contribution own, CommitmentList list, int contributorsMin, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> signingKeys, ITranscriptSigner verifier)
    {
        if (contributorsMin < 2) throw new InvalidParametersException($"a smallest number of {contributorsMin} contributors: a sum of one is that one's vector, so 2 is the least");
        if (list.Of(own.Party)?.Id != own.Id) throw new RefusedException($"the list of commitments for {list.Round} lacks the contribution of '{own.Party}'");
        if (list.Commitments.Length < contributorsMin) throw new RefusedException($"{list.Commitments.Length} commitments for {list.Round}: the plan asks for at least {contributorsMin}");
        foreach (ContributionCommitment commitment in list.Commitments)
            if (!commitment.IsSigned(signingKeys, verifier)) throw new RefusedException($"the commitment of '{commitment.Party}' for {list.Round} is not signed by it");
        return new ContributionTicket(own, list, contributorsMin);
    }
}
