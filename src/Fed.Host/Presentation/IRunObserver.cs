namespace Fed.Host.Presentation;

/// <summary>
/// Watches a run. Calls may come from any thread and return at once: an observer only notes what it is told and draws when it likes, so that a slow terminal never slows a
/// round. Disposing draws what is still to be drawn and gives the terminal back; it may be called from a Ctrl-C handler, and more than once.
/// </summary>
internal interface IRunObserver : IDisposable
{
    /// <summary>Takes note of one step.</summary>
    void Observe(RunProgress progress);
}
