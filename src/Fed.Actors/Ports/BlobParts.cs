namespace Fed.Actors.Ports;

/// <summary>The same piece of each record of a blob, or of some records, for somebody who needs no more of it. Bytes of a part are not covered by the blob's hash: whoever asks for them knows their own.</summary>
/// <param name="Every">Bytes of a record.</param>
/// <param name="Offset">Where the piece begins in it.</param>
/// <param name="Length">Bytes of the piece.</param>
public readonly record struct BlobParts(int Every, int Offset, int Length)
{
    /// <summary>Of which records, rising; of all where it is default.</summary>
    public ImmutableArray<int> Records { get; init; }

    /// <summary>Bytes of the blob after its last record, which come along behind the pieces.</summary>
    public int Tail { get; init; }

    /// <summary>The pieces of a whole blob, one after another.</summary>
    /// <exception cref="InvalidDataException">The blob is no whole number of records, or has fewer than are asked for.</exception>
    public byte[] Of(ReadOnlySpan<byte> blob)
    {
        byte[] parts = new byte[Bytes(blob.Length)];
        int at = 0;
        foreach (int record in RecordsOf(blob.Length))
        {
            blob.Slice((record * Every) + Offset, Length).CopyTo(parts.AsSpan(at));
            at += Length;
        }

        blob[^Tail..].CopyTo(parts.AsSpan(at));
        return parts;
    }

    /// <summary>The same, read from where the blob lies.</summary>
    /// <param name="blob">Can seek.</param>
    /// <exception cref="InvalidDataException">As for <see cref="Of"/>.</exception>
    public byte[] Read(Stream blob)
    {
        byte[] parts = new byte[Bytes(blob.Length)];
        int at = 0;
        foreach (int record in RecordsOf(blob.Length))
        {
            blob.Position = (record * (long)Every) + Offset;
            blob.ReadExactly(parts, at, Length);
            at += Length;
        }

        blob.Position = blob.Length - Tail;
        blob.ReadExactly(parts, at, Tail);
        return parts;
    }

    /// <summary>Where the piece of a record begins in what was fetched; null where it was not asked for.</summary>
    public int? PlaceOf(int record) => (Records.IsDefault ? record : Records.BinarySearch(record)) is >= 0 and var place ? place * Length : null;

    private IEnumerable<int> RecordsOf(long blob) => Records.IsDefault ? Enumerable.Range(0, (int)((blob - Tail) / Every)) : Records;

    private int Bytes(long blob)
    {
        long records = blob - Tail;
        if (records < 0 || records % Every != 0) throw new InvalidDataException($"{blob} bytes are no whole number of records of {Every} bytes");
        if (Records.IsDefault) return checked((int)(records / Every * Length) + Tail);
        return Records.IsEmpty || (Records[0] >= 0 && Records[^1] < records / Every)
            ? checked((Records.Length * Length) + Tail)
            : throw new InvalidDataException($"records {Records[0]} to {Records[^1]} of a blob with {records / Every}");
    }
}
