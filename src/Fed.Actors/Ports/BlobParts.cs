namespace Fed.Actors.Ports;

/// <summary>The same piece of each record of a blob, for somebody who needs no more of it. Bytes of a part are not covered by the blob's hash: whoever asks for them knows their own.</summary>
/// <param name="Every">Bytes of a record.</param>
/// <param name="Offset">Where the piece begins in it.</param>
/// <param name="Length">Bytes of the piece.</param>
public readonly record struct BlobParts(int Every, int Offset, int Length)
{
    /// <summary>The pieces of a whole blob, one after another.</summary>
    /// <exception cref="InvalidDataException">The blob is no whole number of records.</exception>
    public byte[] Of(ReadOnlySpan<byte> blob)
    {
        byte[] parts = new byte[Bytes(blob.Length)];
        for (int record = 0; record * (long)Every < blob.Length; record++) blob.Slice((record * Every) + Offset, Length).CopyTo(parts.AsSpan(record * Length));
        return parts;
    }

    /// <summary>The same, read from where the blob lies.</summary>
    /// <param name="blob">Can seek.</param>
    /// <exception cref="InvalidDataException">The blob is no whole number of records.</exception>
    public byte[] Read(Stream blob)
    {
        byte[] parts = new byte[Bytes(blob.Length)];
        for (int record = 0; record * (long)Every < blob.Length; record++)
        {
            blob.Position = (record * (long)Every) + Offset;
            blob.ReadExactly(parts, record * Length, Length);
        }

        return parts;
    }

    private int Bytes(long blob) => blob % Every == 0 ? checked((int)(blob / Every * Length)) : throw new InvalidDataException($"{blob} bytes are no whole number of records of {Every} bytes");
}
