using System.CommandLine;
using Fed.Host.History;
using Fed.Learning.Files;

namespace Fed.Host.Commands;

/// <summary>What <c>fed model export</c> is asked to do.</summary>
/// <param name="Format">The form.</param>
/// <param name="Out">The file to write.</param>
/// <param name="Job">Null for the newest job.</param>
/// <param name="Site">A site's folder, whose own copy is written; null for the coordinator's.</param>
/// <param name="IsBest">The best model instead of the last.</param>
internal sealed record ModelExportOptions(ModelFormat Format, string Out, string? Job, string? Site, bool IsBest);

/// <summary><c>fed model export --format safetensors|json|onnx --out FILE [--job ID] [--site DIR] [--best]</c></summary>
internal sealed class ModelExportCommand : Verb<ModelExportOptions>
{
    private readonly Option<string> _format = new("--format") { Description = "safetensors, json or onnx.", HelpName = "FORMAT", Required = true };
    private readonly Option<string> _out = new("--out") { Description = "The file to write.", HelpName = "FILE", Required = true };
    private readonly Option<string?> _job = JobOption.Create();
    private readonly Option<string?> _site = new("--site") { Description = "From a site's own disk: a node's folder, or DATA/sites/SITE of a simulation.", HelpName = "DIR" };
    private readonly Option<bool> _best = new("--best") { Description = "The model of the best round, instead of the last one's." };

    public ModelExportCommand() : base("export", "Writes the model of a job to a file.", "./fed model export --format safetensors --out model.safetensors")
    {
        Add(_format);
        Add(_out);
        Add(_job);
        Add(_site);
        Add(_best);
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
        return new ModelExportOptions(format, parse.GetRequiredValue(_out), parse.GetValue(_job), parse.GetValue(_site), parse.GetValue(_best));
    }

    /// <inheritdoc/>
    protected override int Run(ModelExportOptions options, CommandContext context) => ModelExport.Run(options, context);
}
