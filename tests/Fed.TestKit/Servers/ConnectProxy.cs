using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fed.TestKit.Servers;

/// <summary>A real HTTP proxy on the loopback interface that knows CONNECT alone: it lets through whom it is told to, asks for a user where it has one, refuses what it does not allow, and can cut all its tunnels.</summary>
public sealed class ConnectProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string? _login;
    private readonly Func<string, int, int?> _route;
    private readonly Lock _gate = new();
    private readonly List<Socket> _sockets = [];

    /// <summary>Listens on a free port.</summary>
    /// <param name="route">For a host and port that somebody asks for: the port on 127.0.0.1 to which the tunnel leads; null where it is not allowed.</param>
    /// <param name="login">User and password, as <c>user:password</c>; null where nobody is asked.</param>
    public ConnectProxy(Func<string, int, int?> route, string? login = null)
    {
        (_route, _login) = (route, login);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>What was asked for, in order: <c>host:port status</c>.</summary>
    public IReadOnlyList<string> Asked
    {
        get
        {
            lock (_gate) return [.. _asked];
        }
    }

    private readonly List<string> _asked = [];

    /// <summary>Ends all tunnels; new ones are made.</summary>
    public void CutAll()
    {
        Socket[] all;
        lock (_gate) all = [.. _sockets];
        foreach (Socket socket in all) socket.Close();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _listener.Dispose();
        CutAll();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try { client = await _listener.AcceptSocketAsync(); }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException) { return; }
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using Socket server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        lock (_gate) _sockets.AddRange([client, server]);
        try
        {
            string head = await ReadHeadAsync(client);
            string[] request = head.Split("\r\n")[0].Split(' '), target = request.Length > 1 ? request[1].Split(':') : [];
            bool isConnect = request[0] == "CONNECT" && target.Length == 2;
            bool isKnown = _login is null || head.Contains($"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(_login))}\r\n", StringComparison.Ordinal);
            int? port = isConnect && isKnown ? _route(target[0], int.Parse(target[1], System.Globalization.CultureInfo.InvariantCulture)) : null;
            string status = !isConnect ? "405 Method Not Allowed" : !isKnown ? "407 Proxy Authentication Required" : port is null ? "403 Forbidden" : "200 Connection established";
            lock (_gate) _asked.Add($"{(isConnect ? request[1] : head)} {status[..3]}");
            if (port is { } to) await server.ConnectAsync(IPAddress.Loopback, to);
            await SendAsync(client, Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nProxy-Agent: test\r\n\r\n"));
            if (port is not null) await Task.WhenAny(CopyAsync(client, server), CopyAsync(server, client));
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // One side has left.
        }

        client.Dispose();
        server.Close();
        lock (_gate) _sockets.RemoveAll(socket => socket == client || socket == server);
    }

    private static async Task<string> ReadHeadAsync(Socket client)
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await client.ReceiveAsync(one) > 0) head.Append((char)one[0]);
        return head.ToString();
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and int read) await SendAsync(to, buffer.AsMemory(0, read));
        }
        catch (Exception cut) when (cut is SocketException or ObjectDisposedException)
        {
            // The other direction ends with it.
        }
    }

    private static async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[await to.SendAsync(bytes)..];
    }
}
