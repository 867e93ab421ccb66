using System.Buffers.Binary;

namespace Fed.Cluster.Messaging.Envelopes;

/// <summary>
/// The bytes of an envelope, all numbers little-endian. Every byte is accounted for and there is one form only: lengths are exact, recipients ascend, texts are printable ASCII, and a job's is a name that it can have.
/// <code>
/// 4  "FEDE"       2  version      2  newest version that the sender speaks      4  length of the whole
/// 1+n federation  1+n job         1+n sender      1+n recipient    8 epoch    16 effect id    32 SHA-256 of the sender's signing key
/// 65 ephemeral point (SEC 1)      16 salt      1  number of recipients' keys, for each: 32 SHA-256 of its encryption key, 48 content key wrapped for it
/// 4+n content, encrypted          16 tag
/// 64 signature over all before, the content by its SHA-256
/// </code>
/// </summary>
internal static class EnvelopeForm
{
    public const int FrameBytesMax = 4 * 1024 * 1024;   // the largest messages name a thousand sites, a few hundred bytes each
    public const int RecipientsMax = 64;
    public const int TextMax = 200;
    public const int ContentKeyBytes = 32, TagBytes = 16, WrappedBytes = ContentKeyBytes + TagBytes, PointBytes = 65, SaltBytes = 16, SignatureBytes = 64, IdBytes = 16;
    public static ReadOnlySpan<byte> Magic => "FEDE"u8;

    public static bool IsText(string text) => text.Length is > 0 and <= TextMax && text.All(static character => character is > ' ' and <= '~');

    /// <summary>Writes into a frame of the right length.</summary>
    public ref struct Writer(Span<byte> frame)
    {
        private readonly Span<byte> _frame = frame;

        public int Position { get; private set; }

        public void Bytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

        public void Byte(byte value) => Take(1)[0] = value;

        public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Take(2), value);

        public void Int32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(4), value);

        public void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(8), value);

        public void Digest(Digest value) => value.CopyTo(Take(Fed.Actors.Persistence.Digest.Size));

        public void Text(string text)
        {
            Byte((byte)text.Length);
            Encoding.ASCII.GetBytes(text, Take(text.Length));
        }

        public Span<byte> Take(int count)
        {
            Span<byte> taken = _frame.Slice(Position, count);
            Position += count;
            return taken;
        }
    }

    /// <summary>Reads what it is given, and no byte beyond.</summary>
    public ref struct Reader(ReadOnlySpan<byte> frame)
    {
        private readonly ReadOnlySpan<byte> _frame = frame;

        public int Position { get; private set; }

        public readonly bool IsAtEnd => Position == _frame.Length;

        public byte Byte() => Take(1)[0];

        public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

        public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

        public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

        public Digest Digest() => new(Take(Fed.Actors.Persistence.Digest.Size));

        public string Text()
        {
            string text = Encoding.Latin1.GetString(Take(Byte()));
            return IsText(text) ? text : throw Malformed("a text is empty, too long or not printable");
        }

        public ReadOnlySpan<byte> Take(int count)
        {
            if (count < 0 || count > _frame.Length - Position) throw Malformed("it ends too early");
            ReadOnlySpan<byte> taken = _frame.Slice(Position, count);
            Position += count;
            return taken;
        }
    }

    public static EnvelopeException Malformed(string what) => new(EnvelopeRefusal.Malformed, $"bytes that are no envelope: {what}");
}
