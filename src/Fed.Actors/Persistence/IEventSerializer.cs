namespace Fed.Actors.Persistence;

/// <summary>Turns events into the bytes that are stored (JSON, source-generated, tagged and versioned) and back. New readers read old events.</summary>
public interface IEventSerializer<TEvent>
{
    /// <summary>The tag and schema version under which an event is stored.</summary>
    (string Tag, int Version) Describe(TEvent happened);

    /// <summary>Writes an event's payload.</summary>
    void Write(TEvent happened, System.Buffers.IBufferWriter<byte> output);

    /// <summary>Reads a payload of the given tag and version.</summary>
    /// <exception cref="JournalFormatException">The tag is unknown, the version is newer than this program, or the bytes are not what the tag promises.</exception>
    TEvent Read(string tag, int version, ReadOnlySpan<byte> payload);
}
