using System.Collections.Immutable;
using System.Security.Cryptography;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
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
    public long UploadBytes(EncryptionContext context) => Explained(() => _terms.Layout(context.Terms) is var layout ? (long)layout.Ciphertexts * CiphertextStream.Bytes(layout) : 0);

    /// <inheritdoc/>
    public byte[] Protect(EncryptionContext context, SiloId self, Stream vector, IBlobWriter output) => Explained(() =>
    {
        CollectivePublicKey key = _terms.Key(context);
        PackingLayout layout = _terms.Layout(context.Terms);
        ImmutableArray<CiphertextHash>.Builder hashes = ImmutableArray.CreateBuilder<CiphertextHash>(layout.Ciphertexts);
        using SumEncryptor encryptor = new(layout, key.Key, SystemEntropy.Instance, context.Ring, (_, ciphertext) =>
        {
            hashes.Add(CiphertextHash.Of(ciphertext));
            output.Write(ciphertext);
        });
        byte[] piece = new byte[PieceBytes];
        for (int read; (read = vector.ReadAtLeast(piece, PieceBytes, throwOnEndOfStream: false)) > 0;) encryptor.Write(piece.AsSpan(0, read));
        CryptographicOperations.ZeroMemory(piece);
        encryptor.Complete();
        int attempt = context.Collection.Attempt;
        Contribution contribution = Contribution.OfHashes(CkksTerms.Round(context, attempt), key, layout, self.Value, hashes);
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
                int index = 0;
                foreach (ReadOnlyMemory<byte> ciphertext in CiphertextStream.Read(layout, upload))
                {
                    if (format.Read(ciphertext.Span) != new PackedHeader(PackedForm.Ciphertext, index, Summands: 1) || CiphertextHash.Of(ciphertext.Span) != read.Contribution.Ciphertexts[index++]) return false;
                }

                return true;
            });
        }
        catch (CeremonyException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public ISumAccumulator CreateAccumulator(EncryptionContext context) => Explained(() => new CkksAccumulator(_terms.Layout(context.Terms), HashOf(context.Key.Id).ToArray()));

    /// <inheritdoc/>
    public byte[] State(EncryptionContext context, Stream sum) =>
        Explained(() => HashList.WritePairs([.. CiphertextStream.Read(_terms.Layout(context.Terms), sum).Select(static ciphertext => CiphertextHash.Of(ciphertext.Span))]));

    private ContributionTicket Ticket(EncryptionContext context, SiloId self, ImmutableSortedDictionary<SiloId, CommitmentBytes> list)
    {
        if (!list.TryGetValue(self, out CommitmentBytes? own)) throw new CeremonyException($"the list of commitments for {context.Collection} lacks that of '{self}'");
        if (list.FirstOrDefault(pair => pair.Value.Attempt < 1 || pair.Value.Attempt > context.Collection.Attempt) is { Value: { } stranger })
            throw new CeremonyException($"the list of commitments for {context.Collection} has one of '{stranger.Commitment.Party}' for attempt {stranger.Attempt}") { Site = new SiloId(stranger.Commitment.Party) };
        CommitmentList closed = new(CkksTerms.Round(context, context.Collection.Attempt), list.Values.Select(static read => read.Commitment));
        return ContributionTicket.Approve(own.Contribution, closed, context.Terms.Parameters.MinimumContributors, _terms.SigningKeys(list.Keys), _transcript);
    }
}
