using System.Security.Cryptography;

namespace Fed.Crypto.Multiparty;

/// <summary>Seals a secret to one receiver: a fresh ECDH P-256 key, HKDF-SHA256, AES-256-GCM.</summary>
/// <remarks>
/// ECIES in the shape of RFC 9180 (HPKE, base mode) with the base library's parts: the sender's key is fresh for every deal, so the derived key is used once and the nonce may be zero. The context, which
/// names ceremony, sender and receiver, enters the derivation and the authenticated data. Points off the curve are refused by the import.
/// </remarks>
internal static class DealSeal
{
    private const int TagBytes = 16;
    private const int LengthBytes = 2;

    public static byte[] Seal(ReadOnlySpan<byte> receiverKey, ReadOnlySpan<byte> context, ReadOnlySpan<byte> secret)
    {
        using ECDiffieHellman receiver = TryImport(receiverKey) ?? throw new RefusedException("the receiver's agreement key is no P-256 public key");
        using ECDiffieHellman fresh = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        byte[] point = fresh.PublicKey.ExportSubjectPublicKeyInfo();
        byte[] key = Derive(fresh, receiver.PublicKey, point, context);
        try
        {
            byte[] sealedBytes = new byte[LengthBytes + point.Length + secret.Length + TagBytes];
            System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(sealedBytes, (ushort)point.Length);
            point.CopyTo(sealedBytes, LengthBytes);
            Span<byte> body = sealedBytes.AsSpan(LengthBytes + point.Length);
            using AesGcm gcm = new(key, TagBytes);
            gcm.Encrypt(stackalloc byte[12], secret, body[..secret.Length], body[secret.Length..], context);
            return sealedBytes;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Opens a sealed secret.</summary>
    /// <returns>False when it is damaged, for somebody else, or of another context.</returns>
    public static bool TryOpen(ECDiffieHellman receiver, ReadOnlySpan<byte> context, ReadOnlySpan<byte> sealedBytes, Span<byte> secret)
    {
        if (sealedBytes.Length < LengthBytes) return false;
        int pointBytes = System.Buffers.Binary.BinaryPrimitives.ReadUInt16LittleEndian(sealedBytes);
        if (sealedBytes.Length != LengthBytes + pointBytes + secret.Length + TagBytes) return false;
        byte[] point = sealedBytes.Slice(LengthBytes, pointBytes).ToArray(), key = [];
        ReadOnlySpan<byte> body = sealedBytes[(LengthBytes + pointBytes)..];
        try
        {
            using ECDiffieHellman? fresh = TryImport(point);
            if (fresh is null) return false;
            key = Derive(receiver, fresh.PublicKey, point, context);
            using AesGcm gcm = new(key, TagBytes);
            gcm.Decrypt(stackalloc byte[12], body[..secret.Length], body[secret.Length..], secret, context);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static byte[] Derive(ECDiffieHellman own, ECDiffieHellmanPublicKey other, ReadOnlySpan<byte> freshPoint, ReadOnlySpan<byte> context)
    {
        byte[] agreed = own.DeriveRawSecretAgreement(other), key = new byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, agreed, key, freshPoint, context);
        CryptographicOperations.ZeroMemory(agreed);
        return key;
    }

    // Null for anything but a point of P-256, which some platforms report as a curve they do not support.
    private static ECDiffieHellman? TryImport(ReadOnlySpan<byte> publicKey)
    {
        ECDiffieHellman key = ECDiffieHellman.Create();
        bool isPoint = false;
        try
        {
            key.ImportSubjectPublicKeyInfo(publicKey, out int read);
            isPoint = read == publicKey.Length && key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value;
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            isPoint = false;
        }
        if (isPoint) return key;
        key.Dispose();
        return null;
    }
}
