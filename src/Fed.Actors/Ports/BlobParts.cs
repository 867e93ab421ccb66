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
        byte[] parts = new byte[checked((int)BytesOf(blob.Length))];
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
        byte[] parts = new byte[checked((int)BytesOf(blob.Length))];
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

    /// <summary>Bytes of all pieces of a blob of this length.</summary>
    /// <exception cref="InvalidDataException">As for <see cref="Of"/>.</exception>
    public long BytesOf(long blob)
    {
        long records = blob - Tail;
        if (records < 0 || records % Every != 0) throw new InvalidDataException($"{blob} bytes are no whole number of records of {Every} bytes");
        if (Records.IsDefault) return (records / Every * Length) + Tail;
        return Records.IsEmpty || (Records[0] >= 0 && Records[^1] < records / Every)
            ? ((long)Records.Length * Length) + Tail
            : throw new InvalidDataException($"records {Records[0]} to {Records[^1]} of a blob with {records / Every}");
    }

    /// <summary>Where a byte of what was asked for lies in the blob, and how many lie behind each other there. For whoever sends parts piece by piece.</summary>
    /// <param name="blob">The blob's length.</param>
    /// <param name="offset">Below <see cref="BytesOf"/>.</param>
    public (long Place, int Count) PlaceIn(long blob, long offset)
    {
        long pieces = BytesOf(blob) - Tail;
        if (offset >= pieces) return (blob - Tail + (offset - pieces), (int)(pieces + Tail - offset));
        (long index, long within) = Math.DivRem(offset, Length);
        long record = Records.IsDefault ? index : Records[(int)index];
        return ((record * Every) + Offset + within, (int)(Length - within));
    }
}
