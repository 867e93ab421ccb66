using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fed.Host.Export;

/// <summary>Writes exported models to files, atomically.</summary>
internal static class ModelFile
{
    /// <summary>Writes a model in one of the formats; an older file of that name is replaced.</summary>
    /// <inheritdoc cref="AtomicFile.Write" path="/exception"/>
    public static void Write(ExportedModel model, ModelFormat format, string path) =>
        AtomicFile.Write(path, stream =>
        {
            if (format == ModelFormat.Safetensors) Safetensors.Write(model, stream);
            else WriteJson(model, stream);
        });

    /// <summary>The same content as JSON for people and small programs: metadata, then each tensor's shape and row-major values, exact (shortest round-trip digits).</summary>
    public static void WriteJson(ExportedModel model, Stream output)
    {
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("format", Safetensors.Format);
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

    private static void WriteList(Utf8JsonWriter json, string name, IEnumerable<string> items)
    {
        json.WriteStartArray(name);
        foreach (string item in items) json.WriteStringValue(item);
        json.WriteEndArray();
    }
}

/// <summary>File formats of <c>fed model export</c>.</summary>
internal enum ModelFormat
{
    /// <summary>Binary, readable from Python, R, Rust ...</summary>
    Safetensors,

    /// <summary>Text.</summary>
    Json,
}
