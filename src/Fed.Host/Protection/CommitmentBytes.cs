using System.Buffers.Binary;
using System.Collections.Immutable;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;

namespace Fed.Host.Protection;

/// <summary>A site's commitment as it travels: the attempt, the site's signature, and the Merkle root over its ciphertexts. The library's names follow from that, so nothing can be said twice.</summary>
/// <param name="Attempt">For which attempt it was encrypted.</param>
/// <param name="Contribution">The ciphertexts by the root over their hashes.</param>
/// <param name="Commitment">Its name, signed.</param>
internal sealed record CommitmentBytes(int Attempt, Contribution Contribution, ContributionCommitment Commitment)
{
    /// <summary>The most that a commitment has, whatever the length of the vector.</summary>
    public const int BytesMax = 256;

    /// <summary>Of a new contribution.</summary>
    public static byte[] Write(int attempt, Contribution contribution, ContributionCommitment commitment)
    {
        byte[] number = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(number, attempt);
        return StepSecrets.Join(number, commitment.Signature.ToArray(), contribution.Root.ToArray());
    }

    /// <summary>Reads a commitment; its signature is checked by whoever relies on it.</summary>
    /// <exception cref="CeremonyException">The bytes are no commitment.</exception>
    public static CommitmentBytes Read(EncryptionContext context, CollectivePublicKey key, PackingLayout layout, SiloId silo, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > BytesMax || StepSecrets.Parts(bytes.ToArray()) is not [{ Length: sizeof(int) } number, var signature, { Length: Hash256.Bytes } root])
            throw new CeremonyException($"the commitment of '{silo}' has {bytes.Length} bytes and is none") { Site = silo };
        int attempt = BinaryPrimitives.ReadInt32LittleEndian(number);
        Contribution contribution = Contribution.OfRoot(CkksTerms.Round(context, attempt), key, layout, silo.Value, new Hash256(root));
        return new CommitmentBytes(attempt, contribution, new ContributionCommitment(silo.Value, contribution.Id, signature));
    }
}

/// <summary>Hashes in a row.</summary>
internal static class HashList
{
    /// <summary>32 bytes each.</summary>
    public static byte[] Write(IReadOnlyCollection<Hash256> hashes)
    {
        byte[] bytes = new byte[Hash256.Bytes * hashes.Count];
        int at = 0;
        foreach (Hash256 hash in hashes) hash.CopyTo(bytes.AsSpan(Hash256.Bytes * at++));
        return bytes;
    }

    /// <summary>The hashes.</summary>
    /// <exception cref="InvalidDataException">The bytes are no whole number of hashes.</exception>
    public static ImmutableArray<Hash256> Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % Hash256.Bytes != 0) throw new InvalidDataException($"{bytes.Length} bytes are no list of hashes");
        ImmutableArray<Hash256>.Builder hashes = ImmutableArray.CreateBuilder<Hash256>(bytes.Length / Hash256.Bytes);
        for (; !bytes.IsEmpty; bytes = bytes[Hash256.Bytes..]) hashes.Add(new Hash256(bytes[..Hash256.Bytes]));
        return hashes.MoveToImmutable();
    }
}
