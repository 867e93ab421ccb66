using System.Buffers;

namespace Fed.Actors.Persistence;

/// <summary>Decisions that share one append: their events, serialized and chained, and their effects, all in order.</summary>
internal sealed class EventBatch<TEvent, TEffect>(IEventSerializer<TEvent> serializer, bool keepsObjects, long epoch)
{
    private readonly ArrayBufferWriter<byte> _buffer = new(256);
    private ImmutableArray<JournalEvent>.Builder _stored = ImmutableArray.CreateBuilder<JournalEvent>();
    private ImmutableArray<TEvent>.Builder _events = ImmutableArray.CreateBuilder<TEvent>();
    private readonly List<TEffect> _effects = [];

    /// <summary>Commands decided into this batch.</summary>
    public int Count { get; private set; }

    public bool HasEvents => _events.Count > 0;

    public IReadOnlyList<TEffect> Effects => _effects;

    /// <summary>Adds a decision, all of it or (when an event cannot be written) nothing.</summary>
    /// <returns>The log's end behind it.</returns>
    public JournalHead Add(in Decision<TEvent, TEffect> decision, JournalHead head, DateTimeOffset now)
    {
        int before = _stored.Count;
        try
        {
            foreach (TEvent happened in Of(decision.Events)) _stored.Add(Store(happened, ref head, now));
        }
        catch
        {
            _stored.Count = before;
            throw;
        }
        _events.AddRange(Of(decision.Events));
        _effects.AddRange(Of(decision.Effects));
        Count++;
        return head;
    }

    /// <summary>Takes the stored form and leaves the batch with its effects only, until <see cref="Clear"/>.</summary>
    public ImmutableArray<JournalEvent> TakeStored() => _stored.DrainToImmutable();

    /// <summary>Takes the events.</summary>
    public ImmutableArray<TEvent> TakeEvents() => _events.DrainToImmutable();

    public void Clear()
    {
        _effects.Clear();
        Count = 0;
    }

    private static ImmutableArray<T> Of<T>(ImmutableArray<T> items) => items.IsDefault ? [] : items;

    private JournalEvent Store(TEvent happened, ref JournalHead head, DateTimeOffset now)
    {
        (string tag, int version) = serializer.Describe(happened);
        long sequence = head.Sequence + 1;
        if (keepsObjects)
        {
            head = head with { Sequence = sequence };
            return new JournalEvent(sequence, epoch, now, tag, version, default, head.Digest) { Instance = happened };
        }
        _buffer.ResetWrittenCount();
        serializer.Write(happened, _buffer);
        byte[] payload = _buffer.WrittenSpan.ToArray();   // the journal keeps it
        head = new JournalHead(sequence, ChainHash.Next(head.Digest, sequence, epoch, now, tag, version, payload));
        return new JournalEvent(sequence, epoch, now, tag, version, payload, head.Digest);
    }
}
