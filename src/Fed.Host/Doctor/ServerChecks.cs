using System.Collections.Immutable;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Fed.Host.Doctor;

/// <summary>Whether a server can be reached, and whether it is the one that the federation's CA has certified.</summary>
internal static class ServerChecks
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Opens a connection, and TLS on it.</summary>
    /// <param name="what">The server: "broker".</param>
    /// <param name="host">Its name or address.</param>
    /// <param name="port">Its port.</param>
    /// <param name="authority">The federation's CA; null where TLS is off.</param>
    /// <param name="proxy">The proxy that this machine's environment names, or null.</param>
    /// <param name="cancel">Ends the checks.</param>
    public static async Task<ImmutableArray<Check>> ExamineAsync(string what, string host, int port, X509Certificate2? authority, string? proxy, CancellationToken cancel)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Limit);
        using TcpClient client = new();
        try
        {
            await client.ConnectAsync(host, port, limit.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is SocketException || (failure is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            string because = failure is SocketException socket ? socket.SocketErrorCode switch
            {
                SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "the name is not known here",
                SocketError.ConnectionRefused => "nobody listens there",
                _ => socket.Message,
            } : $"no answer within {Limit.TotalSeconds:0} s";
            string remedy = $"check host and port; the firewall must let this machine connect out to {host}:{port}{(proxy is null ? "" : $", past the proxy {proxy}, which nodes do not use")}";
            return [Check.Failed(what, $"{host}:{port} cannot be reached: {because}", remedy), Check.Skipped($"{what} TLS", "not reached")];
        }

        Check reached = Check.Ok(what, $"{host}:{port} answers");
        if (authority is null) return [reached, Check.Warning($"{what} TLS", "it is off: who carries the connection sees who speaks to whom, and the password", "set tls = true, and certify the server: fed federation server HOST")];
        return [reached, await TlsAsync(what, client, host, authority, limit.Token, cancel).ConfigureAwait(false)];
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
                return Check.Failed(name, $"there is no TLS to be had: {failure.Message}", "check that the port is the one with TLS (AMQPS: 5671), and that no firewall cuts it");
            }
        }
    }
}
