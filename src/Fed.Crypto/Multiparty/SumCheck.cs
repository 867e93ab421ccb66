using System.Collections.Immutable;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Multiparty;

/// <summary>One opener's check of a stated sum. What it returns is the only thing that a <see cref="KeyHolder"/> makes shares of.</summary>
/// <remarks>What a share is multiplied by follows from attempt and contributors, and from no ciphertext, so a wrong sum tells nothing. It would open to something else: this is what is found out before anybody helps with that.</remarks>
public sealed class SumCheck
{
    private readonly ContributionTicket _ticket;
    private readonly IReadOnlyDictionary<string, ReadOnlyMemory<byte>> _signingKeys;
    private readonly ITranscriptSigner _signer;

    private SumCheck(
        ContributionTicket ticket, CollectivePublicKey key, SumStatement statement, ActiveSet active, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> signingKeys, ITranscriptSigner signer, byte[] nonce)
    {
        (_ticket, Key, Statement, Active, _signingKeys, _signer) = (ticket, key, statement, active, signingKeys, signer);
        Nonce = new OpenerNonce(ticket.Own.Party, nonce, signer.Sign(OpenerNonce.Purpose, OpenerNonce.Covered(statement.Id, active, ticket.Own.Party, nonce)));
    }

    /// <summary>The key of the sum.</summary>
    public CollectivePublicKey Key { get; }

    /// <summary>The sum.</summary>
    public SumStatement Statement { get; }

    /// <summary>Who opens it.</summary>
    public ActiveSet Active { get; }

    /// <summary>This opener's nonce, drawn when it had seen the statement; to be sent to all contributors and openers.</summary>
    public OpenerNonce Nonce { get; }

    /// <summary>Ties a stated sum to this opener's round and draws a nonce for it.</summary>
    /// <param name="ticket">What this opener committed to as a contributor, before the uploads.</param>
    /// <param name="key">The key of the round.</param>
    /// <param name="statement">What the aggregator says it has summed.</param>
    /// <param name="active">Who opens it.</param>
    /// <param name="signingKeys">The signing keys of all sites of the plan.</param>
    /// <param name="signer">This opener's signing key.</param>
    /// <param name="entropy">The operating system's generator, <see cref="SystemEntropy.Instance"/>.</param>
    /// <exception cref="RefusedException">The sum lacks the opener's contribution, has too few or others than were committed to, or the opener is not in the active set of this key.</exception>
    /// <exception cref="CapacityExceededException">More vectors than the layout holds.</exception>
    public static SumCheck Begin(
        ContributionTicket ticket, CollectivePublicKey key, SumStatement statement, ActiveSet active, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> signingKeys, ITranscriptSigner signer, IEntropy entropy)
    {
        statement.RequireFor(ticket);
        Contribution own = ticket.Own;
        if (active.Roster.Hash != key.Ceremony.Roster.Hash) throw new RefusedException("the active set is of other holders than the key");
        if (!active.Members.Contains(active.Roster.IndexOf(own.Party))) throw new RefusedException($"'{own.Party}' is not in the active set");
        if (Contribution.OfRoot(own.Round, key, statement.Layout, own.Party, own.Root).Id != own.Id)
            throw new RefusedException($"the contribution of '{own.Party}' was encrypted under another key or layout than the sum is said to be");
        byte[] nonce = new byte[SumChallenge.NonceBytes];
        entropy.Fill(nonce);
        return new SumCheck(ticket, key, statement, active, signingKeys, signer, nonce);
    }

    /// <summary>Verifies the sum by the contributors' fingerprints.</summary>
    /// <param name="nonces">Those of all openers.</param>
    /// <param name="fingerprints">Those of all contributors but the ones that are gone.</param>
    /// <param name="sums">The summed ciphertexts, read once in order.</param>
    /// <param name="gone">Contributors that left before they answered, with their ciphertexts, read once in order: this opener evaluates them itself.</param>
    /// <exception cref="RefusedException">The fingerprints do not add up, something is missing or wrongly signed, or a ciphertext is not the one that was committed to.</exception>
    public VerifiedSum ByFingerprints(
        IReadOnlyCollection<OpenerNonce> nonces, IReadOnlyCollection<SumFingerprint> fingerprints, IEnumerable<ReadOnlyMemory<byte>> sums, IReadOnlyDictionary<string, IEnumerable<ReadOnlyMemory<byte>>>? gone = null)
    {
        SumFingerprint.Require(Join(nonces), fingerprints, gone ?? ImmutableDictionary<string, IEnumerable<ReadOnlyMemory<byte>>>.Empty, sums, _signingKeys, _signer);
        return Verified(SumVerification.Fingerprint);
    }

    /// <summary>Verifies the sum by the word of c + 1 contributors for each index.</summary>
    /// <param name="nonces">Those of all openers.</param>
    /// <param name="colluders">c, from the plan.</param>
    /// <param name="attestations">Those of the assigned contributors.</param>
    /// <exception cref="RefusedException">An attestation is missing or wrongly signed.</exception>
    public VerifiedSum ByAssignment(IReadOnlyCollection<OpenerNonce> nonces, int colluders, IReadOnlyCollection<SumAttestation> attestations)
    {
        SumAttestation.Require(Join(nonces), colluders, attestations, _signingKeys, _signer);
        return Verified(SumVerification.Assigned);
    }

    /// <summary>Verifies the sum by adding up every contribution.</summary>
    /// <param name="ciphertexts">Reads contributions.</param>
    /// <exception cref="RefusedException">An index does not add up, or a contribution is not what was committed to.</exception>
    public VerifiedSum ByRecomputation(ContributionReader ciphertexts)
    {
        SumRecomputation.RequireAll(Statement, Key, ciphertexts);
        return Verified(SumVerification.Full);
    }

    private VerifiedSum Verified(SumVerification level) => new(Key, Statement, Active, _ticket.Own.Party, level);

    // The own nonce must be among them: it is what this opener's trust rests on.
    private SumChallenge Join(IReadOnlyCollection<OpenerNonce> nonces)
    {
        if (!nonces.Any(n => n.Opener == Nonce.Opener && n.Nonce.Span.SequenceEqual(Nonce.Nonce.Span))) throw new RefusedException($"the challenge lacks the nonce of '{Nonce.Opener}'");
        return SumChallenge.Join(Statement, Active, nonces, _signer);
    }
}
