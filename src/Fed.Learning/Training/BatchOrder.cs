namespace Fed.Learning.Training;

/// <summary>The rows of one step after another: every pass visits each row once, in an order drawn from the seed. A batch of all rows keeps the order of the file.</summary>
internal sealed class BatchOrder
{
    private readonly int[] _order;
    private readonly int _batchSize;
    private readonly bool _isFull;
    private readonly CounterRandom _random;
    private readonly ulong[] _words = new ulong[1024];
    private long _drawn;
    private int _next;

    /// <summary>Starts before the first pass.</summary>
    /// <param name="rows">At least 1.</param>
    /// <param name="batchSize">Rows a step; 0 = all.</param>
    /// <param name="seed">32 bytes.</param>
    /// <param name="stream">Of the seed's draws: 0 rounds the result to the grid, 1 orders the rows of the steps.</param>
    public BatchOrder(int rows, int batchSize, ReadOnlySpan<byte> seed, ulong stream = 1)
    {
        _order = [.. Enumerable.Range(0, rows)];
        _isFull = batchSize == 0 || batchSize >= rows;
        _batchSize = _isFull ? rows : batchSize;
        _random = new CounterRandom(seed, stream);
        _next = rows;
    }

    /// <summary>Rows of the largest batch.</summary>
    public int BatchSize => _batchSize;

    /// <summary>Passes begun.</summary>
    public int Epoch { get; private set; }

    /// <summary>Batches handed out in this pass.</summary>
    public int Batch { get; private set; }

    /// <summary>True when the pass is over.</summary>
    public bool IsEpochOver => _next >= _order.Length;

    /// <summary>The next batch, at least one row; valid until the next call.</summary>
    public ReadOnlySpan<int> Next()
    {
        if (IsEpochOver)
        {
            if (!_isFull) Shuffle();
            _next = 0;
            Batch = 0;
            Epoch++;
        }
        int length = Math.Min(_batchSize, _order.Length - _next);
        ReadOnlySpan<int> batch = _order.AsSpan(_next, length);
        _next += length;
        Batch++;
        return batch;
    }

    /// <summary>All rows in a drawn order.</summary>
    public ReadOnlySpan<int> Order()
    {
        Shuffle();
        return _order;
    }

    // Fisher and Yates. Draws come by the thousand, which is several times faster than one by one.
    private void Shuffle()
    {
        int used = _words.Length;
        for (int i = _order.Length - 1; i > 0; i--)
        {
            if (used == _words.Length)
            {
                _random.Fill(_drawn, _words.AsSpan(0, Math.Min(i, _words.Length)));
                _drawn += Math.Min(i, _words.Length);
                used = 0;
            }
            int j = (int)(CounterRandom.ToUnit(_words[used++]) * (i + 1));
            (_order[i], _order[j]) = (_order[j], _order[i]);
        }
    }
}
