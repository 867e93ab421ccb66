using System.Net;
using System.Net.Sockets;

namespace Fed.TestKit.Servers;

/// <summary>
/// A network between one node and a server on the loopback interface, with the faults that networks have: connections that are reset, bytes that never arrive and nobody says so, pieces that end in the middle, and delay. Unlike
/// <see cref="TcpProxy"/> it does not look at what passes, which is encrypted as a rule.
/// </summary>
public sealed class FaultyLink : IDisposable
{
    private const int PieceBytes = 64 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Lock _gate = new();
    private readonly HashSet<Passage> _passages = [];
    private State _state;
    private long _delayTicks;
    private int _truncateAfter = -1;
    private int _torn;

    /// <summary>Listens on a free port.</summary>
    /// <param name="targetPort">The server's port on 127.0.0.1.</param>
    public FaultyLink(int targetPort)
    {
        TargetPort = targetPort;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    private enum State
    {
        Whole,
        Cut,
        Silent,
    }

    /// <summary>The port on 127.0.0.1 for the node.</summary>
    public int Port { get; }

    /// <summary>The server's port on 127.0.0.1, for connections to come.</summary>
    public int TargetPort { get; set; }

    /// <summary>How long each piece is under way, in either direction, beside what it takes anyway.</summary>
    public TimeSpan Delay
    {
        get => new(Interlocked.Read(ref _delayTicks));
        set => Interlocked.Exchange(ref _delayTicks, value.Ticks);
    }

    /// <summary>How many pieces were torn.</summary>
    public int Torn => Volatile.Read(ref _torn);

    /// <summary>Resets all connections, and new ones too, until <see cref="Heal"/>: both sides learn of it at once.</summary>
    public void Cut() => Enter(State.Cut);

    /// <summary>Swallows all bytes until <see cref="Heal"/>, and says nothing: neither side learns of it, but by waiting. Connections of that time stay dead.</summary>
    public void Silence() => Enter(State.Silent);

    /// <summary>Resets connections once; new ones are taken.</summary>
    public void Reset()
    {
        foreach (Passage passage in All()) passage.End();
    }

    /// <summary>Lets only so many bytes of the next piece towards the server through, and then ends its connection: a frame that stops in the middle.</summary>
    public void Truncate(int bytes) => Interlocked.Exchange(ref _truncateAfter, bytes);

    /// <summary>Takes connections again. Those that were silenced are reset: what they have lost nobody repeats.</summary>
    public void Heal() => Enter(State.Whole);

    /// <inheritdoc/>
    public void Dispose()
    {
        _listener.Dispose();
        Enter(State.Cut);
    }

    private void Enter(State state)
    {
        lock (_gate) _state = state;
        foreach (Passage passage in All())
        {
            if (state == State.Silent) passage.IsSilent = true;
            else if (state == State.Cut || passage.IsSilent) passage.End();
        }
    }

    private Passage[] All()
    {
        lock (_gate) return [.. _passages];
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try { client = await _listener.AcceptSocketAsync(); }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException) { return; }
            Passage passage = new(client);
            bool isTaken;
            lock (_gate)
            {
                passage.IsSilent = _state == State.Silent;
                isTaken = _state != State.Cut && _passages.Add(passage);
            }

            if (isTaken) _ = ServeAsync(passage);
            else passage.End();
        }
    }

    private async Task ServeAsync(Passage passage)
    {
        try
        {
            await passage.Server.ConnectAsync(IPAddress.Loopback, TargetPort);
            await Task.WhenAny(PumpAsync(passage, passage.Client, passage.Server, isUp: true), PumpAsync(passage, passage.Server, passage.Client, isUp: false));
        }
        catch (Exception away) when (away is SocketException or ObjectDisposedException)
        {
            // The server is away: so is the connection.
        }

        passage.End();
        lock (_gate) _passages.Remove(passage);
    }

    private async Task PumpAsync(Passage passage, Socket from, Socket to, bool isUp)
    {
        byte[] buffer = new byte[PieceBytes];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and int read)
            {
                if (Delay is { Ticks: > 0 } delay) await Task.Delay(delay);
                if (passage.IsSilent) continue;
                int cut = isUp ? Interlocked.Exchange(ref _truncateAfter, -1) : -1;
                for (ReadOnlyMemory<byte> left = buffer.AsMemory(0, cut < 0 ? read : Math.Min(cut, read)); !left.IsEmpty; left = left[await to.SendAsync(left)..]) { }
                if (cut < 0) continue;
                Interlocked.Increment(ref _torn);
                return;
            }
        }
        catch (Exception lost) when (lost is SocketException or ObjectDisposedException)
        {
            // Whoever waits for the other direction ends the passage.
        }
    }

    /// <summary>One connection through the link.</summary>
    private sealed class Passage(Socket client)
    {
        private volatile bool _isSilent;

        public Socket Client { get; } = client;

        public Socket Server { get; } = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        public bool IsSilent { get => _isSilent; set => _isSilent = value; }

        /// <summary>Resets both sides: without a farewell, so that nobody takes it for an orderly end.</summary>
        public void End()
        {
            foreach (Socket socket in (Socket[])[Client, Server])
            {
                try { socket.LingerState = new LingerOption(enable: true, seconds: 0); }
                catch (Exception gone) when (gone is SocketException or ObjectDisposedException) { continue; }
                socket.Dispose();
            }
        }
    }
}
