using System.Collections.Immutable;
using Fed.Crypto.Packing;

namespace Fed.Crypto.Multiparty;

/// <summary>What a site committed to before anybody uploaded: the name of its contribution, signed.</summary>
/// <param name="Party">The site.</param>
/// <param name="Id">Hash over round, key, layout, site and all its ciphertexts.</param>
/// <param name="Signature">The site's, over the id.</param>
public sealed record ContributionCommitment(string Party, Hash256 Id, ReadOnlyMemory<byte> Signature)
{
    internal const string Purpose = "fedactors/contribution/1";

    /// <summary>Whether the site has signed it.</summary>
    /// <param name="signingKeys">The signing keys of all sites of the plan.</param>
    /// <param name="verifier">Checks the signature.</param>
    public bool IsSigned(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> signingKeys, ITranscriptSigner verifier) =>
        signingKeys.TryGetValue(Party, out ReadOnlyMemory<byte> key) && verifier.Verify(Purpose, Id.ToArray(), Signature.Span, key.Span);
}

/// <summary>One site's ciphertexts for one sum, by the Merkle root over their hashes. Ciphertexts carry no origin and can be changed by anybody; this binds them to site, round and key.</summary>
public sealed class Contribution
{
    private Contribution(SumRound round, Hash256 key, PackingLayout layout, string party, Hash256 root)
    {
        (Round, Party, Root) = (round, party, root);
        Id = new FieldHash("fedactors/contribution-id/4").Add(round.AttemptId).Add(key).Add(layout.Hash.AsSpan()).Add(party).Add(root).Close();
    }

    /// <summary>The sum, and the attempt that it was encrypted for.</summary>
    public SumRound Round { get; }

    /// <summary>The site.</summary>
    public string Party { get; }

    /// <summary>Over the hashes of the ciphertexts; their number is the layout's, which the name covers.</summary>
    public Hash256 Root { get; }

    /// <summary>Names the contribution.</summary>
    public Hash256 Id { get; }

    /// <summary>Describes encrypted ciphertexts; they are read once, in order.</summary>
    /// <exception cref="SealFormatException">They are not the layout's number of ciphertexts.</exception>
    public static Contribution Of(SumRound round, CollectivePublicKey key, PackingLayout layout, string party, IEnumerable<ReadOnlyMemory<byte>> ciphertexts) =>
        OfHashes(round, key, layout, party, ciphertexts.Select(static c => Hash256.Of(c.Span)));

    /// <summary>The same from hashes.</summary>
    /// <inheritdoc cref="Of" path="/exception"/>
    public static Contribution OfHashes(SumRound round, CollectivePublicKey key, PackingLayout layout, string party, IEnumerable<Hash256> hashes)
    {
        ImmutableArray<Hash256> all = [.. hashes];
        if (all.Length != layout.Ciphertexts) throw new SealFormatException($"'{party}' has {all.Length} ciphertexts; a vector of this layout has {layout.Ciphertexts}");
        return OfRoot(round, key, layout, party, MerkleRoot.Of(all));
    }

    /// <summary>The same from the root, as it travels.</summary>
    public static Contribution OfRoot(SumRound round, CollectivePublicKey key, PackingLayout layout, string party, Hash256 root) => new(round, key.Id, layout, party, root);

    /// <summary>Commits to the contribution: to be sent before any ciphertext is.</summary>
    public ContributionCommitment Commit(ITranscriptSigner signer) => new(Party, Id, signer.Sign(ContributionCommitment.Purpose, Id.ToArray()));

    /// <summary>Refuses hashes that are not those that the site committed to.</summary>
    /// <exception cref="RefusedException">They are others, or another number.</exception>
    internal void RequireHashes(PackingLayout layout, IReadOnlyCollection<Hash256> hashes)
    {
        if (hashes.Count != layout.Ciphertexts || MerkleRoot.Of(hashes) != Root) throw NotCommitted();
    }

    internal RefusedException NotCommitted() => new($"the ciphertexts of '{Party}' are not those it had committed to") { Party = Party };
}
