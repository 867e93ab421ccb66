using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RabbitMQ.Client;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>TLS to a server that the federation's own CA has certified for its name; what else the machine trusts has no say, so that a proxy that opens connections is found out.</summary>
internal static class ServerTrust
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";   // id-kp-serverAuth

    public static SslOption Of(X509Certificate2 authority, string host) => new(host)
    {
        Enabled = true,
        ServerName = host,
        Version = SslProtocols.Tls12 | SslProtocols.Tls13,
        CertificateValidationCallback = (_, certificate, _, errors) => certificate is not null && (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == SslPolicyErrors.None && IsCertified(certificate, authority),
    };

    private static bool IsCertified(X509Certificate certificate, X509Certificate2 authority)
    {
        using X509Certificate2 server = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        bool isServers = server.Extensions.OfType<X509EnhancedKeyUsageExtension>().Any(static uses => uses.EnhancedKeyUsages.OfType<Oid>().Any(static use => use.Value == ServerUse));
        if (!isServers) return false;   // a node's own certificate says nothing of its uses beyond its key's, which a chain takes for all of them
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerUse));
        return chain.Build(server);
    }
}
