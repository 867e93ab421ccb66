using System.Text;
using Spectre.Console;

namespace Fed.Host.Presentation;

/// <summary>What the output understands. Decided once from the process's surroundings and passed on, so that every view can be tested with any terminal.</summary>
/// <param name="IsInteractive">A person at a terminal that moves its cursor; false for pipes, files and <c>TERM=dumb</c>.</param>
/// <param name="HasColor">Colour codes are welcome; false outside terminals and where <c>NO_COLOR</c> is set.</param>
/// <param name="HasUnicode">Box drawing and braille arrive intact; else ASCII only.</param>
/// <param name="Size">Columns and rows now; asked again for every frame, since people resize windows.</param>
internal sealed record TerminalProfile(bool IsInteractive, bool HasColor, bool HasUnicode, Func<(int Columns, int Rows)> Size)
{
    /// <summary>Columns assumed where there is no terminal to ask.</summary>
    public const int DefaultColumns = 80;

    private const int DefaultRows = 24;

    /// <summary>The first that is set and not empty decides.</summary>
    private static readonly string[] LocaleVariables = ["LC_ALL", "LC_CTYPE", "LANG"];

    /// <summary>The profile of this process's standard output.</summary>
    public static TerminalProfile Detect() => Detect(Console.IsOutputRedirected || !UnderstandsEscapeCodes(), Environment.GetEnvironmentVariable, WindowSize);

    /// <summary>The profile of an output, by the customs of terminals: https://no-color.org, <c>TERM</c>, and POSIX's order of locale variables.</summary>
    /// <param name="isRedirected">Output goes to a pipe or a file.</param>
    /// <param name="variable">Reads an environment variable; null where unset.</param>
    /// <param name="size">Asks the terminal; called for interactive profiles only.</param>
    public static TerminalProfile Detect(bool isRedirected, Func<string, string?> variable, Func<(int Columns, int Rows)> size)
    {
        bool isInteractive = !isRedirected && variable("TERM") != "dumb";
        bool hasColor = isInteractive && string.IsNullOrEmpty(variable("NO_COLOR"));
        return new TerminalProfile(isInteractive, hasColor, HasUtf8(variable), isInteractive ? size : static () => (DefaultColumns, DefaultRows));
    }

    /// <summary>A plain profile for pipes and tests.</summary>
    public static TerminalProfile Plain(bool hasUnicode = true, int columns = DefaultColumns) => new(false, false, hasUnicode, () => (columns, DefaultRows));

    /// <summary>Old Windows consoles need to be told, which Spectre's detection does; elsewhere <c>TERM</c> says it.</summary>
    private static bool UnderstandsEscapeCodes() => !OperatingSystem.IsWindows() || AnsiConsole.Create(new AnsiConsoleSettings()).Profile.Capabilities.Ansi;

    private static bool HasUtf8(Func<string, string?> variable)
    {
        if (OperatingSystem.IsWindows()) return Console.OutputEncoding.CodePage == Encoding.UTF8.CodePage;
        string? locale = LocaleVariables.Select(variable).FirstOrDefault(value => !string.IsNullOrEmpty(value));
        return locale is not null && (locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase) || locale.Contains("utf8", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>A terminal that does not tell (some serial lines, some CI systems) counts as the classic 80 x 24.</summary>
    private static (int Columns, int Rows) WindowSize()
    {
        try
        {
            (int columns, int rows) = (Console.WindowWidth, Console.WindowHeight);
            return (columns > 0 ? columns : DefaultColumns, rows > 0 ? rows : DefaultRows);
        }
        catch (Exception exception) when (exception is IOException or PlatformNotSupportedException)
        {
            return (DefaultColumns, DefaultRows);
        }
    }
}
