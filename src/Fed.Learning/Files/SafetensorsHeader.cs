using System.Text.Json;

namespace Fed.Learning.Files;

/// <summary>A checked safetensors header: its tensors fill the data from the first byte to the last.</summary>
/// <param name="Metadata">The strings of <c>__metadata__</c>.</param>
/// <param name="Entries">In the order of the header.</param>
internal sealed record SafetensorsHeader(ImmutableArray<KeyValuePair<string, string>> Metadata, ImmutableArray<SafetensorsHeader.Entry> Entries)
{
    /// <summary>Deeper headers are refused: the format itself nests three levels.</summary>
    private const int DepthMax = 8;

    /// <summary>Reads and checks a header.</summary>
    /// <param name="json">UTF-8, trailing spaces allowed.</param>
    /// <param name="dataBytes">Bytes that follow the header.</param>
    /// <exception cref="SafetensorsFormatException">It is malformed, names an unknown type, or its offsets leave holes, overlap or pass the end.</exception>
    public static SafetensorsHeader Parse(ReadOnlyMemory<byte> json, long dataBytes)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = DepthMax, AllowDuplicateProperties = false });
            return Parse(document.RootElement, dataBytes);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)   // wrong syntax, wrong kind of value, wrong number
        {
            throw new SafetensorsFormatException("the header is not the JSON that the format asks for: " + exception.Message, exception);
        }
    }

    /// <summary>Takes every tensor's bytes, in the order in which they lie.</summary>
    /// <param name="take">From the byte of the data where a tensor begins and its length to its bytes.</param>
    public TensorFile Read(Func<long, int, ReadOnlyMemory<byte>> take)
    {
        var tensors = Entries.OrderBy(static entry => (entry.Begin, entry.End))
            .ToDictionary(static entry => entry.Name, entry => new Tensor(entry.Name, entry.Type, entry.Shape, take(entry.Begin, (int)(entry.End - entry.Begin))), StringComparer.Ordinal);
        return new TensorFile([.. Entries.Select(entry => tensors[entry.Name])], Metadata);
    }

    private static SafetensorsHeader Parse(JsonElement root, long dataBytes)
    {
        var metadata = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        var entries = ImmutableArray.CreateBuilder<Entry>();
        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (property.NameEquals(Safetensors.MetadataKey))
                foreach (JsonProperty text in property.Value.EnumerateObject()) metadata.Add(new(text.Name, text.Value.GetString() ?? throw new FormatException($"'{text.Name}' is null")));
            else
                entries.Add(EntryOf(property));
        }

        long expected = 0;
        foreach (Entry entry in entries.OrderBy(static entry => (entry.Begin, entry.End)))
        {
            if (entry.Begin != expected) throw new SafetensorsFormatException($"tensor '{entry.Name}' begins at byte {entry.Begin}, expected {expected}: tensors leave no hole and do not overlap");
            expected = entry.End;
        }

        return expected == dataBytes
            ? new SafetensorsHeader(metadata.ToImmutable(), entries.ToImmutable())
            : throw new SafetensorsFormatException($"the tensors take {expected} bytes, {dataBytes} follow the header");
    }

    private static Entry EntryOf(JsonProperty property)
    {
        string name = property.Name;
        string? typeName = Member(property, "dtype").GetString();
        if (!Enum.TryParse(typeName, out TensorType type) || type.ToString() != typeName)
            throw new SafetensorsFormatException($"tensor '{name}' is of type {typeName}; readable are {string.Join(", ", Enum.GetNames<TensorType>())}");
        ImmutableArray<long> shape = [.. Member(property, "shape").EnumerateArray().Select(axis => axis.GetInt64())];
        long[] offsets = [.. Member(property, "data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
        long count = Tensor.ElementCount(shape);
        if (count < 0 || count * type.ElementBytes > Array.MaxLength) throw new SafetensorsFormatException($"tensor '{name}' has the impossible shape [{string.Join(", ", shape)}]");
        if (name.Length == 0 || offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] - offsets[0] != count * type.ElementBytes)
            throw new SafetensorsFormatException($"tensor '{name}' has {count} values of {type.ElementBytes} bytes at offsets [{string.Join(", ", offsets)}]");
        return new Entry(name, type, shape, offsets[0], offsets[1]);
    }

    private static JsonElement Member(JsonProperty tensor, string name) =>
        tensor.Value.TryGetProperty(name, out JsonElement member) ? member : throw new SafetensorsFormatException($"tensor '{tensor.Name}' has no '{name}'");

    /// <summary>Where a tensor lies in the data.</summary>
    internal readonly record struct Entry(string Name, TensorType Type, ImmutableArray<long> Shape, long Begin, long End);
}
