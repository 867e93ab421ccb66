using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Protocol;

namespace Fed.TestKit.Federation.Ceremony;

/// <summary>What a site of the toy keeps for an attempt.</summary>
internal sealed record ToySecrets(ulong MaskKey, ulong ShareKey, ulong Seed)
{
    /// <summary>Public keys of all members, once it has shared its secrets among them.</summary>
    public ImmutableSortedDictionary<SiloId, (ulong Mask, ulong Share)> Members { get; init; } = ImmutableSortedDictionary<SiloId, (ulong, ulong)>.Empty;

    /// <summary>Shares of the mask key and the seed of each site that masks, its own among them.</summary>
    public ImmutableSortedDictionary<SiloId, (ulong MaskKey, ulong Seed)> Held { get; init; } = ImmutableSortedDictionary<SiloId, (ulong, ulong)>.Empty;

    public byte[] ToBytes()
    {
        using MemoryStream bytes = new();
        using BinaryWriter writer = new(bytes, Encoding.UTF8);
        writer.Write(MaskKey);
        writer.Write(ShareKey);
        writer.Write(Seed);
        Write(writer, Members);
        Write(writer, Held);
        writer.Flush();
        return bytes.ToArray();
    }

    public static ToySecrets Read(ReadOnlyMemory<byte> bytes)
    {
        using BinaryReader reader = new(new MemoryStream(bytes.ToArray()), Encoding.UTF8);
        return new ToySecrets(reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64()) { Members = Read(reader), Held = Read(reader) };
    }

    private static void Write(BinaryWriter writer, ImmutableSortedDictionary<SiloId, (ulong, ulong)> pairs)
    {
        writer.Write(pairs.Count);
        foreach ((SiloId silo, (ulong first, ulong second)) in pairs)
        {
            writer.Write(silo.Value);
            writer.Write(first);
            writer.Write(second);
        }
    }

    private static ImmutableSortedDictionary<SiloId, (ulong, ulong)> Read(BinaryReader reader)
    {
        int count = reader.ReadInt32();
        ImmutableSortedDictionary<SiloId, (ulong, ulong)>.Builder pairs = ImmutableSortedDictionary.CreateBuilder<SiloId, (ulong, ulong)>();
        for (int i = 0; i < count; i++) pairs.Add(new SiloId(reader.ReadString()), (reader.ReadUInt64(), reader.ReadUInt64()));
        return pairs.ToImmutable();
    }
}
