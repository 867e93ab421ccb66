using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fed.Learning.Files;

/// <summary>An exported model as JSON for people and small programs: metadata, then each tensor's shape and row-major values, exact (shortest round-trip digits).</summary>
internal static class ModelJson
{
    /// <summary>Our own files nest four levels; an architecture has a few of its own.</summary>
    private const int DepthMax = 16;

    public static void Write(ExportedModel model, Stream output)
    {
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("format", ModelFile.Format);
            json.WriteString("name", model.Name);
            json.WriteString("kind", model.Kind);
            if (model.Architecture is { } architecture)
            {
                json.WritePropertyName("architecture");
                json.WriteRawValue(architecture);
            }

            WriteList(json, "features", model.Features);
            WriteList(json, "classes", model.Classes);
            json.WriteString("job", model.Job);
            json.WriteNumber("round", model.Round);
            json.WriteString("sha256", model.Sha256);
            json.WriteStartObject("tensors");
            foreach (ExportedTensor tensor in model.Tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteStartArray("shape");
                foreach (long axis in tensor.Shape) json.WriteNumberValue(axis);
                json.WriteEndArray();
                json.WriteStartArray("values");
                foreach (double value in tensor.Values) json.WriteNumberValue(value);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
    }

    /// <summary>Reads what <see cref="Write"/> wrote; spaces and the order of keys do not matter.</summary>
    /// <exception cref="ModelFormatException">Not JSON, another format, a key missing or of the wrong kind, or numbers that do not fill their shape.</exception>
    public static ExportedModel Read(Stream input)
    {
        try
        {
            input.Position = 0;
            using var document = JsonDocument.Parse(input, new JsonDocumentOptions { MaxDepth = DepthMax, AllowDuplicateProperties = false });
            return Read(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or ArgumentException or KeyNotFoundException)
        {
            throw new ModelFormatException("the file is not a model in JSON: " + exception.Message, exception);
        }
    }

    private static ExportedModel Read(JsonElement root)
    {
        string format = Text(root, "format");
        return format == ModelFile.Format
            ? new ExportedModel
            {
                Name = Text(root, "name"),
                Kind = Text(root, "kind"),
                Architecture = root.TryGetProperty("architecture", out JsonElement architecture) ? Compact(architecture) : null,
                Features = List(root, "features"),
                Classes = List(root, "classes"),
                Job = Text(root, "job"),
                Round = Member(root, "round").GetInt32(),
                Sha256 = Text(root, "sha256"),
                Tensors = [.. Member(root, "tensors").EnumerateObject().Select(ReadTensor)],
            }
            : throw new FormatException($"format '{format}', expected '{ModelFile.Format}'");
    }

    private static ExportedTensor ReadTensor(JsonProperty property) => new(
        property.Name,
        [.. Member(property.Value, "shape").EnumerateArray().Select(static axis => axis.GetInt64())],
        [.. Member(property.Value, "values").EnumerateArray().Select(static value => value.GetDouble())]);

    private static JsonElement Member(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement member) ? member : throw new FormatException($"'{name}' is missing");

    private static string Text(JsonElement element, string name) => Member(element, name).GetString() ?? throw new FormatException($"'{name}' is null");

    private static ImmutableArray<string> List(JsonElement element, string name) =>
        [.. Member(element, name).EnumerateArray().Select(item => item.GetString() ?? throw new FormatException($"'{name}' holds a null"))];

    /// <summary>The writer indents it; in the model it stands as the plan states it.</summary>
    private static string Compact(JsonElement element)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer)) element.WriteTo(json);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteList(Utf8JsonWriter json, string name, IEnumerable<string> items)
    {
        json.WriteStartArray(name);
        foreach (string item in items) json.WriteStringValue(item);
        json.WriteEndArray();
    }
}
