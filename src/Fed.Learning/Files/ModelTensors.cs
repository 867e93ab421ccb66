using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fed.Learning.Files;

/// <summary>An exported model as a safetensors file: float64 tensors and, in <c>__metadata__</c>, what they mean. Lists are JSON inside a string, since the format allows only strings there.</summary>
internal static class ModelTensors
{
    public static TensorFile Of(ExportedModel model) =>
        new([.. model.Tensors.Select(static tensor => Tensor.Create<double>(tensor.Name, tensor.Shape, tensor.Values))], MetadataOf(model));

    /// <summary>What a model is, as strings.</summary>
    public static ImmutableArray<KeyValuePair<string, string>> MetadataOf(ExportedModel model)
    {
        var metadata = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        void add(string key, string value) => metadata.Add(new(key, value));
        add("format", ModelFile.Format);
        add("name", model.Name);
        add("kind", model.Kind);
        if (model.Architecture is { } architecture) add("architecture", architecture);
        add("features", JsonList(model.Features));
        add("classes", JsonList(model.Classes));
        add("job", model.Job);
        add("round", model.Round.ToString(CultureInfo.InvariantCulture));
        add("sha256", model.Sha256);
        return metadata.ToImmutable();
    }

    /// <summary>The model that a file describes.</summary>
    /// <exception cref="ModelFormatException">A key is missing or unreadable, or a tensor is not of finite float64.</exception>
    public static ExportedModel Read(TensorFile file) =>
        Value(file, "format") == ModelFile.Format
            ? new ExportedModel
            {
                Name = Value(file, "name"),
                Kind = Value(file, "kind"),
                Architecture = file.MetadataOf("architecture"),
                Features = List(file, "features"),
                Classes = List(file, "classes"),
                Job = Value(file, "job"),
                Round = int.TryParse(Value(file, "round"), CultureInfo.InvariantCulture, out int round) ? round : throw new ModelFormatException($"__metadata__ has round '{Value(file, "round")}'"),
                Sha256 = Value(file, "sha256"),
                Tensors = [.. file.Tensors.Select(Exported)],
            }
            : throw new ModelFormatException($"__metadata__ has format '{Value(file, "format")}', expected '{ModelFile.Format}'");

    private static ExportedTensor Exported(Tensor tensor)
    {
        if (tensor.Type != TensorType.F64) throw new ModelFormatException($"tensor '{tensor.Name}' is of type {tensor.Type}; a model's are F64");
        double[] values = tensor.ToArray<double>();
        int bad = Array.FindIndex(values, value => !double.IsFinite(value));
        return bad < 0 ? new ExportedTensor(tensor.Name, tensor.Shape, values) : throw new ModelFormatException($"tensor '{tensor.Name}' holds {values[bad]} at index {bad}");
    }

    private static string Value(TensorFile file, string key) => file.MetadataOf(key) ?? throw new ModelFormatException($"__metadata__ has no '{key}'");

    private static ImmutableArray<string> List(TensorFile file, string key)
    {
        try
        {
            using var list = JsonDocument.Parse(Value(file, key), new JsonDocumentOptions { MaxDepth = 1 });
            return [.. list.RootElement.EnumerateArray().Select(item => item.GetString() ?? throw new FormatException("null in a list"))];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new ModelFormatException($"__metadata__.{key} is not a list of strings in JSON", exception);
        }
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
}
