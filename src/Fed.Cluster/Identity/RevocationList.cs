using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Fed.Cluster.Identity;

/// <summary>The certificates that the CA has taken back: a CRL (RFC 5280, section 5), verified. Immutable.</summary>
public sealed class RevocationList
{
    private const string NumberId = "2.5.29.20", Algorithm = "1.2.840.10045.4.3.2";   // cRLNumber; ecdsa-with-SHA256
    private const int BytesMax = 4 * 1024 * 1024;

    private readonly HashSet<BigInteger> _serials;

    private RevocationList(BigInteger number, DateTimeOffset issued, HashSet<BigInteger> serials, ReadOnlyMemory<byte> encoded) =>
        (Number, Issued, _serials, Encoded) = (number, issued, serials, encoded);

    /// <summary>Rises with every list; a receiver never goes back to a lower one.</summary>
    public BigInteger Number { get; }

    /// <summary>When the CA issued it.</summary>
    public DateTimeOffset Issued { get; }

    /// <summary>How many certificates are on it.</summary>
    public int Count => _serials.Count;

    /// <summary>DER.</summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>True for a certificate that was taken back.</summary>
    public bool Contains(BigInteger serial) => _serials.Contains(serial);

    /// <summary>Reads a list and verifies that this CA has signed it.</summary>
    /// <exception cref="IdentityException">It is damaged, or somebody else's.</exception>
    public static RevocationList Parse(ReadOnlyMemory<byte> encoded, X509Certificate2 authority)
    {
        if (encoded.Length > BytesMax) throw new IdentityException($"a revocation list has at most {BytesMax} bytes, not {encoded.Length}");
        try
        {
            return Read(encoded, authority);
        }
        catch (Exception damaged) when (damaged is AsnContentException or CryptographicException)
        {
            throw new IdentityException($"the revocation list is damaged ({damaged.Message}); get it again from the CA's holder", damaged);
        }
    }

    private static RevocationList Read(ReadOnlyMemory<byte> encoded, X509Certificate2 authority)
    {
        AsnReader outer = new(encoded, AsnEncodingRules.DER);
        AsnReader list = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        ReadOnlyMemory<byte> statement = list.PeekEncodedValue();
        AsnReader content = list.ReadSequence();
        RequireAlgorithm(list);
        byte[] signature = list.ReadBitString(out int unused);
        list.ThrowIfNotEmpty();
        using ECDsa key = authority.GetECDsaPublicKey() ?? throw new IdentityException("the CA's certificate has no ECDSA key");
        if (unused != 0 || !key.VerifyData(statement.Span, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))
            throw new IdentityException("the revocation list is not signed by this federation's CA; get it again from the CA's holder");

        // From here on it is what the CA wrote.
        if (content.ReadInteger() != 1) throw new AsnContentException("not version 2");
        RequireAlgorithm(content);
        if (!content.ReadEncodedValue().Span.SequenceEqual(authority.SubjectName.RawData)) throw new AsnContentException("another issuer");
        DateTimeOffset issued = ReadTime(content);
        ReadTime(content);   // when the next is due: a federation does not stop because its CA's holder is on holiday
        HashSet<BigInteger> serials = [];
        if (content.HasData && content.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence))
        {
            for (AsnReader revoked = content.ReadSequence(); revoked.HasData;) serials.Add(revoked.ReadSequence().ReadInteger());
        }

        return new RevocationList(ReadNumber(content), issued, serials, encoded);
    }

    private static BigInteger ReadNumber(AsnReader content)
    {
        AsnReader extensions = content.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true)).ReadSequence();
        while (extensions.HasData)
        {
            AsnReader extension = extensions.ReadSequence();
            string id = extension.ReadObjectIdentifier();
            if (extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean)) extension.ReadBoolean();
            byte[] value = extension.ReadOctetString();
            if (id == NumberId) return new AsnReader(value, AsnEncodingRules.DER).ReadInteger();
        }

        throw new AsnContentException("no number");
    }

    private static DateTimeOffset ReadTime(AsnReader reader) => reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();

    private static void RequireAlgorithm(AsnReader reader)
    {
        if (reader.ReadSequence().ReadObjectIdentifier() != Algorithm) throw new AsnContentException("another signature algorithm than ECDSA with SHA-256");
    }
}
