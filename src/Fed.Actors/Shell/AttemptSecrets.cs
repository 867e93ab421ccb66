using System.Buffers.Binary;
using System.Globalization;
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
    /// <summary>The name of an attempt in the store: names of jobs and sums have no <c>~</c>.</summary>
    public static string NameOf(JobId job, CollectionId id) => $"{job}~{id.Round}~{id.Attempt}~{id.Sum}";

    /// <summary>Erases what is there of a job's settled rounds, and of attempts before those that are needed.</summary>
    public static void Erase(ISecretStore store, JobId job, int settledRound, ImmutableArray<CollectionId> needed)
    {
        if (settledRound >= 0) store.Erase(NonceSecret.NameOf(job));
        foreach (string name in store.Names)
        {
            string[] parts = name.Split('~');
            if (parts.Length != 4 || parts[0] != job.Value) continue;
            CollectionId id = new(int.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture), parts[3]);
            if (id.Round <= settledRound || needed.Any(other => other.Round == id.Round && other.Sum == id.Sum && other.Attempt > id.Attempt)) store.Erase(name);
        }
    }

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
