using System.Net;
using System.Net.Sockets;
using RabbitMQ.Client;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>A connection to the broker, for the client: through a proxy, where there is one, which the client takes for the broker's machine; and read in large portions.</summary>
internal sealed class BrokerTcpClient(HttpProxy? proxy, string host, int port, AddressFamily family) : ITcpClient
{
    private readonly Socket _socket = new(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private WideStream? _stream;

    public bool Connected => _socket.Connected;

    public TimeSpan ReceiveTimeout
    {
        get => TimeSpan.FromMilliseconds(_socket.ReceiveTimeout);
        set => _socket.ReceiveTimeout = (int)value.TotalMilliseconds;
    }

    public Socket Client => _socket;

    /// <summary>Connects to what the client has looked up, and from a proxy on to the broker.</summary>
    public async Task ConnectAsync(IPAddress address, int portThere, CancellationToken cancellationToken = default)
    {
        await _socket.ConnectAsync(address, portThere, cancellationToken).ConfigureAwait(false);
        if (proxy is not null) await proxy.TunnelAsync(_socket, host, port, cancellationToken).ConfigureAwait(false);
    }

    public NetworkStream GetStream() => _stream ??= new WideStream(_socket);

    public void Close() => Dispose();

    public void Dispose()
    {
        _stream?.Dispose();
        _socket.Dispose();
    }
}
