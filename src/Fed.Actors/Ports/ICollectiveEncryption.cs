using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Key;

namespace Fed.Actors.Ports;

/// <summary>
/// The local steps of protection by a collective key (threshold CKKS), each for one node and without any state of its own but caches. What sites say is opaque bytes that only this port reads and that it
/// signs itself; secrets are opaque bytes that the caller keeps in its <see cref="ISecretStore"/>. Synchronous: called from worker jobs only. Which set, which attempt, and whether at all, is the deciders'
/// business. Whatever does not fit is refused with a <see cref="CeremonyException"/> that names sites, never secrets.
/// </summary>
/// <remarks>
/// <para><b>The key</b>, once a job and again when it is used up: for each <see cref="KeyStep"/> a site calls <see cref="TakeStep"/>, stores the secrets that come out, journals the hash of the answer, and
/// answers; whoever leads calls <see cref="IsAnswer"/> on what comes in and <see cref="Gather"/> for what goes out. At the end everybody has the public key from <see cref="PublicKeyOf"/>.</para>
/// <para><b>A sum</b>, in order; what is journaled first stands in brackets:</para>
/// <list type="number">
/// <item>site: <see cref="Protect"/> [hash of commitment and upload], then sends the commitment; with another attempt another encryption.</item>
/// <item>whoever leads: <see cref="CommittedIn"/> for each, closes the list [its hash].</item>
/// <item>site: <see cref="Approve"/> [hash of the list: one for an attempt], signs it back, and only now offers its upload.</item>
/// <item>aggregator: <see cref="IsCommitted"/> for each upload, <see cref="CreateAccumulator"/>, seals [S and the hash of the sum]; <see cref="State"/> says what came out.</item>
/// <item>opener: <see cref="DrawNonce"/> [contributors S for this (job, round, base, sum), for ever; the nonce is in the secret store].</item>
/// <item>contributor: <see cref="Answer"/> with the nonces of all openers; nothing under <c>full</c>.</item>
/// <item>opener: <see cref="Verify"/>, then signs that it is ready for <see cref="OpeningId"/> [that it is].</item>
/// <item>opener, with the signatures of all openers over the same id: <see cref="Share"/> [that shares leave; the ledger in the secret store is durable before they do].</item>
/// <item>coordinator: <see cref="Combine"/>. What opens inconsistently publishes nothing.</item>
/// <item>site, when the round is settled: <see cref="DropShares"/>. What was opened stays known for ever.</item>
/// </list>
/// </remarks>
public interface ICollectiveEncryption
{
    /// <summary>Site: takes one step of the key's making. The caller makes sure that a step is taken once, with one set of answers; asked again it sends what it has stored.</summary>
    /// <param name="context">Terms of the key.</param>
    /// <param name="step">The step.</param>
    /// <param name="self">The site.</param>
    /// <param name="secrets">As the step before left them; empty for <see cref="KeyStep.Enter"/>.</param>
    /// <param name="given">From <see cref="Gather"/>: what the step before made of everybody; empty for <see cref="KeyStep.Enter"/>.</param>
    /// <returns>The site's secrets, to be stored before the answer leaves; and its answer.</returns>
    /// <exception cref="CeremonyException">An answer is missing, forged, or not what its site had committed to; a deal does not open; or a trial failed. Whose doing it is stands in the exception, where that is known.</exception>
    (byte[] Secrets, byte[] Answer) TakeStep(KeyContext context, KeyStep step, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> given);

    /// <summary>Whoever leads: true for an answer that its site has signed for this ceremony, and that fits what it had committed to.</summary>
    /// <param name="context">Terms of the key.</param>
    /// <param name="step">The step that is answered.</param>
    /// <param name="silo">Who answers.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="earlier">The answers of all holders in the steps before.</param>
    bool IsAnswer(KeyContext context, KeyStep step, SiloId silo, ReadOnlyMemory<byte> answer, IReadOnlyDictionary<KeyStep, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> earlier);

    /// <summary>Whoever leads: what one site is given for the step after, of everybody's answers. The same for all sites but after <see cref="KeyStep.Deal"/>, where each gets what was sealed for it.</summary>
    /// <param name="step">The step that the answers are of.</param>
    /// <param name="answers">Of all holders.</param>
    /// <param name="receiver">Who is given it.</param>
    ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Gather(KeyStep step, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> answers, SiloId receiver);

