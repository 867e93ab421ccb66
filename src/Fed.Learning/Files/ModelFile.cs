namespace Fed.Learning.Files;

/// <summary>Writes exported models and reads them back.</summary>
public static class ModelFile
{
    /// <summary>Value of <c>format</c> in a model's metadata: our meaning of the other keys.</summary>
    public const string Format = "fedactors/1";

    /// <summary>Writes a model in one of the formats. Equal models give equal bytes.</summary>
    public static void Write(ExportedModel model, ModelFormat format, Stream output)
    {
        if (format == ModelFormat.Safetensors) Safetensors.Write(ModelTensors.Of(model), output);
        else ModelJson.Write(model, output);
    }

    /// <summary>Reads a model that <see cref="Write"/> wrote.</summary>
    /// <param name="format">Which of the formats.</param>
    /// <param name="input">Seekable; read from its start to its end.</param>
    /// <exception cref="SafetensorsFormatException">The file is not safetensors.</exception>
    /// <exception cref="ModelFormatException">It is not the model that the format asks for.</exception>
    public static ExportedModel Read(ModelFormat format, Stream input) =>
        format == ModelFormat.Safetensors ? ModelTensors.Read(Safetensors.Read(input)) : ModelJson.Read(input);
}
