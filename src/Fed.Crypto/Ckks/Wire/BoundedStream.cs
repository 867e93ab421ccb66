namespace Fed.Crypto.Ckks.Wire;

/// <summary>The next bytes of a stream and no more; the last byte always comes alone, so that one can see whether a decoder wanted it.</summary>
internal sealed class BoundedStream(Stream source, long length) : Stream
{
    /// <summary>Bytes not yet read.</summary>
    public long Remaining { get; private set; } = length;

    /// <summary>Whether somebody read on after the last byte.</summary>
    public bool AskedBeyondEnd { get; private set; }

    /// <summary>Whether the source itself threw, which is not the bytes' fault.</summary>
    public bool SourceFailed { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        AskedBeyondEnd |= Remaining == 0;
        int count = (int)Math.Min(buffer.Length, Remaining > 1 ? Remaining - 1 : Remaining);
        if (count == 0) return 0;
        SourceFailed = true;
        count = source.Read(buffer[..count]);
        SourceFailed = false;
        Remaining -= count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
