using System.Net;
using System.Net.Sockets;

namespace Fed.TestKit.Servers;

/// <summary>What a proxy does with bytes on their way to the server.</summary>
public enum ProxyVerdict
{
    /// <summary>They go on.</summary>
    Pass,

    /// <summary>They do not arrive: the connection ends on both sides.</summary>
    CutBefore,

    /// <summary>They arrive, and the connection ends with the server's answer, which the client never sees.</summary>
    CutAfter,

    /// <summary>They wait for <see cref="TcpProxy.Release"/>.</summary>
    Hold,
}

/// <summary>A network between a client and a server on the loopback interface that can be cut at an exact byte: at a commit, say. No delays and no chance: what it does is decided by what passes.</summary>
public sealed class TcpProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly Lock _gate = new();
    private readonly List<Socket> _sockets = [];
    private readonly SemaphoreSlim _refused = new(0), _held = new(0), _released = new(0);   // not disposed: a late connection may still want them
    private volatile bool _isRefusing;

    /// <summary>Listens on a free port.</summary>
    /// <param name="targetPort">The server's port on 127.0.0.1.</param>
    public TcpProxy(int targetPort)
    {
        _target = targetPort;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    /// <summary>The port on 127.0.0.1 for clients.</summary>
    public int Port { get; }

    /// <summary>Looks at each piece that a client has sent, as it came; a short statement comes in one.</summary>
    public Func<ReadOnlySpan<byte>, ProxyVerdict>? Watch { get; set; }

    /// <summary>Ends every new connection at once, as a machine does whose server is not there, and with them those that it has.</summary>
    /// <param name="cuts">False: the old ones go on.</param>
    public void Refuse(bool cuts = true)
    {
        _isRefusing = true;
        if (cuts) CutAll();
    }

    /// <summary>Takes connections again.</summary>
    public void Accept() => _isRefusing = false;

    /// <summary>Ends all connections; new ones are taken.</summary>
    public void CutAll()
    {
        Socket[] all;
        lock (_gate) all = [.. _sockets];
        foreach (Socket socket in all) End(socket);
    }

    /// <summary>Completes when so many connections were refused that no earlier call has counted.</summary>
    public Task RefusedAsync(int count) => CountAsync(_refused, count, "connections were refused");

    /// <summary>Completes when bytes are held that no earlier call has counted.</summary>
    public Task HeldAsync() => CountAsync(_held, 1, "pieces were held");

    /// <summary>Lets bytes that are held, or will be, go on, once.</summary>
    public void Release() => _released.Release();

    /// <inheritdoc/>
    public void Dispose()
    {
        _isRefusing = true;
        _listener.Dispose();
        CutAll();
    }

    private static async Task CountAsync(SemaphoreSlim counter, int count, string what)
    {
        for (int seen = 0; seen < count; seen++)
        {
            if (!await counter.WaitAsync(TimeSpan.FromMinutes(1))) throw new TimeoutException($"{seen} of {count} {what} within a minute");
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try { client = await _listener.AcceptSocketAsync(); }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException) { return; }
            if (_isRefusing)
            {
                End(client);
                _refused.Release();
                continue;
            }
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using Socket server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        lock (_gate) _sockets.AddRange([client, server]);
        if (_isRefusing) End(client);   // Refuse came between
        Passage passage = new();
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target);
            await Task.WhenAny(ToServerAsync(client, server, passage), ToClientAsync(server, client, passage));
        }
        catch (SocketException)
        {
            // The server is away: so is the connection.
        }
        End(client);
        End(server);
        lock (_gate) _sockets.RemoveAll(socket => socket == client || socket == server);
        client.Dispose();
    }

    private async Task ToServerAsync(Socket client, Socket server, Passage passage)
    {
        byte[] buffer = new byte[256 * 1024];
        while (await ReadAsync(client, buffer) is > 0 and int read)
        {
            switch (Watch?.Invoke(buffer.AsSpan(0, read)) ?? ProxyVerdict.Pass)
            {
                case ProxyVerdict.CutBefore:
                    return;
                case ProxyVerdict.CutAfter:
                    passage.EndsWithAnswer = true;
                    break;
                case ProxyVerdict.Hold:
                    _held.Release();
                    await _released.WaitAsync();
                    break;
            }
            if (!await WriteAsync(server, buffer.AsMemory(0, read))) return;
        }
    }

    private static async Task ToClientAsync(Socket server, Socket client, Passage passage)
    {
        byte[] buffer = new byte[256 * 1024];
        while (await ReadAsync(server, buffer) is > 0 and int read)
        {
            if (passage.EndsWithAnswer || !await WriteAsync(client, buffer.AsMemory(0, read))) return;
        }
    }

    private static async Task<int> ReadAsync(Socket from, Memory<byte> buffer)
    {
        try { return await from.ReceiveAsync(buffer); }
        catch (Exception cut) when (cut is SocketException or ObjectDisposedException) { return 0; }
    }

    private static async Task<bool> WriteAsync(Socket to, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty) bytes = bytes[await to.SendAsync(bytes)..];
            return true;
        }
        catch (Exception cut) when (cut is SocketException or ObjectDisposedException) { return false; }
    }

    /// <summary>Ends a connection with a reset, as a cut wire ends it sooner or later; what waits on it goes on.</summary>
    private static void End(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Close();
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // It has ended already.
        }
    }

    private sealed class Passage
    {
        public volatile bool EndsWithAnswer;
    }
}
