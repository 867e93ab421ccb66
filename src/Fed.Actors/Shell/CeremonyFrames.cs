using System.Buffers.Binary;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Actors.Shell;

/// <summary>
/// Named byte strings in a row, for what travels in a ceremony: a name's length in one byte, the name, the value's length in four, little-endian, the value. Names rise ordinally, so equal content
/// has equal bytes.
/// </summary>
internal static class CeremonyFrames
{
    /// <summary>Writes values under the names of their sites.</summary>
    public static byte[] Write(IEnumerable<KeyValuePair<SiloId, ReadOnlyMemory<byte>>> values)
    {
        using MemoryStream output = new();
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach ((SiloId silo, ReadOnlyMemory<byte> value) in values)
        {
            byte[] name = Encoding.UTF8.GetBytes(silo.Value);
            output.WriteByte(checked((byte)name.Length));
            output.Write(name);
            BinaryPrimitives.WriteInt32LittleEndian(length, value.Length);
            output.Write(length);
            output.Write(value.Span);
        }

        return output.ToArray();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="bytes">The bytes; values are parts of them.</param>
    /// <param name="valueBytesMax">Limit of a value.</param>
    /// <exception cref="CeremonyException">The bytes are cut off, names do not rise, or a value is longer than its limit.</exception>
    public static ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Read(ReadOnlyMemory<byte> bytes, int valueBytesMax)
    {
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>.Builder values = ImmutableSortedDictionary.CreateBuilder<SiloId, ReadOnlyMemory<byte>>();
        SiloId? last = null;
        while (!bytes.IsEmpty)
        {
            SiloId silo = new(Encoding.UTF8.GetString(Take(ref bytes, Take(ref bytes, 1).Span[0]).Span));
            int length = BinaryPrimitives.ReadInt32LittleEndian(Take(ref bytes, sizeof(int)).Span);
            if (length > valueBytesMax) throw new CeremonyException($"a value of {length} bytes, and at most {valueBytesMax} may be");
            if (last is { } before && before.CompareTo(silo) >= 0) throw new CeremonyException("the names of a list do not rise");
            values.Add(silo, Take(ref bytes, length));
            last = silo;
        }

        return values.ToImmutable();
    }

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> bytes, int count)
    {
        if (count < 0 || count > bytes.Length) throw new CeremonyException("a list is cut off");
        ReadOnlyMemory<byte> taken = bytes[..count];
        bytes = bytes[count..];
        return taken;
    }
}
