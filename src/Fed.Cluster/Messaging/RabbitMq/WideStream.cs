using System.Net.Sockets;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>
/// A socket's stream for a reader that asks for little at a time: what has arrived is taken from the socket at once, and given out from memory. The broker's client reads 4 KiB at a time, which would be 256 calls of the system for a
/// piece of a blob. One reader at a time, as of any stream; whoever reads after another gets what that one left.
/// </summary>
/// <param name="socket">The socket; owned.</param>
internal sealed class WideStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    private readonly byte[] _taken = new byte[128 * 1024];
    private int _start, _end;   // of what is not given out yet

    public override bool DataAvailable => _start < _end || base.DataAvailable;

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (_start == _end) (_start, _end) = (0, base.Read(_taken, 0, buffer.IsEmpty ? 0 : _taken.Length));   // of no bytes: waits until there are some
        return Give(buffer);
    }

    public override int ReadByte()
    {
        byte one = 0;
        return Read(new Span<byte>(ref one)) == 0 ? -1 : one;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_start < _end) return ValueTask.FromResult(Give(buffer.Span));
        if (buffer.IsEmpty || buffer.Length >= _taken.Length) return base.ReadAsync(buffer, cancellationToken);   // of no bytes: waits until there are some
        ValueTask<int> taking = base.ReadAsync(_taken, cancellationToken);
        if (!taking.IsCompletedSuccessfully) return FinishAsync(taking, buffer);
        (_start, _end) = (0, taking.Result);
        return ValueTask.FromResult(Give(buffer.Span));
    }

    private async ValueTask<int> FinishAsync(ValueTask<int> taking, Memory<byte> buffer)
    {
        (_start, _end) = (0, await taking.ConfigureAwait(false));
        return Give(buffer.Span);
    }

    private int Give(Span<byte> buffer)
    {
        int count = Math.Min(buffer.Length, _end - _start);
        _taken.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }
}
