namespace Fed.Crypto.Multiparty;

/// <summary>A ledger in memory, for users of the library whose keys live no longer than the process. Safe for several threads.</summary>
public sealed class InMemoryShareLedger : IShareLedger
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(Hash256 Key, Hash256 Factor), ShareRecord> _shares = [];
    private readonly Dictionary<Hash256, Hash256> _contributors = [];
    private readonly Dictionary<Hash256, Hash256> _places = [];
    private readonly Dictionary<Hash256, long> _openings = [];

    /// <inheritdoc/>
    public LedgerView Read(ShareRequest request)
    {
        lock (_gate)
        {
            return new LedgerView(
                _shares.GetValueOrDefault((request.Key, request.Factor)),
                _contributors.TryGetValue(request.Sum, out Hash256 contributors) ? contributors : null,
                _places.TryGetValue(request.Place, out Hash256 factor) ? factor : null,
                _openings.GetValueOrDefault(request.Key));
        }
    }

    /// <inheritdoc/>
    public bool Persist(ShareRecord record)
    {
        lock (_gate)
        {
            ShareRequest request = record.Request;
            LedgerView now = Read(request);
            bool isNew = now.Made is null && now.PlaceFactor is null && (now.Contributors is null || now.Contributors == request.Contributors) && record.Counter == now.Openings + 1;
            if (!isNew) return false;
            _shares.Add((request.Key, request.Factor), record);
            _places.Add(request.Place, request.Factor);
            _contributors[request.Sum] = request.Contributors;
            _openings[request.Key] = record.Counter;
            return true;
        }
    }
}
