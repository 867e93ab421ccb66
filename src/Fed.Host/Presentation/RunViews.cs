namespace Fed.Host.Presentation;

/// <summary>Chooses the view for a run.</summary>
internal static class RunViews
{
    /// <summary>JSON where asked for, else the live picture on a terminal, else plain lines.</summary>
    /// <param name="isJson">The user asked for <c>--json</c>.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="profile">Standard output's abilities.</param>
    /// <param name="clock">Drives the live view.</param>
    /// <returns>A view that the caller disposes, also when the run fails or is cancelled.</returns>
    public static IRunObserver Create(bool isJson, TextWriter output, TextWriter error, TerminalProfile profile, TimeProvider clock) => (isJson, profile.IsInteractive) switch
    {
        (true, _) => new JsonView(output, error),
        (false, true) => new LiveView(output, profile, clock),
        (false, false) => new PlainView(output, profile, clock),
    };
}
