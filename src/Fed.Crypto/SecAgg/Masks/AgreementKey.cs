using System.Numerics;
using System.Security.Cryptography;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.SecAgg.Masks;

/// <summary>An ECDH key on P-256 from a stored 32-byte scalar. Points travel uncompressed (SEC 1, 2.3.3), 65 bytes.</summary>
internal sealed class AgreementKey : IDisposable
{
    /// <summary>Bytes of a private scalar, and of an agreed x coordinate.</summary>
    public const int ScalarBytes = 32;

    /// <summary>Bytes of a point: 4, x, y.</summary>
    public const int PointBytes = 65;

    // SEC 2, 2.4.2: the field, b and the order of secp256r1; a = -3.
    private static readonly BigInteger P = Number("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    private static readonly BigInteger B = Number("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b");
    private static readonly byte[] Order = Convert.FromHexString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

    private readonly ECDiffieHellman _key;

    /// <summary>Takes a scalar in [1, order).</summary>
    public AgreementKey(ReadOnlySpan<byte> scalar)
    {
        byte[] copy = GC.AllocateUninitializedArray<byte>(ScalarBytes, pinned: true);
        scalar.CopyTo(copy);
        try
        {
            _key = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = copy });
        }
        finally
        {
            CryptographicOperations.ZeroMemory(copy);
        }
    }

    /// <summary>Draws a scalar, uniform on [1, order).</summary>
    public static void Draw(IEntropy entropy, Span<byte> scalar)
    {
        do entropy.Fill(scalar);
        while (!IsScalar(scalar));                          // refused once in 2^32: what is refused says nothing of what is kept
    }

    /// <summary>Whether 32 bytes are a scalar in [1, order).</summary>
    public static bool IsScalar(ReadOnlySpan<byte> scalar)
    {
        int borrow = 0, any = 0;                            // scalar - order, byte by byte, without a branch on them
        for (int i = ScalarBytes - 1; i >= 0; i--)
        {
            borrow = (scalar[i] - Order[i] + borrow) >> 8;
            any |= scalar[i];
        }
        return borrow != 0 && any != 0;
    }

    /// <summary>Whether bytes are a point of the curve other than the one at infinity. The curve has prime order, so any such point will do.</summary>
    public static bool IsPoint(ReadOnlySpan<byte> point)
    {
        if (point.Length != PointBytes || point[0] != 4) return false;
        BigInteger x = new(point.Slice(1, 32), isUnsigned: true, isBigEndian: true), y = new(point[33..], isUnsigned: true, isBigEndian: true);
        return x < P && y < P && (y * y - (x * x * x - 3 * x + B)) % P == 0;
    }

    /// <summary>The public point.</summary>
    public byte[] Public()
    {
        ECPoint q = _key.ExportParameters(includePrivateParameters: false).Q;
        return [4, .. q.X!, .. q.Y!];
    }

    /// <summary>Derives a key that both ends of an agreement derive from the same info.</summary>
    /// <param name="point">The other's point; must be one.</param>
    /// <param name="info">What the key is for.</param>
    /// <param name="key">Receives the key.</param>
    /// <remarks>HKDF-SHA256 (RFC 5869) over the x coordinate, without salt: the info has all of the context.</remarks>
    public void Derive(ReadOnlySpan<byte> point, ReadOnlySpan<byte> info, Span<byte> key)
    {
        using ECDiffieHellman other = ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = point.Slice(1, 32).ToArray(), Y = point[33..].ToArray() },
        });
        using ECDiffieHellmanPublicKey publicKey = other.PublicKey;
        byte[] agreed = _key.DeriveRawSecretAgreement(publicKey);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, agreed, key, [], info);
        CryptographicOperations.ZeroMemory(agreed);
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static BigInteger Number(string hex) => new(Convert.FromHexString(hex), isUnsigned: true, isBigEndian: true);
}