    /// <summary>A site's public key: as it came out of the transcript that the site itself recomputed and all holders signed.</summary>
    /// <param name="context">Terms of the key.</param>
    /// <param name="secrets">As <see cref="KeyStep.Deal"/> or a later step left them.</param>
    /// <returns>The key's name, and its bytes: public, the same at every holder.</returns>
    (Digest Id, byte[] PublicKey) PublicKeyOf(KeyContext context, ReadOnlyMemory<byte> secrets);

    /// <summary>Whoever leads: the public key that all holders have confirmed and accepted, recomputed from their answers.</summary>
    /// <param name="context">Terms of the key.</param>
    /// <param name="answers">Of all holders, in all steps.</param>
    /// <returns>As at the holders.</returns>
    /// <exception cref="CeremonyException">Somebody has confirmed or accepted something else.</exception>
    (Digest Id, byte[] PublicKey) EstablishedKey(KeyContext context, IReadOnlyDictionary<KeyStep, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> answers);

    /// <summary>Ciphertexts of a vector under a plan, over which tau counts.</summary>
    /// <exception cref="CeremonyException">The plan's sums do not fit the profile; the message names what would.</exception>
    int CiphertextsOf(EncryptionTerms terms);

    /// <summary>
    /// Site: encrypts a grid vector with its own summand of the secret, under public polynomials that follow from the context: nobody chooses them, and an attempt has its own. The same vector in the same
    /// attempt gives the same bytes, always; another one in the same attempt would tell the difference of the two, so the caller encrypts once in an attempt. Streams; memory for one ciphertext.
    /// </summary>
    /// <param name="context">Of the attempt.</param>
    /// <param name="self">The site, a holder of the key.</param>
    /// <param name="secrets">The site's part of the key, as <see cref="KeyStep.Accept"/> left it.</param>
    /// <param name="vector">The grid vector, ring words in little-endian order.</param>
    /// <param name="output">Receives the upload: the ciphertexts, in order; behind them, where single ones are fetched, what those are checked by.</param>
    /// <returns>The commitment: the Merkle root over all ciphertexts and the site's signature over it, with key, job, round, sum and attempt. A few hundred bytes, whatever the vector's length.</returns>
    byte[] Protect(EncryptionContext context, SiloId self, ReadOnlyMemory<byte> secrets, Stream vector, IBlobWriter output);

    /// <summary>For which attempt a site committed by these bytes; null where they are no commitment of it to this sum under this key. Where S is fixed, commitments of earlier attempts count again.</summary>
    int? CommittedIn(EncryptionContext context, SiloId silo, ReadOnlyMemory<byte> commitment);

    /// <summary>Site, before it uploads: the list has its own commitment, at least the plan's minimum, and every one is signed by its site.</summary>
    /// <exception cref="CeremonyException">It has not.</exception>
    void Approve(EncryptionContext context, SiloId self, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> list);

    /// <summary>Bytes of an upload.</summary>
    long UploadBytes(EncryptionContext context);

    /// <summary>Bytes of one ciphertext of an upload; they lie one after another from its beginning.</summary>
    int CiphertextBytes(EncryptionContext context) => (int)(UploadBytes(context) / CiphertextsOf(context.Terms));

    /// <summary>Bytes of a sum, whole or of a part: its ciphertexts and nothing behind them.</summary>
    long SumBytes(EncryptionContext context) => (long)CiphertextBytes(context) * CiphertextsOf(context.Terms);

    /// <summary>Aggregator, who holds no secret: true for an upload that is, ciphertext by ciphertext, what its site committed to.</summary>
    bool IsCommitted(EncryptionContext context, SiloId silo, ReadOnlyMemory<byte> commitment, Stream upload);

    /// <summary>Aggregator: an empty sum. Adds whole uploads, or partial sums of them, in any order and writes the ciphertexts of the sum. Memory for one vector of residues, whatever the number of sites.</summary>
    ISumAccumulator CreateAccumulator(EncryptionContext context);

    /// <summary>Aggregator: what came out, by the hashes of the sum's ciphertexts.</summary>
    byte[] State(EncryptionContext context, Stream sum);

    /// <summary>Names an opening: key, attempt, list, contributors, statement and openers. What openers sign when they are ready.</summary>
    Digest OpeningId(EncryptionContext context, StatedSum sum);

