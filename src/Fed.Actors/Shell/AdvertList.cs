using System.Buffers.Binary;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Ceremony;

namespace Fed.Actors.Shell;

/// <summary>The list of public keys that all members of an attempt get: each advert with its site's signature.</summary>
internal static class AdvertList
{
    private const int SignatureBytesMax = 256;

    /// <summary>Limit of an entry: a length in two bytes, the advert, the signature.</summary>
    public const int EntryBytesMax = sizeof(ushort) + CeremonyLimits.AdvertBytesMax + SignatureBytesMax;

    /// <summary>The list's bytes.</summary>
    public static byte[] Write(IEnumerable<StepAnswer> answers) =>
        CeremonyFrames.Write(answers.Select(static answer => KeyValuePair.Create(answer.Silo, new ReadOnlyMemory<byte>(Entry(answer)))));

    /// <summary>The adverts of a list whose signatures were verified when it was made.</summary>
    public static ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Adverts(byte[] list) =>
        CeremonyFrames.Read(list, EntryBytesMax).ToImmutableSortedDictionary(static pair => pair.Key, static pair => Entry(pair.Value).Advert);

    /// <summary>The parts of an entry.</summary>
    /// <exception cref="CeremonyException">It is cut off.</exception>
    public static (ReadOnlyMemory<byte> Advert, ReadOnlyMemory<byte> Signature) Entry(ReadOnlyMemory<byte> entry)
    {
        int length = entry.Length < sizeof(ushort) ? int.MaxValue : BinaryPrimitives.ReadUInt16LittleEndian(entry.Span);
        if (length > entry.Length - sizeof(ushort)) throw new CeremonyException("an entry of a list of keys is cut off");
        return (entry.Slice(sizeof(ushort), length), entry[(sizeof(ushort) + length)..]);
    }

    private static byte[] Entry(StepAnswer answer)
    {
        byte[] entry = new byte[sizeof(ushort) + answer.Payload.Length + answer.Signature.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(entry, checked((ushort)answer.Payload.Length));
        answer.Payload.CopyTo(entry.AsMemory(sizeof(ushort)));
        answer.Signature.CopyTo(entry.AsMemory(sizeof(ushort) + answer.Payload.Length));
        return entry;
    }
}
