namespace Fed.Crypto.Multiparty;

/// <summary>A contributor's word that every index assigned to it adds up.</summary>
/// <param name="Party">The contributor.</param>
/// <param name="Signature">Its signature over challenge and name.</param>
public sealed record SumAttestation(string Party, ReadOnlyMemory<byte> Signature)
{
    private const string Purpose = "fedactors/sum-attestation/1";

    /// <summary>Adds up again what is assigned to a contributor, and signs.</summary>
    /// <param name="ticket">What the contributor committed to.</param>
    /// <param name="challenge">From the openers' nonces; fixes who re-adds what.</param>
    /// <param name="colluders">c: so many contributors may be in league with the aggregator; c + 1 re-add each index.</param>
    /// <param name="key">The key of the ciphertexts.</param>
    /// <param name="ciphertexts">Reads contributions; asked for what is assigned alone (<see cref="SumChallenge.AssignedTo"/>).</param>
    /// <param name="hashes">Reads the hashes of contributions.</param>
    /// <param name="signer">The contributor's signing key.</param>
    /// <exception cref="RefusedException">The sum cannot be tied to the contributor's round, or an index does not add up or is not of what was committed to.</exception>
    public static SumAttestation Check(ContributionTicket ticket, SumChallenge challenge, int colluders, CollectivePublicKey key, ContributionReader ciphertexts, ContributionHashes hashes, ITranscriptSigner signer)
    {
        SumStatement statement = challenge.Statement;
        statement.RequireFor(ticket);
        SumRecomputation.Require(statement, key, challenge.AssignedTo(ticket.Own.Party, colluders), ciphertexts, hashes);
        return new SumAttestation(ticket.Own.Party, signer.Sign(Purpose, Covered(challenge, ticket.Own.Party, colluders)));
    }

    /// <summary>Refuses a sum that not every assigned contributor has re-added.</summary>
    /// <exception cref="RefusedException">An attestation is missing or wrongly signed, or there are no c + 1 contributors.</exception>
    internal static void Require(
        SumChallenge challenge, int colluders, IReadOnlyCollection<SumAttestation> attestations, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> signingKeys, ITranscriptSigner verifier)
    {
        int contributors = challenge.Statement.Contributions.Length;
        if (colluders < 1 || colluders >= contributors) throw new RefusedException($"{colluders} colluders among {contributors} contributors: 1 to {contributors - 1} are possible when {colluders + 1} re-add each index");
        HashSet<string> attested = new(StringComparer.Ordinal);
        foreach (SumAttestation attestation in attestations)
            if (signingKeys.TryGetValue(attestation.Party, out ReadOnlyMemory<byte> key) && verifier.Verify(Purpose, Covered(challenge, attestation.Party, colluders), attestation.Signature.Span, key.Span))
                attested.Add(attestation.Party);
        for (int index = 0; index < challenge.Statement.Sums.Length; index++)
            foreach (string party in challenge.Assigned(index, colluders + 1))
                if (!attested.Contains(party)) throw new RefusedException($"'{party}' was assigned ciphertext {index} of the sum for {challenge.Statement.Round} and has not signed that it adds up");
    }

    private static byte[] Covered(SumChallenge challenge, string party, int colluders) => new FieldHash(Purpose).Add(challenge.Seed).Add(colluders).Add(party).Close().ToArray();
}
