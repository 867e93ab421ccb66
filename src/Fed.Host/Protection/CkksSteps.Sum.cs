using System.Collections.Immutable;
using System.Security.Cryptography;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;
using Fed.Crypto.Sampling;
using static Fed.Host.Protection.CryptoEdge;

namespace Fed.Host.Protection;

/// <content>From grid vectors to a stated sum.</content>
internal sealed partial class CkksSteps
{
    private const int PieceBytes = 1 << 20;

    /// <inheritdoc/>
    public int CiphertextsOf(EncryptionTerms terms) => Explained(() => _terms.Layout(terms).Ciphertexts);

    /// <inheritdoc/>
    public long UploadBytes(EncryptionContext context) => Explained(() =>
    {
        PackingLayout layout = _terms.Layout(context.Terms);
        return ((long)layout.Ciphertexts * CiphertextStream.Bytes(layout)) + TailBytes(context, layout);
    });

    /// <inheritdoc/>
    public int CiphertextBytes(EncryptionContext context) => Explained(() => CiphertextStream.Bytes(_terms.Layout(context.Terms)));

    /// <inheritdoc/>
    public byte[] Protect(EncryptionContext context, SiloId self, ReadOnlyMemory<byte> secrets, Stream vector, IBlobWriter output) => Explained(() =>
    {
        CollectivePublicKey key = _terms.Key(context);
        PackingLayout layout = _terms.Layout(context.Terms);
        int attempt = context.Collection.Attempt;
        SumRound round = CkksTerms.Round(context, attempt);
        long start = vector.Position;
        Hash256 words = new(SHA256.HashData(vector));   // errors belong to the vector: encrypted again it gives the same bytes
        vector.Position = start;
        ImmutableArray<Hash256>.Builder hashes = ImmutableArray.CreateBuilder<Hash256>(layout.Ciphertexts);
        using HolderSecrets known = HolderSecrets.Read(secrets);
        using KeyHolder holder = KeyHolder.Unwrap(key, self.Value, known.Party, known.Wrapping, new InMemoryShareLedger(), _transcript, SystemEntropy.Instance);
        using SumEncryptor encryptor = holder.Encrypt(round, layout, words, context.Ring, (_, ciphertext) =>
        {
            hashes.Add(Hash256.Of(ciphertext));
            output.Write(ciphertext);
        });
        byte[] piece = new byte[PieceBytes];
        for (int read; (read = vector.ReadAtLeast(piece, PieceBytes, throwOnEndOfStream: false)) > 0;) encryptor.Write(piece.AsSpan(0, read));
        CryptographicOperations.ZeroMemory(piece);
        encryptor.Complete();
        if (TailBytes(context, layout) > 0) output.Write(HashList.Write(hashes));
        Contribution contribution = Contribution.OfHashes(round, key, layout, self.Value, hashes);
        return CommitmentBytes.Write(attempt, contribution, contribution.Commit(_transcript));
    });

    /// <inheritdoc/>
    public int? CommittedIn(EncryptionContext context, SiloId silo, ReadOnlyMemory<byte> commitment)
    {
        try
        {
            return Explained<int?>(() =>
            {
                CommitmentBytes read = CommitmentBytes.Read(context, _terms.Key(context), _terms.Layout(context.Terms), silo, commitment);
                bool counts = read.Attempt >= 1 && read.Attempt <= context.Collection.Attempt && read.Commitment.IsSigned(_terms.SigningKeys([silo]), _transcript);
                return counts ? read.Attempt : null;
            });
        }
        catch (CeremonyException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Approve(EncryptionContext context, SiloId self, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> list) => Explained(() =>
    {
        CollectivePublicKey key = _terms.Key(context);
        PackingLayout layout = _terms.Layout(context.Terms);
        return Ticket(context, self, list.ToImmutableSortedDictionary(static pair => pair.Key, pair => CommitmentBytes.Read(context, key, layout, pair.Key, pair.Value)));
    });

    /// <inheritdoc/>
    public bool IsCommitted(EncryptionContext context, SiloId silo, ReadOnlyMemory<byte> commitment, Stream upload)
    {
        try
        {
            return Explained(() =>
            {
                PackingLayout layout = _terms.Layout(context.Terms);
                CommitmentBytes read = CommitmentBytes.Read(context, _terms.Key(context), layout, silo, commitment);
                PackedFormat format = new(layout, HashOf(context.Key.Id).ToArray());
                List<Hash256> hashes = [];
                byte[] tail = new byte[TailBytes(context, layout)];
                foreach (ReadOnlyMemory<byte> ciphertext in CiphertextStream.Read(layout, upload, tail))
                {
                    if (format.Read(ciphertext.Span) != new PackedHeader(PackedForm.Masked, hashes.Count, Summands: 1)) return false;
                    hashes.Add(Hash256.Of(ciphertext.Span));
                }

                return MerkleRoot.Of(hashes) == read.Contribution.Root && (tail.Length == 0 || tail.AsSpan().SequenceEqual(HashList.Write(hashes)));
            });
        }
        catch (CeremonyException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public ISumAccumulator CreateAccumulator(EncryptionContext context) => Explained(() =>
    {
        PackingLayout layout = _terms.Layout(context.Terms);
        return new CkksAccumulator(layout, HashOf(context.Key.Id).ToArray(), TailBytes(context, layout));
    });

    /// <inheritdoc/>
    public byte[] State(EncryptionContext context, Stream sum) =>
        Explained(() => HashList.Write([.. CiphertextStream.Read(_terms.Layout(context.Terms), sum).Select(static ciphertext => Hash256.Of(ciphertext.Span))]));

    /// <summary>Where single ciphertexts are fetched the hashes of all come along: they lie behind the ciphertexts, and are checked by the root that was committed to.</summary>
    private static int TailBytes(EncryptionContext context, PackingLayout layout) => context.Terms.Parameters.Verification == SumCheckLevel.Assigned ? Hash256.Bytes * layout.Ciphertexts : 0;

    private ContributionTicket Ticket(EncryptionContext context, SiloId self, ImmutableSortedDictionary<SiloId, CommitmentBytes> list)
    {
        if (!list.TryGetValue(self, out CommitmentBytes? own)) throw new CeremonyException($"the list of commitments for {context.Collection} lacks that of '{self}'");
        if (list.FirstOrDefault(pair => pair.Value.Attempt < 1 || pair.Value.Attempt > context.Collection.Attempt) is { Value: { } stranger })
            throw new CeremonyException($"the list of commitments for {context.Collection} has one of '{stranger.Commitment.Party}' for attempt {stranger.Attempt}") { Site = new SiloId(stranger.Commitment.Party) };
        CommitmentList closed = new(CkksTerms.Round(context, context.Collection.Attempt), list.Values.Select(static read => read.Commitment));
        return ContributionTicket.Approve(own.Contribution, closed, context.Terms.Parameters.MinimumContributors, _terms.SigningKeys(list.Keys), _transcript);
    }
}
