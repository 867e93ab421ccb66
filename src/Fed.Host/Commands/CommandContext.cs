namespace Fed.Host.Commands;

/// <summary>What every command gets from the command line and the process.</summary>
/// <param name="Out">Results.</param>
/// <param name="Error">Warnings and progress that are no result.</param>
/// <param name="Data">The value of <c>--data</c>, or null when it was not given.</param>
/// <param name="Json">True for <c>--json</c>: the result is one JSON document, nothing else goes to <paramref name="Out"/>.</param>
/// <param name="Verbose">True for <c>--verbose</c>.</param>
/// <param name="Cancel">Cancelled by Ctrl-C and SIGTERM.</param>
internal sealed record CommandContext(TextWriter Out, TextWriter Error, string? Data, bool Json, bool Verbose, CancellationToken Cancel)
{
    /// <summary>Answers of a person to questions; null where nobody can be asked.</summary>
    public TextReader? In { get; init; }

    /// <summary>Where jobs are kept when neither the command line nor the configuration says otherwise.</summary>
    public const string DefaultDataDirectory = "./fed-data";

    /// <summary>The folder with the journal, stores and reports.</summary>
    public string DataDirectory => Data ?? DefaultDataDirectory;
}
