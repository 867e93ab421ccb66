using System.Security.Cryptography;
using System.Text;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Host.Protection;

/// <summary>What a site enters a key ceremony with: a fresh public key, to which the others seal their deals, signed with the site's own key for this ceremony.</summary>
internal static class HolderAdvert
{
    private const string Purpose = "fedactors/key-holder/1";
    private const int BytesMax = 1024;

    /// <summary>Of a site's agreement key.</summary>
    public static byte[] Create(KeyContext context, SiloId self, ECDiffieHellman agreement, ISigner signer)
    {
        byte[] key = agreement.PublicKey.ExportSubjectPublicKeyInfo();
        return StepSecrets.Join(key, signer.Sign(Purpose, Covered(context, self, key)).ToArray());
    }

    /// <summary>The agreement key of an advert; null where the site has not signed it for this ceremony.</summary>
    public static byte[]? Read(KeyContext context, SiloId silo, ReadOnlyMemory<byte> advert, ISigner verifier, ReadOnlySpan<byte> signingKey)
    {
        if (advert.Length > BytesMax) return null;
        try
        {
            return StepSecrets.Parts(advert.ToArray()) is [var key, var signature] && verifier.Verify(Purpose, Covered(context, silo, key), signature, signingKey) ? key : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static byte[] Covered(KeyContext context, SiloId silo, byte[] key) =>
        Encoding.UTF8.GetBytes($"{context.Job}\n{context.Epoch}\n{context.Plan}\n{context.Roster}\n{silo}\n{Convert.ToHexStringLower(key)}");
}
