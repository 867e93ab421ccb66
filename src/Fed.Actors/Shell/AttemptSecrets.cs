using System.Buffers.Binary;
using System.Security.Cryptography;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Actors.Shell;

/// <summary>What a site's secret store holds for one attempt: its secrets, and what it has already said, so that it says the same again.</summary>
/// <param name="Secrets">Opaque to everybody but <see cref="ISecureAggregation"/>.</param>
/// <param name="Advert">Its public keys.</param>
/// <param name="Adverts">Hash of the members' keys, once shares are dealt.</param>
/// <param name="Dealt">The shares that it sealed for the others; empty before.</param>
/// <param name="Shares">Hash of what the others sealed for it, once it has taken that.</param>
internal sealed record AttemptSecrets(byte[] Secrets, byte[] Advert, Digest Adverts, byte[] Dealt, Digest Shares) : IDisposable
{
    /// <summary>The name of an attempt in the store.</summary>
    public static string NameOf(JobId job, CollectionId id) => $"{RoundOf(job, id.Round)}{id.Attempt}.{id.Sum}";

    /// <summary>What the names of a round's attempts start with.</summary>
    public static string RoundOf(JobId job, int round) => $"{job}.{round}.";

    /// <summary>Reads an attempt; null where there is nothing, or nothing any more.</summary>
    public static AttemptSecrets? Read(ISecretStore store, string name)
    {
        if (store.Read(name) is not { } bytes) return null;
        int at = 0;
        AttemptSecrets read = new(Part(bytes, ref at), Part(bytes, ref at), new Digest(Part(bytes, ref at)), Part(bytes, ref at), new Digest(Part(bytes, ref at)));
        CryptographicOperations.ZeroMemory(bytes);
        return read;
    }

    /// <summary>Stores it.</summary>
    /// <exception cref="SecretErasedException">The attempt's secrets were erased.</exception>
    public void Write(ISecretStore store, string name)
    {
        byte[] adverts = new byte[Digest.Size], shares = new byte[Digest.Size];
        Adverts.CopyTo(adverts);
        Shares.CopyTo(shares);
        byte[][] parts = [Secrets, Advert, adverts, Dealt, shares];
        byte[] bytes = new byte[parts.Sum(static part => part.Length + sizeof(int))];
        int at = 0;
        foreach (byte[] part in parts)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), part.Length);
            part.CopyTo(bytes, at + sizeof(int));
            at += sizeof(int) + part.Length;
        }

        store.Write(name, bytes);
        CryptographicOperations.ZeroMemory(bytes);
    }

    /// <summary>Wipes the secrets.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(Secrets);

    /// <inheritdoc/>
    public override string ToString() => "<redacted>";

    private static byte[] Part(byte[] bytes, ref int at)
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
        byte[] part = bytes.AsSpan(at + sizeof(int), length).ToArray();
        at += sizeof(int) + length;
        return part;
    }
}
