using System.Threading.Channels;
using RabbitMQ.Client;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>
/// Publishes what concerns blobs, in order, on one channel: requests, grants and pieces. Transient: what is lost is asked for again; the broker's confirmations only say that it has room for more. Words go before pieces; a piece is
/// read from its blob when its turn comes, and goes once to all who have asked for it by then.
/// </summary>
internal sealed class BulkLane(string exchange, string node, WireCounters counters) : RabbitLane
{
    private const int WordsMax = 4096;
    private const int OnTheirWayMax = 12;   // so many pieces, of 1 MiB, lie in this process' memory at most

    private readonly Lock _gate = new();
    private readonly Queue<(string Key, byte[] Body)> _words = [];
    private readonly Queue<(BulkStream Stream, long Piece)> _order = [];
    private readonly Dictionary<(BulkStream Stream, long Piece), SortedSet<string>> _wanted = [];
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Pieces that were published, each once for all who wanted it.</summary>
    public long PiecesPublished { get; private set; }

    /// <summary>Sends an envelope; too many are dropped, as on a wire.</summary>
    public void Say(string key, byte[] envelope)
    {
        lock (_gate)
        {
            if (_words.Count < WordsMax) _words.Enqueue((key, envelope));
        }

        _signal.Writer.TryWrite(true);
    }

    /// <summary>Sends pieces to a node, after what was said before.</summary>
    public void Send(BulkStream stream, IEnumerable<long> pieces, string to)
    {
        lock (_gate)
        {
            foreach (long piece in pieces)
            {
                if (!_wanted.TryGetValue((stream, piece), out SortedSet<string>? nodes))
                {
                    _wanted[(stream, piece)] = nodes = new SortedSet<string>(StringComparer.Ordinal);
                    _order.Enqueue((stream, piece));
                }

                nodes.Add(to);
            }
        }

        _signal.Writer.TryWrite(true);
    }

    protected override CreateChannelOptions Options => ConfirmWindow.Options;

    protected override async Task WorkAsync(IChannel channel, Action opened, Action lost, CancellationToken ended)
    {
        using ConfirmWindow window = new(channel, OnTheirWayMax);
        opened();
        byte[] buffer = new byte[IBulkTransfer.PieceBytes + PieceFrame.Overhead];
        BulkStream? reading = null;
        try
        {
            while (true)
            {
                await window.ReserveAsync(ended).ConfigureAwait(false);   // first, so that nothing is taken that cannot go
                if (NextWord() is { } word)
                {
                    window.Use();
                    await channel.BasicPublishAsync(exchange, word.Key, mandatory: false, new BasicProperties(), word.Body, ended).ConfigureAwait(false);
                    counters.Sent(WireLane.Bulk, word.Body.Length);
                }
                else if (NextPiece() is { } next)
                {
                    if (reading != next.Stream) reading?.Close();
                    reading = next.Stream;
                    await PublishAsync(channel, window, next.Stream, next.Piece, next.Nodes, buffer, ended).ConfigureAwait(false);
                }
                else
                {
                    window.GiveBack();
                    reading?.Close();
                    await _signal.Reader.ReadAsync(ended).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            reading?.Close();
        }
    }

    private async Task PublishAsync(IChannel channel, ConfirmWindow window, BulkStream stream, long piece, SortedSet<string> nodes, byte[] buffer, CancellationToken ended)
    {
        int length = stream.Read(piece, buffer);
        if (length < 0)
        {
            window.GiveBack();
            return;   // the blob has gone, or there is no such piece: whoever asks again hears of it
        }

        string[] keys = [.. nodes.Select(to => RabbitNames.KeyOf(node, RabbitNames.Data(to)))];
        BasicProperties properties = new();
        if (keys.Length > 1) properties.Headers = new Dictionary<string, object?> { ["CC"] = keys[1..] };   // the broker copies it, and keeps its bytes once
        window.Use();
        await channel.BasicPublishAsync(exchange, keys[0], mandatory: false, properties, buffer.AsMemory(0, length), ended).ConfigureAwait(false);   // copies the buffer
        counters.Sent(WireLane.Bulk, length);
        PiecesPublished++;
    }

    private (string Key, byte[] Body)? NextWord()
    {
        lock (_gate) return _words.TryDequeue(out (string Key, byte[] Body) word) ? word : null;
    }

    private (BulkStream Stream, long Piece, SortedSet<string> Nodes)? NextPiece()
    {
        lock (_gate)
        {
            if (!_order.TryDequeue(out (BulkStream Stream, long Piece) next)) return null;
            _wanted.Remove(next, out SortedSet<string>? nodes);
            return (next.Stream, next.Piece, nodes!);
        }
    }
}