    /// <summary>Opener: ties the stated sum to what it took part in, and draws a nonce for its check. The caller keeps it: the check needs this very nonce.</summary>
    /// <exception cref="CeremonyException">The sum lacks the site's contribution, has too few, or others than were committed to; or the site is no opener.</exception>
    byte[] DrawNonce(EncryptionContext context, SiloId self, StatedSum sum);

    /// <summary>Contributor: what it needs of the upload of each other to answer, where the plan assigns it ciphertexts to add up again; null where it needs nothing of them.</summary>
    /// <exception cref="CeremonyException">The nonces are not those of the openers of this sum.</exception>
    BlobParts? AssignedParts(EncryptionContext context, SiloId self, StatedSum sum, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> nonces);

    /// <summary>Contributor: evaluates its ciphertexts, or adds up again what is assigned to it, as the plan's verification says.</summary>
    /// <param name="context">Of the attempt.</param>
    /// <param name="self">The site.</param>
    /// <param name="sum">The stated sum.</param>
    /// <param name="nonces">Of all openers.</param>
    /// <param name="uploads">Reads single ciphertexts: the site's own, and under <c>assigned</c> those of others (<see cref="AssignedParts"/>).</param>
    /// <returns>Its signed answer; empty under <c>full</c>.</returns>
    /// <exception cref="CeremonyException">The sum is not what the site took part in, or does not add up.</exception>
    byte[] Answer(EncryptionContext context, SiloId self, StatedSum sum, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> nonces, CiphertextReader uploads);

    /// <summary>Opener: makes sure that the stated sum is the sum of what was contributed.</summary>
    /// <exception cref="CeremonyException">It is not, or the evidence is not complete.</exception>
    void Verify(EncryptionContext context, SiloId self, StatedSum sum, SumEvidence evidence);

    /// <summary>
    /// Opener: its shares of all ciphertexts of a verified sum, verified once more where this process has not. They follow from the attempts, from who contributed in which, and from the openers; no ciphertext
    /// enters them, so nobody who contributes chooses what the key is multiplied with. A share is made once: the ledger in the secret store is durable before the first byte is written, and asked again the
    /// same bytes come out.
    /// </summary>
    /// <param name="context">Of the attempt.</param>
    /// <param name="self">The site.</param>
    /// <param name="secrets">The site's part of the key, as <see cref="KeyStep.Accept"/> left it.</param>
    /// <param name="sum">The stated sum.</param>
    /// <param name="evidence">By which it was verified.</param>
    /// <param name="ledger">The site's secret store.</param>
    /// <param name="output">Receives the shares, in order.</param>
    /// <exception cref="CeremonyException">The ledger is not as it was left, or lacks what the journal has (<see cref="EncryptionContext.SharesOnRecord"/>); shares of this attempt were made for others, other contributors of this sum, or the key is used up.</exception>
    void Share(EncryptionContext context, SiloId self, ReadOnlyMemory<byte> secrets, StatedSum sum, SumEvidence evidence, ISecretStore ledger, IBlobWriter output);

    /// <summary>Site: forgets the bytes of shares of settled rounds. That they were made, and of what, stays for ever, whatever becomes of the key.</summary>
    void DropShares(JobId job, int settledRound, ISecretStore ledger);

    /// <summary>Coordinator: opens the sum by the shares of all openers.</summary>
    /// <param name="context">Of the attempt.</param>
    /// <param name="sum">The stated sum.</param>
    /// <param name="ciphertexts">The sum.</param>
    /// <param name="shares">By opener, what <see cref="Share"/> wrote.</param>
    /// <returns>The integers, shape <c>[schema.Length]</c>.</returns>
    /// <exception cref="InconsistentOpeningException">A residue beyond the error's bound, or a field beyond the reach of the contributors: a bad share, or a sum of something dishonest. Nothing is published.</exception>
    /// <exception cref="CeremonyException">A share is missing, not signed by its site, or of another opening; it is named.</exception>
    long[] Combine(EncryptionContext context, StatedSum sum, Stream ciphertexts, ImmutableSortedDictionary<SiloId, Stream> shares);
}

/// <summary>Reads one ciphertext of an upload, wherever it is kept.</summary>
/// <param name="silo">The contributor.</param>
/// <param name="index">Index of the ciphertext; the number of ciphertexts for what follows the last one.</param>
public delegate ReadOnlyMemory<byte> CiphertextReader(SiloId silo, int index);

/// <summary>What was opened cannot be a sum of honest contributions. No value is given out.</summary>
public sealed class InconsistentOpeningException(string message, Exception? inner = null) : Exception(message, inner);
