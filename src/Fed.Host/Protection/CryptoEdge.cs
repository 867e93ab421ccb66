using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Crypto;
using Fed.Crypto.Multiparty;

namespace Fed.Host.Protection;

/// <summary>Between the runtime's words and the library's: hashes, and what each calls a refusal.</summary>
internal static class CryptoEdge
{
    /// <summary>The same 32 bytes for the library.</summary>
    public static Hash256 HashOf(Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Digest.Size];
        digest.CopyTo(bytes);
        return new Hash256(bytes);
    }

    /// <summary>The same 32 bytes for the runtime.</summary>
    public static Digest DigestOf(Hash256 hash) => new(hash.ToArray());

    /// <summary>What the local steps refuse is a matter of the ceremony.</summary>
    /// <exception cref="CeremonyException">In place of what the library throws.</exception>
    public static TResult Explained<TResult>(Func<TResult> step)
    {
        try
        {
            return step();
        }
        catch (RefusedException e)
        {
            throw new CeremonyException(e.Message, e) { Site = e.Party is { } party ? new SiloId(party) : null };
        }
        catch (Exception e) when (e is CryptoException or InvalidDataException)
        {
            throw new CeremonyException(e.Message, e);
        }
    }
}
