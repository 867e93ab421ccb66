using System.Net.Sockets;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>An HTTP proxy through which a node reaches its broker (CONNECT, RFC 9110, 9.3.6). It sees to whom the connection is; TLS begins behind it.</summary>
/// <param name="Host">Its machine.</param>
/// <param name="Port">Its port.</param>
public sealed record HttpProxy(string Host, int Port)
{
    private const int AnswerBytesMax = 16 * 1024;

    /// <summary>Who the node is there; null where it asks nobody.</summary>
    public string? User { get; init; }

    /// <summary>With which password.</summary>
    public string? Password { get; init; }

    /// <summary>Asks the proxy, on a connection to it, for a tunnel. Behind its answer the connection is the server's.</summary>
    /// <exception cref="ProxyException">It refuses, or is no proxy; the message says what to do.</exception>
    /// <exception cref="SocketException">The connection is lost before it is asked.</exception>
    public async Task TunnelAsync(Socket connection, string host, int port, CancellationToken cancel)
    {
        string target = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{port}" : $"{host}:{port}";
        string login = User is null ? "" : $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}"))}\r\n";
        byte[] request = Encoding.ASCII.GetBytes($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{login}\r\n");
        for (ReadOnlyMemory<byte> rest = request; !rest.IsEmpty;) rest = rest[await connection.SendAsync(rest, cancel).ConfigureAwait(false)..];
        string answer = await ReadAnswerAsync(connection, cancel).ConfigureAwait(false);
        string[] status = answer.Split("\r\n", 2)[0].Split(' ', 3);
        if (status.Length < 2 || !status[0].StartsWith("HTTP/1.", StringComparison.Ordinal)) throw new ProxyException($"{Host}:{Port} does not speak as an HTTP proxy does; check host and port of the proxy");
        if (status[1] is ['2', ..]) return;
        string remedy = status[1] switch
        {
            "407" => User is null ? "it wants a user: set proxy.user and proxy.password-file" : "check user and password of the proxy",
            "403" or "405" => $"have its administrator allow CONNECT to {target}",
            _ => $"ask its administrator whether it reaches {target}",
        };
        throw new ProxyException($"the proxy {Host}:{Port} refuses a tunnel to {target} ({string.Join(' ', status[1..])}); {remedy}");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Host}:{Port}";   // without the password

    /// <summary>The answer's head, and no byte beyond: what follows is the server's.</summary>
    private async Task<string> ReadAnswerAsync(Socket connection, CancellationToken cancel)
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (head.Length < AnswerBytesMax)
        {
            int received;
            try { received = await connection.ReceiveAsync(one, cancel).ConfigureAwait(false); }
            catch (SocketException) { received = 0; }
            if (received == 0) throw new ProxyException($"the proxy {Host}:{Port} has closed the connection without an answer; check its host and port, and what it allows");
            head.Append((char)one[0]);
            if (one[0] == '\n' && head.Length >= 4 && head[^2] == '\r' && head[^3] == '\n' && head[^4] == '\r') return head.ToString();
        }

        throw new ProxyException($"{Host}:{Port} does not speak as an HTTP proxy does; check host and port of the proxy");
    }
}

/// <summary>A proxy does not let a node through.</summary>
public sealed class ProxyException(string message) : IOException(message);
