using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Fed.Cluster.Identity;

/// <summary>What a node's certificate looks like (RFC 5280): the identity as its only alternative name, one key usage, and no authority over others.</summary>
internal static class CertificateForm
{
    private const string AlternativeNameId = "2.5.29.17";
    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);   // GeneralName.uniformResourceIdentifier

    public static X509Extension AlternativeName(NodeIdentity identity)
    {
        SubjectAlternativeNameBuilder builder = new();
        builder.AddUri(new Uri(identity.Uri));
        return builder.Build(critical: false);
    }

    /// <summary>The names of a server.</summary>
    /// <exception cref="IdentityException">One is neither a DNS name nor an address.</exception>
    public static X509Extension Hosts(IEnumerable<string> hosts)
    {
        SubjectAlternativeNameBuilder builder = new();
        foreach (string host in hosts)
        {
            if (IPAddress.TryParse(host, out IPAddress? address)) builder.AddIpAddress(address);
            else if (Uri.CheckHostName(host) == UriHostNameType.Dns && host.All(char.IsAscii)) builder.AddDnsName(host);
            else throw new IdentityException($"'{host}' is no host name or address of a server; name it as nodes reach it, such as broker.example.org");
        }

        return builder.Build(critical: false);
    }

    public static X509KeyUsageFlags UsageOf(CertificateUse use) => use == CertificateUse.Signing ? X509KeyUsageFlags.DigitalSignature : X509KeyUsageFlags.KeyAgreement;

    /// <summary>The identity that extensions name; null where there is no alternative name, more than one, or another kind.</summary>
    public static NodeIdentity? IdentityOf(IEnumerable<X509Extension> extensions)
    {
        X509Extension[] names = [.. extensions.Where(static extension => extension.Oid?.Value == AlternativeNameId)];
        if (names.Length != 1) return null;
        try
        {
            AsnReader reader = new(names[0].RawData, AsnEncodingRules.DER);
            AsnReader all = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            string uri = all.ReadCharacterString(UniversalTagNumber.IA5String, UriTag);
            return all.HasData ? null : NodeIdentity.Parse(uri);
        }
        catch (AsnContentException)
        {
            return null;
        }
    }
}
