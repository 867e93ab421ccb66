using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Persistence;

namespace Fed.TestKit.Stores;

/// <summary>
/// The bytes of a simulated journal: one record per append or snapshot, each with its length and digest. What a crash left of the last record is recognised by its digest and
/// cut off, so that an append is there as a whole or not at all.
/// </summary>
internal sealed class JournalLog
{
    private const byte AppendRecord = 1, SnapshotRecord = 2;

    private readonly SortedDictionary<string, List<JournalEvent>> _events = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _epochs = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<JournalSnapshot>> _snapshots = new(StringComparer.Ordinal);

    public ImmutableArray<string> PersistenceIds => [.. _events.Where(static log => log.Value.Count > 0).Select(static log => log.Key)];

    public long LastSequence(string persistenceId) => _events.TryGetValue(persistenceId, out List<JournalEvent>? log) ? log.Count : 0;

    public long Epoch(string persistenceId) => _epochs.GetValueOrDefault(persistenceId);

    public JournalEvent[] Read(string persistenceId, long afterSequence, int max) =>
        _events.TryGetValue(persistenceId, out List<JournalEvent>? log) ? [.. log.Skip((int)afterSequence).Take(max)] : [];

    public JournalSnapshot? Snapshot(string persistenceId, long maxSequence) =>
        _snapshots.TryGetValue(persistenceId, out List<JournalSnapshot>? all)
            ? all.Where(snapshot => snapshot.Sequence <= maxSequence).MaxBy(static snapshot => snapshot.Sequence)
            : null;

    /// <summary>Applies all whole records and returns the length of what they cover; whatever follows is torn.</summary>
    public int Load(ReadOnlySpan<byte> bytes)
    {
        int position = 0;
        while (bytes.Length - position >= sizeof(int) + Digest.Size)
        {
            int length = BitConverter.ToInt32(bytes[position..]);
            int body = position + sizeof(int) + Digest.Size;
            if (length < 0 || bytes.Length - body < length) break;
            ReadOnlySpan<byte> record = bytes.Slice(body, length);
            if (Digest.Of(record) != new Digest(bytes.Slice(position + sizeof(int), Digest.Size))) break;
            Apply(record.ToArray());
            position = body + length;
        }
        return position;
    }

    public static byte[] Encode(AppendRequest request) => Frame(AppendRecord, writer =>
    {
        writer.Write(request.PersistenceId);
        writer.Write(request.Epoch);
        writer.Write(request.Events.Length);
        foreach (JournalEvent stored in request.Events)
        {
            writer.Write(stored.Sequence);
            writer.Write(stored.Epoch);
            writer.Write(stored.At.UtcTicks);
            writer.Write(stored.Tag);
            writer.Write(stored.Version);
            Write(writer, stored.Payload.Span);
            Write(writer, stored.Hash);
        }
    });

    public static byte[] Encode(JournalSnapshot snapshot) => Frame(SnapshotRecord, writer =>
    {
        writer.Write(snapshot.PersistenceId);
        writer.Write(snapshot.Sequence);
        Write(writer, snapshot.Head);
        writer.Write(snapshot.Version);
        Write(writer, snapshot.Payload.Span);
    });

    private void Apply(byte[] record)
    {
        using var reader = new BinaryReader(new MemoryStream(record), Encoding.UTF8);
        if (reader.ReadByte() == SnapshotRecord)
        {
            var snapshot = new JournalSnapshot(reader.ReadString(), reader.ReadInt64(), ReadDigest(reader), reader.ReadInt32(), ReadBytes(reader));
            List<JournalSnapshot> all = Of(_snapshots, snapshot.PersistenceId);
            all.RemoveAll(older => older.Sequence == snapshot.Sequence);
            all.Add(snapshot);
            foreach (JournalSnapshot old in all.OrderByDescending(static kept => kept.Sequence).Skip(2).ToArray()) all.Remove(old);
            return;
        }
        string persistenceId = reader.ReadString();
        _epochs[persistenceId] = Math.Max(Epoch(persistenceId), reader.ReadInt64());
        List<JournalEvent> log = Of(_events, persistenceId);
        for (int count = reader.ReadInt32(); count > 0; count--)
        {
            log.Add(new JournalEvent(
                reader.ReadInt64(), reader.ReadInt64(), new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero),
                reader.ReadString(), reader.ReadInt32(), ReadBytes(reader), ReadDigest(reader)));
        }
    }

    private static byte[] Frame(byte kind, Action<BinaryWriter> write)
    {
        using var body = new MemoryStream();
        using (var writer = new BinaryWriter(body, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(kind);
            write(writer);
        }
        ReadOnlySpan<byte> record = body.ToArray();
        var framed = new byte[sizeof(int) + Digest.Size + record.Length];
        BitConverter.TryWriteBytes(framed, record.Length);
        Digest.Of(record).CopyTo(framed.AsSpan(sizeof(int)));
        record.CopyTo(framed.AsSpan(sizeof(int) + Digest.Size));
        return framed;
    }

    private static List<TItem> Of<TItem>(SortedDictionary<string, List<TItem>> map, string key)
    {
        if (!map.TryGetValue(key, out List<TItem>? list)) map[key] = list = [];
        return list;
    }

    private static void Write(BinaryWriter writer, ReadOnlySpan<byte> bytes)
    {
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    private static void Write(BinaryWriter writer, Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Digest.Size];
        digest.CopyTo(bytes);
        writer.Write(bytes);
    }

    private static byte[] ReadBytes(BinaryReader reader) => reader.ReadBytes(reader.ReadInt32());

    private static Digest ReadDigest(BinaryReader reader) => new(reader.ReadBytes(Digest.Size));
}
