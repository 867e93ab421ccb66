using System.Security.Cryptography;

namespace Fed.Host.Protection;

/// <summary>
/// What a holder keeps of a collective key between its steps, as the one byte string that its secret store holds. What stands in the last part is encrypted under the wrapping key beside it: that
/// keeps nobody out who reads the store, and tells what is damaged or another ceremony's apart.
/// </summary>
/// <param name="Agreement">Private half of the agreement key, until the deals are opened; then empty.</param>
/// <param name="Adverts">The holders' adverts in the order of their names, parts of their own.</param>
/// <param name="Wrapping">32 bytes.</param>
/// <param name="PublicKey">Name and bytes of the public key, parts of their own; empty before the site has it.</param>
/// <param name="Party">The party of the library: making the key, sharing it, or holding it.</param>
internal sealed record HolderSecrets(byte[] Agreement, byte[] Adverts, byte[] Wrapping, byte[] PublicKey, byte[] Party) : IDisposable
{
    /// <summary>Of a site that has entered.</summary>
    public static HolderSecrets Enter(ECDiffieHellman agreement) => new(agreement.ExportECPrivateKey(), [], RandomNumberGenerator.GetBytes(32), [], []);

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    public static HolderSecrets Read(ReadOnlyMemory<byte> secrets) => StepSecrets.Parts(secrets.ToArray()) is [var agreement, var adverts, var wrapping, var key, var party]
        ? new HolderSecrets(agreement, adverts, wrapping, key, party)
        : throw new InvalidDataException("the secrets of a key are damaged");

    /// <summary>One byte string.</summary>
    public byte[] ToBytes() => StepSecrets.Join(Agreement, Adverts, Wrapping, PublicKey, Party);

    /// <summary>The agreement key; the caller disposes it.</summary>
    public ECDiffieHellman AgreementKey()
    {
        ECDiffieHellman key = ECDiffieHellman.Create();
        key.ImportECPrivateKey(Agreement, out _);
        return key;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(Agreement);
        CryptographicOperations.ZeroMemory(Wrapping);
    }

    /// <inheritdoc/>
    public override string ToString() => "<redacted>";
}
