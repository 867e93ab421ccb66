using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fed.Learning.Files;

/// <summary>
/// The safetensors format: 8 bytes little-endian header length, a JSON header, then the tensors' bytes back to back. The header is padded with spaces so that the data begin at a
/// multiple of 8, and wider elements are laid down first, so that every tensor is aligned for its type and can be mapped.
/// </summary>
/// <remarks>https://huggingface.co/docs/safetensors</remarks>
public static class Safetensors
{
    /// <summary>The header's reserved key.</summary>
    public const string MetadataKey = "__metadata__";

    /// <summary>Longer headers are refused unread; the limit of the format's reference implementation.</summary>
    public const long HeaderBytesMax = 100_000_000;

    private const int LengthBytes = sizeof(ulong);

    /// <summary>Writes a file. Equal content gives equal bytes.</summary>
    public static void Write(TensorFile file, Stream output)
    {
        ImmutableArray<Tensor> laid = [.. file.Tensors.OrderByDescending(static tensor => tensor.Type.ElementBytes)];   // stable: one type keeps its order
        byte[] header = Header(file, laid);
        int padding = -header.Length & 7;   // the length field itself is 8 bytes, so it does not shift the data
        Span<byte> length = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)(header.Length + padding));
        output.Write(length);
        output.Write(header);
        output.Write("        "u8[..padding]);
        foreach (Tensor tensor in laid) output.Write(tensor.Bytes.Span);
    }

    /// <summary>The bytes of a file.</summary>
    public static byte[] Write(TensorFile file)
    {
        using var stream = new MemoryStream();
        Write(file, stream);
        return stream.ToArray();
    }

    /// <summary>Reads a file of any types of <see cref="TensorType"/>.</summary>
    /// <param name="input">Seekable; read from its start to its end.</param>
    /// <exception cref="SafetensorsFormatException">Anything in the file contradicts the format, itself or its own length. Nothing is allocated on the header's word alone.</exception>
    public static TensorFile Read(Stream input)
    {
        input.Position = 0;
        Span<byte> length = stackalloc byte[LengthBytes];
        int got = input.ReadAtLeast(length, LengthBytes, throwOnEndOfStream: false);
        int headerBytes = HeaderBytes(length[..got], input.Length);
        var json = new byte[headerBytes];
        input.ReadExactly(json);
        return SafetensorsHeader.Parse(json, dataBytes: input.Length - LengthBytes - headerBytes).Read((_, bytes) =>
        {
            var data = new byte[bytes];
            input.ReadExactly(data);
            return data;
        });
    }

    /// <summary>Reads a file that is in memory; the tensors are views of it, so nobody may change it any more.</summary>
    /// <inheritdoc cref="Read(Stream)" path="/exception"/>
    public static TensorFile Read(ReadOnlyMemory<byte> file)
    {
        int headerBytes = HeaderBytes(file.Span[..Math.Min(LengthBytes, file.Length)], file.Length);
        ReadOnlyMemory<byte> data = file[(LengthBytes + headerBytes)..];
        return SafetensorsHeader.Parse(file.Slice(LengthBytes, headerBytes), data.Length).Read((begin, bytes) => data.Slice((int)begin, bytes));
    }

    private static int HeaderBytes(ReadOnlySpan<byte> length, long fileBytes)
    {
        if (length.Length < LengthBytes) throw new SafetensorsFormatException($"the file has {fileBytes} bytes, too few for a header length");
        ulong headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(length), left = (ulong)(fileBytes - LengthBytes);
        return headerBytes <= HeaderBytesMax && headerBytes <= left
            ? (int)headerBytes
            : throw new SafetensorsFormatException($"the header claims {headerBytes} bytes; {left} follow and {HeaderBytesMax} are allowed");
    }

    private static byte[] Header(TensorFile file, ImmutableArray<Tensor> laid)
    {
        var begins = new Dictionary<Tensor, long>();
        long offset = 0;
        foreach (Tensor tensor in laid)
        {
            begins.Add(tensor, offset);
            offset += tensor.Bytes.Length;
        }

        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });   // a data file, never embedded in HTML
        json.WriteStartObject();
        if (!file.Metadata.IsEmpty)
        {
            json.WriteStartObject(MetadataKey);
            foreach ((string key, string value) in file.Metadata) json.WriteString(key, value);
            json.WriteEndObject();
        }

        foreach (Tensor tensor in file.Tensors)
        {
            json.WriteStartObject(tensor.Name);
            json.WriteString("dtype", tensor.Type.ToString());
            json.WriteStartArray("shape");
            foreach (long axis in tensor.Shape) json.WriteNumberValue(axis);
            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(begins[tensor]);
            json.WriteNumberValue(begins[tensor] + tensor.Bytes.Length);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
