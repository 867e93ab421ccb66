using System.Collections.Immutable;
using System.Text.Json;

namespace Fed.Host.Export;

/// <summary>A checked safetensors header: its tensors fill the data from the first byte to the last, in the order given here.</summary>
/// <param name="Metadata">The strings of <c>__metadata__</c>.</param>
/// <param name="Tensors">Names and shapes, by offset.</param>
internal sealed record SafetensorsHeader(ImmutableSortedDictionary<string, string> Metadata, ImmutableArray<(string Name, ImmutableArray<long> Shape)> Tensors)
{
    /// <summary>Deeper headers are refused: the format itself nests three levels.</summary>
    private const int DepthMax = 8;

    /// <summary>Reads and checks a header.</summary>
    /// <param name="json">UTF-8, trailing spaces allowed.</param>
    /// <param name="dataBytes">Bytes that follow the header.</param>
    /// <exception cref="SafetensorsFormatException">It is malformed, names a type other than F64, or its offsets leave holes, overlap or pass the end.</exception>
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

    /// <summary>The model that the metadata describe.</summary>
    /// <exception cref="SafetensorsFormatException">A key is missing or unreadable.</exception>
    public ExportedModel ToModel(ImmutableArray<ExportedTensor> tensors) =>
        Value("format") == Safetensors.Format
            ? new ExportedModel
            {
                Name = Value("name"),
                Kind = Value("kind"),
                Architecture = Metadata.GetValueOrDefault("architecture"),
                Features = List("features"),
                Classes = List("classes"),
                Job = Value("job"),
                Round = int.TryParse(Value("round"), out int round) ? round : throw new SafetensorsFormatException($"__metadata__ has round '{Value("round")}'"),
                Sha256 = Value("sha256"),
                Tensors = tensors,
            }
            : throw new SafetensorsFormatException($"__metadata__ has format '{Value("format")}', expected '{Safetensors.Format}'");

    private static SafetensorsHeader Parse(JsonElement root, long dataBytes)
    {
        var metadata = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var found = new List<(long Begin, long End, string Name, ImmutableArray<long> Shape)>();
        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (property.NameEquals(Safetensors.MetadataKey))
                foreach (JsonProperty entry in property.Value.EnumerateObject()) metadata.Add(entry.Name, entry.Value.GetString() ?? throw new FormatException($"'{entry.Name}' is null"));
            else
                found.Add(Tensor(property));
        }

        found.Sort((left, right) => (left.Begin, left.End).CompareTo((right.Begin, right.End)));
        long expected = 0;
        foreach ((long begin, long end, string name, _) in found)
        {
            if (begin != expected) throw new SafetensorsFormatException($"tensor '{name}' begins at byte {begin}, expected {expected}: tensors leave no hole and do not overlap");
            expected = end;
        }

        return expected == dataBytes
            ? new SafetensorsHeader(metadata.ToImmutable(), [.. found.Select(tensor => (tensor.Name, tensor.Shape))])
            : throw new SafetensorsFormatException($"the tensors take {expected} bytes, {dataBytes} follow the header");
    }

    private static (long Begin, long End, string Name, ImmutableArray<long> Shape) Tensor(JsonProperty property)
    {
        string name = property.Name;
        string? type = Member(property, "dtype").GetString();
        if (type != "F64") throw new SafetensorsFormatException($"tensor '{name}' is of type {type}; only F64 can be read");
        ImmutableArray<long> shape = [.. Member(property, "shape").EnumerateArray().Select(axis => axis.GetInt64())];
        long[] offsets = [.. Member(property, "data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
        long count = ExportedTensor.ElementCount(shape);
        if (count < 0) throw new SafetensorsFormatException($"tensor '{name}' has the impossible shape [{string.Join(", ", shape)}]");
        if (name.Length == 0 || offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] - offsets[0] != count * sizeof(double))
            throw new SafetensorsFormatException($"tensor '{name}' has {count} values of 8 bytes at offsets [{string.Join(", ", offsets)}]");
        return (offsets[0], offsets[1], name, shape);
    }

    private static JsonElement Member(JsonProperty tensor, string name) =>
        tensor.Value.TryGetProperty(name, out JsonElement member) ? member : throw new SafetensorsFormatException($"tensor '{tensor.Name}' has no '{name}'");

    private string Value(string key) => Metadata.GetValueOrDefault(key) ?? throw new SafetensorsFormatException($"__metadata__ has no '{key}'");

    private ImmutableArray<string> List(string key)
    {
        try
        {
            using var list = JsonDocument.Parse(Value(key), new JsonDocumentOptions { MaxDepth = 1 });
            return [.. list.RootElement.EnumerateArray().Select(item => item.GetString() ?? throw new FormatException("null in a list"))];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new SafetensorsFormatException($"__metadata__.{key} is not a list of strings in JSON", exception);
        }
    }
}
