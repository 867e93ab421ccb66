using Fed.Learning.Files.Onnx;

namespace Fed.Learning.Files;

/// <summary>Writes exported models and reads them back.</summary>
public static class ModelFile
{
    /// <summary>Value of <c>format</c> in a model's metadata: our meaning of the other keys.</summary>
    public const string Format = "fedactors/1";

    /// <summary>Writes a model in one of the formats. Equal models give equal bytes.</summary>
    /// <exception cref="NotSupportedException">The model has no ONNX form.</exception>
    /// <exception cref="ModelFormatException">For ONNX: kind, architecture and tensors do not go together.</exception>
    public static void Write(ExportedModel model, ModelFormat format, Stream output)
    {
        switch (format)
        {
            case ModelFormat.Safetensors: Safetensors.Write(ModelTensors.Of(model), output); break;
            case ModelFormat.Json: ModelJson.Write(model, output); break;
            default: OnnxExport.Write(TrainedModel.Of(model), output); break;
        }
    }

    /// <summary>Reads a model that <see cref="Write"/> wrote.</summary>
    /// <param name="format">Safetensors or JSON.</param>
    /// <param name="input">Seekable; read from its start to its end.</param>
    /// <exception cref="SafetensorsFormatException">The file is not safetensors.</exception>
    /// <exception cref="ModelFormatException">It is not the model that the format asks for.</exception>
    public static ExportedModel Read(ModelFormat format, Stream input) =>
        format switch
        {
            ModelFormat.Safetensors => ModelTensors.Read(Safetensors.Read(input)),
            ModelFormat.Json => ModelJson.Read(input),
            _ => throw new NotSupportedException("ONNX files are written, not read"),
        };
}
