using System.Buffers.Binary;
using System.Text;

namespace Fed.Trainer.Wire;

/// <summary>Frames over two streams, one for each direction. Blocks; for one thread at a time in each direction.</summary>
/// <param name="input">Read from.</param>
/// <param name="output">Written to, and flushed behind each frame.</param>
/// <param name="heard">Told whenever bytes have moved: a sign of life.</param>
internal sealed class FrameStream(Stream input, Stream output, Action? heard = null)
{
    private const int PieceBytes = 1 << 20;

    /// <summary>Writes a frame.</summary>
    /// <exception cref="IOException">The other side no longer reads.</exception>
    public void Write(FrameKind kind, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[Frame.HeaderBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)payload.Length);
        header[4] = (byte)kind;
        output.Write(header);
        while (!payload.IsEmpty)
        {
            int piece = Math.Min(PieceBytes, payload.Length);
            output.Write(payload[..piece]);
            heard?.Invoke();
            payload = payload[piece..];
        }

        output.Flush();
    }

    /// <summary>Reads the next frame; null where the stream ends between two.</summary>
    /// <param name="tensorBytesMax">The longest payload of tensors that may come now; 0 where none may. Nothing is allocated for a longer one.</param>
    /// <exception cref="FrameException">Another kind, a length beyond its limit, or the stream ends within a frame.</exception>
    public Frame? Read(int tensorBytesMax)
    {
        byte[] header = new byte[Frame.HeaderBytes];
        int got = Fill(header);
        if (got == 0) return null;
        if (got < header.Length) throw new FrameException($"it ended within the header of a frame, after {Shown(header.AsSpan(0, got))}");
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        FrameKind kind = (FrameKind)header[4];
        if (kind is not (FrameKind.Control or FrameKind.Tensors))
            throw new FrameException($"it sent {Shown(header)} where a frame begins; what it prints must go to standard error");
        int limit = kind == FrameKind.Control ? Frame.ControlBytesMax : tensorBytesMax;
        if (length > limit)
            throw new FrameException(limit == 0 ? $"it sent {length} bytes of tensors where none belong" : $"it announced a {(kind == FrameKind.Control ? "message" : "payload")} of {length} bytes; {limit} are allowed here");
        byte[] payload = GC.AllocateUninitializedArray<byte>((int)length);
        got = Fill(payload);
        return got == payload.Length ? new Frame(kind, payload) : throw new FrameException($"it ended after {got} of the {length} bytes of a frame");
    }

    private int Fill(Span<byte> buffer)
    {
        int got = 0;
        while (got < buffer.Length)
        {
            int read = input.Read(buffer.Slice(got, Math.Min(PieceBytes, buffer.Length - got)));
            if (read == 0) break;
            got += read;
            heard?.Invoke();
        }

        return got;
    }

    // Text where it is text, so that a stray print shows as what it is.
    private static string Shown(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
            if (b is < 0x20 or > 0x7E) return "the bytes " + Convert.ToHexStringLower(bytes);
        return $"'{Encoding.ASCII.GetString(bytes)}'";
    }
}
