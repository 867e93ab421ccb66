using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fed.Cluster.Identity;
using Fed.Cluster.Messaging.RabbitMq;
using Xunit;

namespace Fed.Cluster.Tests.Messaging.RabbitMq;

/// <summary>Whom a node takes for its broker: who shows a certificate of the federation's CA for that name, over a real TLS connection.</summary>
public sealed class ServerTrustTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fed-trust-").FullName;
    private readonly CertificateAuthority _own, _other;

    public ServerTrustTests()
    {
        _own = CertificateAuthority.Create("lung", Path.Combine(_folder, "own"), TimeProvider.System);
        _other = CertificateAuthority.Create("lung", Path.Combine(_folder, "other"), TimeProvider.System);   // of the same name
    }

    public void Dispose()
    {
        _own.Dispose();
        _other.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Server_that_the_federations_ca_has_certified_for_its_name_or_address_is_taken()
    {
        using X509Certificate2 server = Server(_own, "localhost", "127.0.0.1");
        Assert.True(await IsTaken(server, "localhost"));
        Assert.True(await IsTaken(server, "127.0.0.1"));
    }

    [Fact]
    public async Task Server_of_another_ca_or_for_another_name_is_not_taken()
    {
        using X509Certificate2 stranger = Server(_other, "localhost"), elsewhere = Server(_own, "broker.example.org");
        Assert.False(await IsTaken(stranger, "localhost"));   // what a proxy shows that opens connections
        Assert.False(await IsTaken(elsewhere, "localhost"));
    }

    [Fact]
    public async Task Node_cannot_play_the_broker_with_its_own_certificate()
    {
        using NodeKeys keys = NodeKeys.LoadOrCreate(Path.Combine(_folder, "north"));
        NodeCertificates certified = _own.Approve(EnrolmentRequest.Create(new NodeIdentity("lung", NodeRole.Silo, "localhost"), keys), CertificateAuthority.NodeLifetime);
        using ECDsa key = ECDsa.Create();
        key.ImportFromPem(await File.ReadAllTextAsync(Path.Combine(_folder, "north", "signing.key"), TestContext.Current.CancellationToken));
        using X509Certificate2 plain = X509CertificateLoader.LoadCertificate(certified.Signing.Span);
        using X509Certificate2 node = WithKey(plain, key);
        Assert.False(await IsTaken(node, "localhost"));
    }

    private static X509Certificate2 Server(CertificateAuthority authority, params string[] hosts)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(authority.CertifyServer(key, hosts, TimeSpan.FromDays(1)));
        return WithKey(certificate, key);
    }

    private static X509Certificate2 WithKey(X509Certificate2 certificate, ECDsa key)
    {
        using X509Certificate2 both = certificate.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(both.Export(X509ContentType.Pkcs12), password: null);
    }

    private async Task<bool> IsTaken(X509Certificate2 certificate, string host)
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Task serving = ServeAsync(listener, certificate);
        RemoteCertificateValidationCallback trust = ServerTrust.Of(_own.Certificate, host).CertificateValidationCallback!;
        using TcpClient client = new();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        await using SslStream stream = new(client.GetStream(), leaveInnerStreamOpen: false, trust);
        bool isTaken;
        try
        {
            await stream.AuthenticateAsClientAsync(host);
            isTaken = true;
        }
        catch (AuthenticationException)
        {
            isTaken = false;
        }

        client.Close();
        await serving;
        return isTaken;
    }

    private static async Task ServeAsync(TcpListener listener, X509Certificate2 certificate)
    {
        using TcpClient peer = await listener.AcceptTcpClientAsync();
        await using SslStream stream = new(peer.GetStream());
        try
        {
            await stream.AuthenticateAsServerAsync(certificate);
            Assert.Equal(0, await stream.ReadAsync(new byte[1]));
        }
        catch (Exception refused) when (refused is IOException or AuthenticationException)
        {
            // The client has left.
        }
    }
}
