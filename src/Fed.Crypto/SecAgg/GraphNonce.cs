using System.Collections.Immutable;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Sampling;
using Fed.Crypto.SecAgg.Wire;

namespace Fed.Crypto.SecAgg;

/// <summary>A site's part of the randomness of the job's graph: committed to by everybody before anybody shows it, so nobody chooses its neighbours.</summary>
/// <param name="Site">The site's place.</param>
/// <param name="Value">32 bytes, secret until all commitments are known.</param>
public sealed record GraphNonce(int Site, Hash256 Value)
{
    /// <summary>Draws a nonce.</summary>
    public static GraphNonce Draw(SecAggRoster roster, string site, IEntropy entropy)
    {
        Span<byte> bytes = stackalloc byte[Hash256.Bytes];
        entropy.Fill(bytes);
        return new GraphNonce(roster.PlaceOf(site), new Hash256(bytes));
    }

    /// <summary>Commits to it.</summary>
    public GraphCommitment Commit(string job, SecAggRoster roster, ITranscriptSigner signer)
    {
        Hash256 hash = HashFor(job, roster);
        return new GraphCommitment(Site, hash, [.. signer.Sign(GraphCommitment.Purpose, GraphCommitment.Covered(job, roster, Site, hash)).Span]);
    }

    internal Hash256 HashFor(string job, SecAggRoster roster) => new FieldHash("fedactors/secagg/graph-nonce/1").Add(job).Add(roster.Hash).Add(Site).Add(Value).Close();

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new SecAggWriter(SecAggKind.GraphNonce).Add(Site).Add(Value).ToArray();

    /// <summary>Reads canonical bytes.</summary>
    /// <exception cref="SecAggFormatException">They are none.</exception>
    public static GraphNonce Decode(SecAggRoster roster, ReadOnlySpan<byte> bytes)
    {
        SecAggReader reader = new(SecAggKind.GraphNonce, bytes);
        GraphNonce nonce = new(reader.Site(roster.Count), reader.Hash());
        reader.End();
        return nonce;
    }
}

/// <summary>The hash of a site's nonce, signed.</summary>
/// <param name="Site">The site's place.</param>
/// <param name="Hash">Hash over job, roster, site and nonce.</param>
/// <param name="Signature">The site's.</param>
public sealed record GraphCommitment(int Site, Hash256 Hash, ImmutableArray<byte> Signature)
{
    internal const string Purpose = "fedactors/secagg/graph-commitment/1";

    internal bool IsSigned(string job, SecAggRoster roster, ITranscriptSigner verifier) =>
        verifier.Verify(Purpose, Covered(job, roster, Site, Hash), Signature.AsSpan(), roster.Sites[Site].SigningKey.AsSpan());

    internal static byte[] Covered(string job, SecAggRoster roster, int site, Hash256 hash) => new FieldHash(Purpose).Add(job).Add(roster.Hash).Add(site).Add(hash).Close().ToArray();

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new SecAggWriter(SecAggKind.GraphCommitment).Add(Site).Add(Hash).AddSignature(Signature.AsSpan()).ToArray();

    /// <summary>Reads canonical bytes.</summary>
    /// <exception cref="SecAggFormatException">They are none.</exception>
    public static GraphCommitment Decode(SecAggRoster roster, ReadOnlySpan<byte> bytes)
    {
        SecAggReader reader = new(SecAggKind.GraphCommitment, bytes);
        GraphCommitment commitment = new(reader.Site(roster.Count), reader.Hash(), reader.Signature());
        reader.End();
        return commitment;
    }
}
