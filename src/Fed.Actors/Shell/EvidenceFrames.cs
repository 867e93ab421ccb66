using System.Buffers.Binary;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Actors.Shell;

/// <summary>What openers verify a sum by, as a blob: the nonces behind their length in four bytes, little-endian, then the contributors' answers.</summary>
internal static class EvidenceFrames
{
    public static byte[] Write(ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> nonces, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> answers)
    {
        byte[] first = CeremonyFrames.Write(nonces), length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, first.Length);
        return [.. length, .. first, .. CeremonyFrames.Write(answers)];
    }

    /// <summary>Nonces and answers of a blob.</summary>
    /// <exception cref="CeremonyException">The bytes are cut off.</exception>
    public static (ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Nonces, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Answers) Read(ReadOnlyMemory<byte> bytes)
    {
        int length = bytes.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32LittleEndian(bytes.Span);
        if (length < 0 || length > bytes.Length - sizeof(int)) throw new CeremonyException("the evidence of a sum is cut off");
        return (CeremonyFrames.Read(bytes.Slice(sizeof(int), length), CeremonyLimits.AnswerBytesMax), CeremonyFrames.Read(bytes[(sizeof(int) + length)..], CeremonyLimits.AnswerBytesMax));
    }
}
