using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Crypto;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;
using Fed.Crypto.Sampling;
using static Fed.Host.Protection.CryptoEdge;

namespace Fed.Host.Protection;

/// <content>From a stated sum to its integers.</content>
internal sealed partial class CkksSteps
{
    private const int VerifiedMax = 8, SignatureBytesMax = 512;

    /// <inheritdoc/>
    public Digest OpeningId(EncryptionContext context, StatedSum sum) => Explained(() =>
    {
        StatedTerms stated = StatedTerms.Of(_terms, context, sum);
        CommitmentList list = new(stated.Statement.Round, stated.List.Values.Select(static read => read.Commitment));
        return Digest.Of(Encoding.UTF8.GetBytes($"fedactors/opening/1\n{context.Plan}\n{stated.Key.Id}\n{list.Id}\n{stated.Statement.Id}\n{stated.Active.Hash}"));
    });

    /// <inheritdoc/>
    public byte[] DrawNonce(EncryptionContext context, SiloId self, StatedSum sum) => Explained(() =>
    {
        OpenerNonce nonce = Begin(context, self, sum, SystemEntropy.Instance).Nonce;
        return StepSecrets.Join(nonce.Nonce.ToArray(), nonce.Signature.ToArray());
    });

    /// <inheritdoc/>
    public byte[] Answer(EncryptionContext context, SiloId self, StatedSum sum, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> nonces, CiphertextReader uploads) => Explained(() =>
    {
        CkksPlan parameters = context.Terms.Parameters;
        if (parameters.Verification == SumCheckLevel.Full) return [];
        StatedTerms stated = StatedTerms.Of(_terms, context, sum);
        ContributionTicket ticket = Ticket(context, self, stated.List);
        SumChallenge challenge = SumChallenge.Join(stated.Statement, stated.Active, Nonces(nonces), _transcript);
        if (parameters.Verification == SumCheckLevel.Assigned)
            return SumAttestation.Check(ticket, challenge, ReAdding(parameters), stated.Key, Reader(uploads), Hashes(stated.Layout, uploads), _transcript).Signature.ToArray();
        SumFingerprint fingerprint = SumFingerprint.Answer(ticket, challenge, Ciphertexts(self, stated.Layout, uploads), _transcript);
        byte[] evaluations = new byte[fingerprint.Evaluations.Length * sizeof(ulong)];
        for (int i = 0; i < fingerprint.Evaluations.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(evaluations.AsSpan(i * sizeof(ulong)), fingerprint.Evaluations[i]);
        return StepSecrets.Join(evaluations, fingerprint.Signature.ToArray());
    });

    /// <inheritdoc/>
    public BlobParts? AssignedParts(EncryptionContext context, SiloId self, StatedSum sum, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> nonces) => Explained<BlobParts?>(() =>
    {
        CkksPlan parameters = context.Terms.Parameters;
        if (parameters.Verification != SumCheckLevel.Assigned) return null;
        StatedTerms stated = StatedTerms.Of(_terms, context, sum);
        ImmutableArray<int> assigned = SumChallenge.Join(stated.Statement, stated.Active, Nonces(nonces), _transcript).AssignedTo(self.Value, ReAdding(parameters));
        int bytes = CiphertextStream.Bytes(stated.Layout);
        return assigned.IsEmpty ? null : new BlobParts(bytes, 0, bytes) { Records = assigned, Tail = TailBytes(context, stated.Layout) };
    });

    /// <inheritdoc/>
    public void Verify(EncryptionContext context, SiloId self, StatedSum sum, SumEvidence evidence) => Explained(() => Verified(context, self, sum, evidence));

    /// <inheritdoc/>
    public void Share(EncryptionContext context, SiloId self, ReadOnlyMemory<byte> secrets, StatedSum sum, SumEvidence evidence, ISecretStore ledger, IBlobWriter output) => Explained(() =>
    {
        VerifiedSum verified = Verified(context, self, sum, evidence);
        CkksShareLedger book = new(ledger, context.Job, context.Key.Epoch, context.Collection, context.SharesOnRecord);
        using HolderSecrets known = HolderSecrets.Read(secrets);
        using KeyHolder holder = KeyHolder.Unwrap(verified.Key, self.Value, known.Party, known.Wrapping, book, _transcript, SystemEntropy.Instance);
        byte[][] shares = [.. Enumerable.Range(0, verified.Statement.Layout.Ciphertexts).Select(index => holder.Share(verified, index).Bytes.ToArray())];
        book.Commit();   // from here on they may leave
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (byte[] share in shares)
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, share.Length);
            output.Write(length);
            output.Write(share);
        }

        return true;
    });

    /// <inheritdoc/>
    public void DropShares(JobId job, int settledRound, ISecretStore ledger) => CkksShareLedger.Drop(ledger, job, settledRound);

    /// <inheritdoc/>
    public long[] Combine(EncryptionContext context, StatedSum sum, Stream ciphertexts, ImmutableSortedDictionary<SiloId, Stream> shares) => Explained(() =>
    {
        StatedTerms stated = StatedTerms.Of(_terms, context, sum);
        CollectiveOpening opening = new(stated.Key, stated.Statement, stated.Active, _transcript);
        int shareBytesMax = CiphertextStream.Bytes(stated.Layout) + SignatureBytesMax, index = 0;
        long[] values = new long[stated.Layout.Schema.Length];
        foreach (ReadOnlyMemory<byte> ciphertext in CiphertextStream.Read(stated.Layout, ciphertexts))
        {
            OpeningShare[] of = [.. shares.Select(pair => opening.Read(NextShare(pair.Key, pair.Value, shareBytesMax)))];
            (int first, int count) = stated.Layout.ValuesOf(index);
            try
            {
                opening.Open(index++, ciphertext.Span, of, values.AsSpan(first, count));
            }
            catch (OpeningInconsistentException e)
            {
                throw new InconsistentOpeningException(e.Message, e);
            }
        }

        return values;
    });

    private SumCheck Begin(EncryptionContext context, SiloId self, StatedSum sum, IEntropy entropy)
    {
        StatedTerms stated = StatedTerms.Of(_terms, context, sum);
        return SumCheck.Begin(Ticket(context, self, stated.List), stated.Key, stated.Statement, stated.Active, _terms.SigningKeys(sum.List.Keys), _transcript, entropy);
    }

    private VerifiedSum Verified(EncryptionContext context, SiloId self, StatedSum sum, SumEvidence evidence)
    {
        Digest opening = Digest.Of(Encoding.UTF8.GetBytes($"{self}\n{OpeningId(context, sum)}"));
        if (_verified.TryGetValue(opening, out VerifiedSum? known)) return known;
        VerifiedSum verified = Check(context, self, sum, evidence);
        if (_verified.Count >= VerifiedMax) _verified.Clear();   // a cache: what is needed again is verified again
        return _verified.GetOrAdd(opening, verified);
    }

    private VerifiedSum Check(EncryptionContext context, SiloId self, StatedSum sum, SumEvidence evidence)
    {
        CkksPlan parameters = context.Terms.Parameters;
        PackingLayout layout = _terms.Layout(context.Terms);
        ImmutableArray<OpenerNonce> nonces = Nonces(evidence.Nonces);
        if (nonces.FirstOrDefault(nonce => nonce.Opener == self.Value) is not { } own) throw new CeremonyException($"the challenge lacks the nonce of '{self}'");
        SumCheck check = Begin(context, self, sum, new KnownNonce(own.Nonce));
        switch (parameters.Verification)
        {
            case SumCheckLevel.Full:
                return check.ByRecomputation(Reader(evidence.Uploads));
            case SumCheckLevel.Assigned:
                try
                {
                    return check.ByAssignment(nonces, ReAdding(parameters), [.. evidence.Answers.Select(static pair => new SumAttestation(pair.Key.Value, pair.Value))]);
                }
                catch (RefusedException e)
                {
                    // Somebody's word is missing: whoever has added up something else says so itself.
                    throw new CeremonyException(e.Message, e) { IsIncomplete = true };
                }

            default:
                evidence.Sum.Position = 0;
                return check.ByFingerprints(
                    nonces,
                    Fingerprints(evidence),
                    CiphertextStream.Read(layout, evidence.Sum),
                    evidence.Gone.ToImmutableDictionary(static silo => silo.Value, silo => Ciphertexts(silo, layout, evidence.Uploads)));
        }
    }

    /// <summary>Against how many in league each piece is added up again: the library holds against at least one, so a plan with c = 0 has two sites for it.</summary>
    private static int ReAdding(CkksPlan parameters) => Math.Max(1, parameters.Colluding);

    private static ImmutableArray<OpenerNonce> Nonces(ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> nonces) =>
    [
        .. nonces.Select(static pair => StepSecrets.Parts(pair.Value.ToArray()) is [var nonce, var signature]
            ? new OpenerNonce(pair.Key.Value, nonce, signature)
            : throw new CeremonyException($"the nonce of '{pair.Key}' is none") { Site = pair.Key }),
    ];

    private static ImmutableArray<SumFingerprint> Fingerprints(SumEvidence evidence) => [.. evidence.Answers.Where(pair => !evidence.Gone.Contains(pair.Key)).Select(static pair => Fingerprint(pair.Key, pair.Value))];

    private static SumFingerprint Fingerprint(SiloId silo, ReadOnlyMemory<byte> answer)
    {
        if (StepSecrets.Parts(answer.ToArray()) is not [var evaluations, var signature] || evaluations.Length % sizeof(ulong) != 0) throw new CeremonyException($"the fingerprint of '{silo}' is none") { Site = silo };
        return new SumFingerprint(silo.Value, [.. evaluations.Chunk(sizeof(ulong)).Select(static word => BinaryPrimitives.ReadUInt64LittleEndian(word))], signature);
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Ciphertexts(SiloId silo, PackingLayout layout, CiphertextReader uploads) => Enumerable.Range(0, layout.Ciphertexts).Select(index => uploads(silo, index));

    private static ContributionReader Reader(CiphertextReader uploads) => (party, index) => uploads(new SiloId(party), index);

    private static ContributionHashes Hashes(PackingLayout layout, CiphertextReader uploads) => party => HashList.Read(uploads(new SiloId(party), layout.Ciphertexts).Span);

    private static byte[] NextShare(SiloId silo, Stream shares, int bytesMax)
    {
        byte[] length = new byte[sizeof(int)];
        int read = shares.ReadAtLeast(length, length.Length, throwOnEndOfStream: false), bytes = BinaryPrimitives.ReadInt32LittleEndian(length);
        if (read < length.Length || bytes < 0 || bytes > bytesMax) throw new CeremonyException($"the shares of '{silo}' are cut off") { Site = silo };
        byte[] share = new byte[bytes];
        return shares.ReadAtLeast(share, bytes, throwOnEndOfStream: false) == bytes ? share : throw new CeremonyException($"the shares of '{silo}' are cut off") { Site = silo };
    }

    /// <summary>A check that is taken up again has the nonce that it drew when it began.</summary>
    private sealed class KnownNonce(ReadOnlyMemory<byte> nonce) : IEntropy
    {
        public void Fill(Span<byte> buffer)
        {
            if (nonce.Length != buffer.Length) throw new CeremonyException("a nonce of another length than was drawn");
            nonce.Span.CopyTo(buffer);
        }
    }
}
