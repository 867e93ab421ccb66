using System.Net;
using System.Net.Sockets;
using RabbitMQ.Client;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>A connection to the broker through a proxy, for the client, which takes it for one to the proxy's machine.</summary>
internal sealed class ProxyTcpClient(HttpProxy proxy, string host, int port, AddressFamily family) : ITcpClient
{
    private readonly Socket _socket = new(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private NetworkStream? _stream;

    public bool Connected => _socket.Connected;

    public TimeSpan ReceiveTimeout
    {
        get => TimeSpan.FromMilliseconds(_socket.ReceiveTimeout);
        set => _socket.ReceiveTimeout = (int)value.TotalMilliseconds;
    }

    public Socket Client => _socket;

    /// <summary>Connects to the proxy, which the client has looked up, and on to the broker.</summary>
    public async Task ConnectAsync(IPAddress address, int proxyPort, CancellationToken cancellationToken = default)
    {
        await _socket.ConnectAsync(address, proxyPort, cancellationToken).ConfigureAwait(false);
        await proxy.TunnelAsync(_socket, host, port, cancellationToken).ConfigureAwait(false);
    }

    public NetworkStream GetStream() => _stream ??= new NetworkStream(_socket, ownsSocket: true);

    public void Close() => Dispose();

    public void Dispose()
    {
        _stream?.Dispose();
        _socket.Dispose();
    }
}
