using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fed.Host.Export;

/// <summary>
/// The safetensors format: 8 bytes little-endian header length, a JSON header, then the tensors' bytes back to back. We write float64 (<c>F64</c>), little-endian, and pad the
/// header with spaces so that the data begin at a multiple of 8 and can be mapped.
/// </summary>
/// <remarks>https://huggingface.co/docs/safetensors; lists in <c>__metadata__</c> are JSON inside a string, since the format allows only strings there.</remarks>
internal static class Safetensors
{
    /// <summary>The header's reserved key.</summary>
    public const string MetadataKey = "__metadata__";

    /// <summary>Value of <c>__metadata__.format</c>: our meaning of the other keys.</summary>
    public const string Format = "fedactors/1";

    /// <summary>Longer headers are refused unread; the limit of the format's reference implementation.</summary>
    public const long HeaderBytesMax = 100_000_000;

    private const int LengthBytes = sizeof(ulong);
    private const int DoublesPerBlock = 8192;

    /// <summary>Writes a model. Equal models give equal bytes.</summary>
    public static void Write(ExportedModel model, Stream output)
    {
        byte[] header = Header(model);
        int padding = -header.Length & 7;   // the length field itself is 8 bytes, so it does not shift the data
        Span<byte> length = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)(header.Length + padding));
        output.Write(length);
        output.Write(header);
        output.Write("        "u8[..padding]);
        foreach (ExportedTensor tensor in model.Tensors) WriteValues(tensor.Values, output);
    }

    /// <summary>Reads a model that <see cref="Write"/> wrote, or any float64 safetensors file with the same metadata.</summary>
    /// <param name="input">Seekable; read from its start.</param>
    /// <exception cref="SafetensorsFormatException">Anything in the file contradicts the format, itself or its own length. Nothing is allocated on the header's word alone.</exception>
    public static ExportedModel Read(Stream input)
    {
        input.Position = 0;
        if (input.Length < LengthBytes) throw new SafetensorsFormatException($"the file has {input.Length} bytes, too few for a header length");
        Span<byte> length = stackalloc byte[LengthBytes];
        input.ReadExactly(length);
        ulong headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(length);
        ulong left = (ulong)(input.Length - LengthBytes);
        if (headerBytes > HeaderBytesMax || headerBytes > left)
            throw new SafetensorsFormatException($"the header claims {headerBytes} bytes; {left} follow and {HeaderBytesMax} are allowed");
        var json = new byte[(int)headerBytes];
        input.ReadExactly(json);
        SafetensorsHeader header = SafetensorsHeader.Parse(json, dataBytes: (long)(left - headerBytes));
        var tensors = ImmutableArray.CreateBuilder<ExportedTensor>(header.Tensors.Length);
        foreach ((string name, ImmutableArray<long> shape) in header.Tensors)
        {
            var values = new double[ExportedTensor.ElementCount(shape)];
            ReadValues(values, input);
            int bad = Array.FindIndex(values, value => !double.IsFinite(value));
            if (bad >= 0) throw new SafetensorsFormatException($"tensor '{name}' holds {values[bad]} at index {bad}");
            tensors.Add(new ExportedTensor(name, shape, values));
        }

        return header.ToModel(tensors.MoveToImmutable());
    }

    private static byte[] Header(ExportedModel model)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });   // a data file, never embedded in HTML
        json.WriteStartObject();
        json.WriteStartObject(MetadataKey);
        json.WriteString("format", Format);
        json.WriteString("name", model.Name);
        json.WriteString("kind", model.Kind);
        if (model.Architecture is { } architecture) json.WriteString("architecture", architecture);
        json.WriteString("features", JsonList(model.Features));
        json.WriteString("classes", JsonList(model.Classes));
        json.WriteString("job", model.Job);
        json.WriteString("round", model.Round.ToString());
        json.WriteString("sha256", model.Sha256);
        json.WriteEndObject();
        long offset = 0;
        foreach (ExportedTensor tensor in model.Tensors)
        {
            long end = offset + ((long)tensor.Values.Length * sizeof(double));
            json.WriteStartObject(tensor.Name);
            json.WriteString("dtype", "F64");
            json.WriteStartArray("shape");
            foreach (long axis in tensor.Shape) json.WriteNumberValue(axis);
            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(offset);
            json.WriteNumberValue(end);
            json.WriteEndArray();
            json.WriteEndObject();
            offset = end;
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static string JsonList(ImmutableArray<string> items)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartArray();
            foreach (string item in items) json.WriteStringValue(item);
            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteValues(ReadOnlySpan<double> values, Stream output)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(DoublesPerBlock * sizeof(double));
        for (int start = 0; start < values.Length; start += DoublesPerBlock)
        {
            ReadOnlySpan<double> part = values.Slice(start, Math.Min(DoublesPerBlock, values.Length - start));
            for (int i = 0; i < part.Length; i++) BinaryPrimitives.WriteDoubleLittleEndian(block.AsSpan(i * sizeof(double)), part[i]);
            output.Write(block, 0, part.Length * sizeof(double));
        }

        ArrayPool<byte>.Shared.Return(block);
    }

    private static void ReadValues(Span<double> values, Stream input)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(DoublesPerBlock * sizeof(double));
        for (int start = 0; start < values.Length; start += DoublesPerBlock)
        {
            Span<double> part = values.Slice(start, Math.Min(DoublesPerBlock, values.Length - start));
            input.ReadExactly(block, 0, part.Length * sizeof(double));
            for (int i = 0; i < part.Length; i++) part[i] = BinaryPrimitives.ReadDoubleLittleEndian(block.AsSpan(i * sizeof(double)));
        }

        ArrayPool<byte>.Shared.Return(block);
    }
}
