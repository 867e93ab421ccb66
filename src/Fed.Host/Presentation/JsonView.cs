namespace Fed.Host.Presentation;

/// <summary>For programs: nothing but the final report on standard output; warnings go to standard error. Thread-safe.</summary>
internal sealed class JsonView(TextWriter output, TextWriter error) : IRunObserver
{
    private readonly LineQueue _warnings = new(error);

    /// <inheritdoc/>
    public void Observe(RunProgress progress)
    {
        switch (progress)
        {
            case RunProgress.Warning warning:
                _warnings.Add("warning: " + Figures.Clean(warning.Text));
                break;
            case RunProgress.Finished finished:
                output.Write(ReportJson.Write(finished.Report));
                output.Flush();
                break;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _warnings.Dispose();
}
