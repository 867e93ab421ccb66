namespace Fed.Actors.Persistence;

/// <summary>Turns states into the bytes of a snapshot and back.</summary>
public interface ISnapshotSerializer<TState>
{
    /// <summary>Schema version under which states are written.</summary>
    int Version { get; }

    /// <summary>Writes a state.</summary>
    void Write(TState state, System.Buffers.IBufferWriter<byte> output);

    /// <summary>Reads a state of the given version.</summary>
    /// <exception cref="JournalFormatException">The version is newer than this program, or the bytes are damaged.</exception>
    TState Read(int version, ReadOnlySpan<byte> payload);
}
