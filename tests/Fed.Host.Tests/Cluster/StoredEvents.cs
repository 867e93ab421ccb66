using System.Buffers;
using System.Collections.Immutable;
using Fed.Actors.Persistence;

namespace Fed.Host.Tests.Cluster;

/// <summary>Writes events as nodes store them.</summary>
internal static class StoredEvents
{
    /// <summary>Adds events to the end of a log.</summary>
    public static void Store<TEvent>(this InMemoryJournal journal, string log, IEventSerializer<TEvent> serializer, DateTimeOffset at, params ReadOnlySpan<TEvent> events)
        where TEvent : class
    {
        long sequence = journal.Read(log).Count();
        ImmutableArray<JournalEvent>.Builder stored = ImmutableArray.CreateBuilder<JournalEvent>();
        foreach (TEvent happened in events)
        {
            (string tag, int version) = serializer.Describe(happened);
            ArrayBufferWriter<byte> payload = new();
            serializer.Write(happened, payload);
            stored.Add(new JournalEvent(sequence + stored.Count + 1, 0, at, tag, version, payload.WrittenMemory, default));
        }

        journal.Append(new AppendRequest(log, sequence, 0, stored.ToImmutable()), static _ => { });
    }
}
