using Fed.Learning.Files;

namespace Fed.Host.History;

/// <summary>The model.safetensors that a finished job left beside its report, held against what the journal names.</summary>
internal static class PublishedModel
{
    /// <summary>Its name in a job's directory.</summary>
    public const string FileName = "model.safetensors";

    /// <summary>Null where the file is what an export of the job's last committed round gives, byte for byte; else a sentence that names the file.</summary>
    /// <param name="job">A job whose report is written.</param>
    /// <param name="blobs">The node's, with the last server state whole.</param>
    /// <param name="directory">The job's.</param>
    /// <remarks>Class labels come from the sites' data and are in no journal: those of the file are taken over, all else is computed again.</remarks>
    public static string? Finding(JobHistory job, NodeBlobs blobs, string directory)
    {
        string path = Path.Combine(directory, FileName);
        if (!File.Exists(path)) return $"job {job.Id} has a report, but '{path}' beside it is missing; './fed model export' writes it again";
        byte[] found = File.ReadAllBytes(path);
        string expected = $"the model of round {job.Rounds[^1].Committed.Round} ({job.Rounds[^1].Committed.ModelSha256})";
        try
        {
            using MemoryStream input = new(found, writable: false);
            ExportedModel model = ModelExport.ModelOf(job, blobs, ModelFile.Read(ModelFormat.Safetensors, input).Classes);
            using MemoryStream again = new(found.Length);
            ModelFile.Write(model, ModelFormat.Safetensors, again);
            return again.ToArray().AsSpan().SequenceEqual(found) ? null : $"'{path}' is not {expected} that the journal names; './fed model export' writes that one";
        }
        catch (Exception e) when (e is SafetensorsFormatException or ModelFormatException)
        {
            return $"'{path}' is damaged ({e.Message}); './fed model export' writes {expected} again";
        }
    }
}
