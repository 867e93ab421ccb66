using System.Collections.Immutable;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Fed.Cluster.Messaging.RabbitMq;

namespace Fed.Host.Doctor;

/// <summary>Whether a server can be reached, and whether it is the one that the federation's CA has certified.</summary>
internal static class ServerChecks
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private static readonly byte[] PostgresAsksForTls = [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F];   // SSLRequest: its length, and 80877103

    /// <summary>Opens a connection, and TLS on it.</summary>
    /// <param name="what">The server: "broker".</param>
    /// <param name="host">Its name or address.</param>
    /// <param name="port">Its port.</param>
    /// <param name="authority">The federation's CA; null where TLS is off.</param>
    /// <param name="environment">The proxy that this machine's environment names, or null.</param>
    /// <param name="cancel">Ends the checks.</param>
    /// <param name="proxy">The proxy that the node uses; null for none.</param>
    /// <param name="isPostgres">True where TLS must be asked for first.</param>
    public static async Task<ImmutableArray<Check>> ExamineAsync(
        string what, string host, int port, X509Certificate2? authority, string? environment, CancellationToken cancel, HttpProxy? proxy = null, bool isPostgres = false)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Limit);
        using TcpClient client = new();
        string at = proxy is null ? $"{host}:{port}" : $"{proxy.Host}:{proxy.Port}", place = proxy is null ? at : $"the proxy {at}";
        try
        {
            await client.ConnectAsync(proxy?.Host ?? host, proxy?.Port ?? port, limit.Token).ConfigureAwait(false);
            if (proxy is not null) await proxy.TunnelAsync(client.Client, host, port, limit.Token).ConfigureAwait(false);
        }
        catch (ProxyException refused)
        {
            int remedy = refused.Message.LastIndexOf("; ", StringComparison.Ordinal);
            return [Check.Failed(what, refused.Message[..remedy], refused.Message[(remedy + 2)..]), Check.Skipped($"{what} TLS", "not reached")];
        }
        catch (Exception failure) when (failure is SocketException || (failure is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            string because = failure is SocketException socket ? socket.SocketErrorCode switch
            {
                SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "the name is not known here",
                SocketError.ConnectionRefused => "nobody listens there",
                _ => socket.Message,
            } : $"no answer within {Limit.TotalSeconds:0} s";
            string past = environment is null || proxy is not null ? "" : $", past the proxy {environment}, which nodes do not use unless node.broker.proxy names it";
            return [Check.Failed(what, $"{place} cannot be reached: {because}", $"check host and port; the firewall must let this machine connect out to {at}{past}"), Check.Skipped($"{what} TLS", "not reached")];
        }

        Check reached = Check.Ok(what, $"{host}:{port} answers{(proxy is null ? "" : $" behind the proxy {at}")}");
        if (authority is null) return [reached, Check.Warning($"{what} TLS", "it is off: who carries the connection sees who speaks to whom, and the password", "set tls = true, and certify the server: fed federation server HOST")];
        if (isPostgres && !await GrantsTlsAsync(client.GetStream(), limit.Token).ConfigureAwait(false))
            return [reached, Check.Failed($"{what} TLS", "the server has no TLS", "switch it on with the server's certificate (ssl = on; deploy/servers/postgresql.conf)")];
        return [reached, await TlsAsync(what, client, host, authority, limit.Token, cancel).ConfigureAwait(false)];
    }

    private static async Task<bool> GrantsTlsAsync(NetworkStream stream, CancellationToken limit)
    {
        try
        {
            byte[] answer = new byte[1];
            await stream.WriteAsync(PostgresAsksForTls, limit).ConfigureAwait(false);
            await stream.ReadExactlyAsync(answer, limit).ConfigureAwait(false);
            return answer[0] == (byte)'S';
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            return false;
        }
    }

    private static async Task<Check> TlsAsync(string what, TcpClient client, string host, X509Certificate2 authority, CancellationToken limit, CancellationToken cancel)
    {
        string name = $"{what} TLS";
        string issuer = "", status = "";
        SslPolicyErrors errors = SslPolicyErrors.None;
        bool judge(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors found)
        {
            (issuer, errors) = (certificate?.Issuer ?? "", found);
            status = string.Join(", ", chain?.ChainStatus.Select(static one => one.Status.ToString()) ?? []);
            return found == SslPolicyErrors.None;
        }

        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.Add(authority);
        SslStream tls = new(client.GetStream(), leaveInnerStreamOpen: false, judge);
        await using (tls.ConfigureAwait(false))
        {
            try
            {
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host, CertificateChainPolicy = policy }, limit).ConfigureAwait(false);
                return Check.Ok(name, $"{tls.SslProtocol}, certified by '{authority.Subject}' for {host}");
            }
            catch (AuthenticationException) when (errors != SslPolicyErrors.None)
            {
                if (issuer != authority.Subject)
                {
                    return Check.Failed(
                        name, $"the certificate is issued by '{issuer}', not by '{authority.Subject}'",
                        "if that is your network's own CA, TLS is intercepted on the way: have the federation's server excepted from inspection; otherwise another server answers there");
                }

                return errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
                    ? Check.Failed(name, $"the certificate is not for '{host}'", $"use the name that it was made for, or certify the server anew: fed federation server {host}")
                    : Check.Failed(name, $"the certificate does not count ({status})", "check this machine's clock; if it is right, certify the server anew: fed federation server");
            }
            catch (Exception failure) when (failure is AuthenticationException or IOException || (failure is OperationCanceledException && !cancel.IsCancellationRequested))
            {
                return Check.Failed(name, $"there is no TLS to be had: {failure.Message}", "check that the port is the one with TLS (AMQPS: 5671, or 443; PostgreSQL: 5432), and that no firewall cuts it");
            }
        }
    }
}
