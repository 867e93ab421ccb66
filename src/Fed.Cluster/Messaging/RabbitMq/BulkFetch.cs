using System.Security.Cryptography;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>A blob on its way to this node: which pieces are there, which are asked for, and when something was last heard. Guarded by its owner's lock.</summary>
internal sealed class BulkFetch(NodeAddress self, NodeAddress from, Digest hash, BulkParts? parts, IBulkSink sink, long now) : IDisposable
{
    private readonly SortedSet<long> _asked = [];
    private HashSet<long> _missing = [];
    private long _next, _pieces = -1;

    public Guid Id { get; } = Guid.NewGuid();

    /// <summary>For which of the node's addresses it comes.</summary>
    public NodeAddress Self => self;

    public NodeAddress From => from;

    public Digest Hash => hash;

    public IBulkSink Sink => sink;

    public Guid? Stream { get; private set; }

    public AesGcm? Key { get; private set; }

    /// <summary>Clock's timestamp of the last piece or grant.</summary>
    public long Heard { get; private set; } = now;

    /// <summary>Clock's timestamp of the last request.</summary>
    public long Asked { get; private set; } = now;

    public bool IsDone => _pieces >= 0 && _missing.Count == 0;

    /// <summary>Begins to wait for an answer.</summary>
    public void Start(long now) => Heard = Asked = now;

    /// <summary>Takes a grant; a reason where it cannot be used.</summary>
    public string? Begin(BulkGrant grant, long bytesMax, long now)
    {
        Heard = now;
        if (Stream == grant.Stream) return null;
        if (grant.Refusal is { } refusal) return refusal;
        if (grant.Length > bytesMax) return $"its {grant.Length} bytes are more than the {bytesMax} that are fetched";
        long pieces = (grant.Length + IBulkTransfer.PieceBytes - 1) / IBulkTransfer.PieceBytes;
        if (_pieces < 0)
        {
            if (sink.Begin(grant.Length) is { } reason) return reason;
            _pieces = pieces;
            for (long piece = 0; piece < pieces; piece++)
            {
                if (!sink.Has(piece)) _missing.Add(piece);
            }

            Length = grant.Length;
        }
        else if (grant.Length != Length)
        {
            return "its length has changed";
        }

        Key?.Dispose();
        (Stream, Key) = (grant.Stream, new AesGcm(grant.Key, 16));   // a source that was started again has another stream
        _asked.Clear();
        _next = 0;
        return null;
    }

    /// <summary>Bytes in all, once granted.</summary>
    public long Length { get; private set; }

    /// <summary>Notes a piece; false for one that is there already, or is not as long as it must be.</summary>
    public bool Takes(long piece, int bytes, long now)
    {
        if (bytes != Math.Min(IBulkTransfer.PieceBytes, Length - (piece * IBulkTransfer.PieceBytes)) || !_missing.Remove(piece)) return false;
        _asked.Remove(piece);
        Heard = now;
        return true;
    }

    /// <summary>The next request; null where enough is on its way. A repair asks again for what was asked for and did not come.</summary>
    public BulkRequest? Request(int piecesMax, bool isRepair, long now)
    {
        if (Stream is null || isRepair && _pieces < 0)
        {
            Asked = now;
            return new BulkRequest(Id, hash.ToString(), parts, WantsGrant: true, []);
        }

        List<long> pieces = isRepair ? [.. _asked] : [];
        if (!isRepair && _asked.Count > piecesMax / 2) return null;   // not one by one
        for (; _asked.Count < piecesMax && _next < _pieces; _next++)
        {
            if (!_missing.Contains(_next)) continue;
            _asked.Add(_next);
            pieces.Add(_next);
        }

        if (pieces.Count == 0) return null;
        Asked = now;
        return new BulkRequest(Id, hash.ToString(), parts, WantsGrant: isRepair, [.. pieces]);   // a source that does not know the stream any more says so with a new one
    }

    public void Dispose()
    {
        Key?.Dispose();
        _missing = [];
        sink.Dispose();
    }
}
