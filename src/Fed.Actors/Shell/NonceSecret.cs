using System.Buffers.Binary;
using System.Security.Cryptography;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Actors.Shell;

/// <summary>A site's nonce for a job's graph in its secret store, with what it committed to it by: the same bytes whenever it is asked.</summary>
/// <param name="Nonce">Secret until it is shown.</param>
/// <param name="Commitment">What others have seen of it.</param>
internal sealed record NonceSecret(byte[] Nonce, byte[] Commitment) : IDisposable
{
    /// <summary>The name in the store.</summary>
    public static string NameOf(JobId job) => $"{job}~graph";

    /// <summary>Reads it; null where there is none.</summary>
    public static NonceSecret? Read(ISecretStore store, JobId job)
    {
        if (store.Read(NameOf(job)) is not { } bytes) return null;
        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        NonceSecret read = new(bytes.AsSpan(sizeof(int), length).ToArray(), bytes.AsSpan(sizeof(int) + length).ToArray());
        CryptographicOperations.ZeroMemory(bytes);
        return read;
    }

    /// <summary>Stores it.</summary>
    /// <exception cref="SecretErasedException">The job's first round is over.</exception>
    public void Write(ISecretStore store, JobId job)
    {
        byte[] bytes = new byte[sizeof(int) + Nonce.Length + Commitment.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Nonce.Length);
        Nonce.CopyTo(bytes, sizeof(int));
        Commitment.CopyTo(bytes, sizeof(int) + Nonce.Length);
        store.Write(NameOf(job), bytes);
        CryptographicOperations.ZeroMemory(bytes);
    }

    /// <summary>Wipes the nonce.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(Nonce);

    /// <inheritdoc/>
    public override string ToString() => "<redacted>";
}
