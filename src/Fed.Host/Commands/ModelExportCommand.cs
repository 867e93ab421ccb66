using System.CommandLine;
using Fed.Host.History;
using Fed.Learning.Files;

namespace Fed.Host.Commands;

/// <summary>What <c>fed model export</c> is asked to do.</summary>
/// <param name="Format">The form.</param>
/// <param name="Out">The file to write.</param>
/// <param name="Job">Null for the newest job.</param>
internal sealed record ModelExportOptions(ModelFormat Format, string Out, string? Job);

/// <summary><c>fed model export --format safetensors|json|onnx --out FILE [--job ID]</c></summary>
internal sealed class ModelExportCommand : Verb<ModelExportOptions>
{
    private readonly Option<string> _format = new("--format") { Description = "safetensors, json or onnx.", HelpName = "FORMAT", Required = true };
    private readonly Option<string> _out = new("--out") { Description = "The file to write.", HelpName = "FILE", Required = true };
    private readonly Option<string?> _job = JobOption.Create();

    public ModelExportCommand() : base("export", "Writes the model of a job to a file.", "./fed model export --format safetensors --out model.safetensors")
    {
        Add(_format);
        Add(_out);
        Add(_job);
    }

    /// <inheritdoc/>
    protected override ModelExportOptions Read(ParseResult parse)
    {
        string text = parse.GetRequiredValue(_format);
        ModelFormat format = text switch
        {
            "safetensors" => ModelFormat.Safetensors,
            "json" => ModelFormat.Json,
            "onnx" => ModelFormat.Onnx,
            _ => throw new UserException($"expected --format safetensors, json or onnx, found '{text}'"),
        };
        return new ModelExportOptions(format, parse.GetRequiredValue(_out), parse.GetValue(_job));
    }

    /// <inheritdoc/>
    protected override int Run(ModelExportOptions options, CommandContext context) => ModelExport.Run(options, context);
}
