using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Fed.Cluster.Identity.Enrolment;

/// <summary>
/// What all nodes of a federation know about each other, as one PEM file: the CA's certificate, its newest list of revoked certificates, and the certificates of all nodes. Public, the same for everybody, and worth nothing but for the
/// CA's signatures on it: who brings it does not matter, but a node must know the CA's fingerprint before the first one.
/// </summary>
/// <param name="Authority">The CA's certificate, DER.</param>
/// <param name="Revocations">The list, DER.</param>
/// <param name="Certificates">The nodes' certificates, DER.</param>
public sealed record MembersFile(ReadOnlyMemory<byte> Authority, ReadOnlyMemory<byte> Revocations, ImmutableArray<ReadOnlyMemory<byte>> Certificates)
{
    /// <summary>Characters in a file.</summary>
    public const int TextMax = 16 * 1024 * 1024;

    private const string CertificateLabel = "CERTIFICATE", ListLabel = "X509 CRL";
    private const string Where = "take the members.pem that the CA's holder has sent";

    /// <summary>The CA's fingerprint.</summary>
    public string Fingerprint => Enrolment.Fingerprint.Of(Authority.Span);

    /// <summary>As PEM, after a line that says what it is.</summary>
    public string ToPem()
    {
        using X509Certificate2 authority = OpenAuthority();
        StringBuilder text = new($"Members of the federation {CertificateAuthority.FederationOf(authority)}: its CA, its list of revoked certificates, its nodes. Public.\n");
        text.Append(PemEncoding.Write(CertificateLabel, Authority.Span)).Append('\n').Append(PemEncoding.Write(ListLabel, Revocations.Span)).Append('\n');
        foreach (ReadOnlyMemory<byte> certificate in Certificates) text.Append(PemEncoding.Write(CertificateLabel, certificate.Span)).Append('\n');
        return text.ToString();
    }

    /// <summary>Reads a file; what its certificates are worth says <see cref="NewMembership"/>.</summary>
    /// <exception cref="IdentityException">It is none, or damaged.</exception>
    public static MembersFile Parse(string text)
    {
        if (text.Length > TextMax) throw new IdentityException($"a members file has at most {TextMax} characters, not {text.Length}; {Where}");
        List<ReadOnlyMemory<byte>> certificates = [];
        ReadOnlyMemory<byte>? list = null;
        try
        {
            for (ReadOnlySpan<char> rest = text; PemEncoding.TryFind(rest, out PemFields pem); rest = rest[pem.Location.End..])
            {
                byte[] bytes = Convert.FromBase64String(rest[pem.Base64Data].ToString());
                if (rest[pem.Label].SequenceEqual(CertificateLabel)) certificates.Add(bytes);
                else if (rest[pem.Label].SequenceEqual(ListLabel) && list is null) list = bytes;
                else throw new IdentityException($"a members file has no place for this '{rest[pem.Label]}'; {Where}");
            }
        }
        catch (FormatException damaged)
        {
            throw new IdentityException($"the members file is damaged ({damaged.Message}); {Where}", damaged);
        }

        if (certificates.Count == 0 || list is not { } revocations) throw new IdentityException($"the file is no members file, which has a CA's certificate and its list of revoked ones; {Where}");
        MembersFile file = new(certificates[0], revocations, [.. certificates.Skip(1)]);
        using X509Certificate2 authority = file.OpenAuthority();
        CertificateAuthority.FederationOf(authority);
        RevocationList.Parse(revocations, authority);
        return file;
    }

    /// <summary>What a node goes by who trusts this CA: its list and all certificates that count now. Expired and revoked ones are left out; any other that does not count spoils the file.</summary>
    /// <exception cref="IdentityException">A certificate is not the CA's, or has another form.</exception>
    public (CertificateValidator Validator, Membership Members) NewMembership(TimeProvider clock)
    {
        CertificateValidator validator = new(OpenAuthority(), clock);
        try
        {
            validator.Use(Revocations);
            Membership members = new(validator);
            foreach (ReadOnlyMemory<byte> certificate in Certificates)
            {
                if (validator.IsValid(validator.ReadAny(certificate))) members.Add(certificate);
            }

            return (validator, members);
        }
        catch
        {
            validator.Dispose();
            throw;
        }
    }

    /// <summary>The CA's certificate, to be disposed by the caller.</summary>
    /// <exception cref="IdentityException">It is damaged.</exception>
    public X509Certificate2 OpenAuthority()
    {
        try
        {
            X509Certificate2 authority = X509CertificateLoader.LoadCertificate(Authority.Span);
            if (authority.RawData.AsSpan().SequenceEqual(Authority.Span)) return authority;
            authority.Dispose();
            throw new CryptographicException("other bytes follow it");
        }
        catch (CryptographicException damaged)
        {
            throw new IdentityException($"the CA's certificate is damaged ({damaged.Message}); {Where}", damaged);
        }
    }
}
