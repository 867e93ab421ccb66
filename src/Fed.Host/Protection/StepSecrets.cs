using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Fed.Host.Protection;

/// <summary>What a site keeps between the steps of an attempt, as the one byte string that its secret store holds: parts behind their lengths, four bytes little-endian each.</summary>
/// <param name="Keys">The attempt's secret keys.</param>
/// <param name="Adverts">The members' adverts, parts of their own; empty before they were answered.</param>
/// <param name="Shares">The shares that others sealed for the site; empty before it has taken them.</param>
internal sealed record StepSecrets(byte[] Keys, byte[] Adverts, byte[] Shares)
{
    /// <summary>Reads three parts.</summary>
    public static StepSecrets Split(ReadOnlyMemory<byte> secrets) => Parts(secrets.ToArray()) is [var keys, var adverts, var shares]
        ? new StepSecrets(keys, adverts, shares)
        : throw new InvalidDataException("the secrets of an attempt are damaged");

    /// <summary>Parts in one string.</summary>
    public static byte[] Join(params ImmutableArray<byte[]> parts)
    {
        byte[] joined = new byte[parts.Sum(static part => part.Length + sizeof(int))];
        int at = 0;
        foreach (byte[] part in parts)
        {
            BinaryPrimitives.WriteInt32LittleEndian(joined.AsSpan(at), part.Length);
            part.CopyTo(joined, at + sizeof(int));
            at += sizeof(int) + part.Length;
        }

        return joined;
    }

    /// <summary>The parts of a string.</summary>
    /// <exception cref="InvalidDataException">It is cut off.</exception>
    public static ImmutableArray<byte[]> Parts(byte[] joined)
    {
        ImmutableArray<byte[]>.Builder parts = ImmutableArray.CreateBuilder<byte[]>();
        foreach (ReadOnlyMemory<byte> part in Slices(joined)) parts.Add(part.ToArray());
        return parts.ToImmutable();
    }

    /// <summary>The same without copies: what comes out is of the bytes that went in.</summary>
    /// <exception cref="InvalidDataException">A part ends behind the end.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> Slices(ReadOnlyMemory<byte> joined)
    {
        for (int at = 0; at < joined.Length;)
        {
            int length = joined.Length - at < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32LittleEndian(joined.Span[at..]);
            at += sizeof(int);
            if (length < 0 || length > joined.Length - at) throw new InvalidDataException("the secrets of an attempt are damaged");
            yield return joined.Slice(at, length);
            at += length;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => "<redacted>";
}
