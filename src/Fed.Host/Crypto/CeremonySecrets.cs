using System.Collections.Immutable;
using System.Security.Cryptography;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Host.Crypto;

/// <summary>What a site keeps of one attempt once it has shared its keys: the library's secrets, the members' adverts, the sealed shares of the others.</summary>
/// <param name="silo">The library's secrets; wiped on disposal.</param>
/// <param name="threshold">Shares that rebuild a secret.</param>
/// <param name="adverts">Of all members.</param>
/// <param name="shares">By dealer, still sealed; empty before they are received.</param>
internal sealed class CeremonySecrets(
    byte[] silo, int threshold, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> adverts, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> shares) : IDisposable
{
    private const byte Version = 1;

    public byte[] Silo => silo;

    public int Threshold => threshold;

    public ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Adverts => adverts;

    public ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Shares => shares;

    public byte[] ToArray()
    {
        int length = 64 + silo.Length + adverts.Concat(shares).Sum(static e => 16 + (4 * e.Key.Value.Length) + e.Value.Length);
        using MemoryStream stream = new(new byte[length], 0, length, writable: true, publiclyVisible: true);   // never grows, so it leaves no copy behind
        using BinaryWriter writer = new(stream);
        writer.Write(Version);
        Write(writer, silo);
        writer.Write(threshold);
        Write(writer, adverts);
        Write(writer, shares);
        writer.Flush();
        byte[] bytes = stream.GetBuffer().AsSpan(0, (int)stream.Position).ToArray();
        CryptographicOperations.ZeroMemory(stream.GetBuffer());
        return bytes;
    }

    /// <summary>Brings stored secrets back.</summary>
    /// <exception cref="CeremonyException">The bytes are none.</exception>
    public static CeremonySecrets Read(ReadOnlySpan<byte> bytes)
    {
        byte[] copy = bytes.ToArray();
        try
        {
            using BinaryReader reader = new(new MemoryStream(copy, writable: false));
            if (reader.ReadByte() != Version) throw new CeremonyException("secrets of a ceremony in an unknown version");
            CeremonySecrets secrets = new(Bytes(reader), reader.ReadInt32(), Map(reader), Map(reader));
            return reader.BaseStream.Position == copy.Length ? secrets : throw new CeremonyException("bytes follow the secrets of a ceremony");
        }
        catch (Exception e) when (e is IOException or ArgumentException or FormatException)
        {
            throw new CeremonyException("the secrets of a ceremony are damaged", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(copy);
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(silo);

    /// <summary>Never a secret.</summary>
    public override string ToString() => "<redacted>";

    private static void Write(BinaryWriter writer, ReadOnlySpan<byte> bytes)
    {
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    private static void Write(BinaryWriter writer, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> entries)
    {
        writer.Write(entries.Count);
        foreach ((SiloId silo, ReadOnlyMemory<byte> value) in entries)
        {
            writer.Write(silo.Value);
            Write(writer, value.Span);
        }
    }

    private static byte[] Bytes(BinaryReader reader)
    {
        int length = reader.ReadInt32();
        if (length < 0 || length > reader.BaseStream.Length - reader.BaseStream.Position) throw new EndOfStreamException();
        return reader.ReadBytes(length);
    }

    private static ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Map(BinaryReader reader)
    {
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>.Builder entries = ImmutableSortedDictionary.CreateBuilder<SiloId, ReadOnlyMemory<byte>>();
        for (int count = reader.ReadInt32(); count > 0; count--) entries.Add(new SiloId(reader.ReadString()), Bytes(reader));
        return entries.ToImmutable();
    }
}
