using System.Collections.Immutable;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Fed.Host.Presentation;

/// <summary>Turns Spectre's tables and paragraphs into lines of text, with capabilities set by us: left to itself it writes escape codes into pipes.</summary>
internal static class StyledText
{
    /// <summary>Emphasis for headings.</summary>
    public static Style Strong { get; } = new(decoration: Decoration.Bold);

    /// <summary>For what matters less.</summary>
    public static Style Faint { get; } = new(foreground: Color.Grey);

    /// <summary>For the result itself.</summary>
    public static Style Result { get; } = new(foreground: Color.Green, decoration: Decoration.Bold);

    /// <summary>For what is done.</summary>
    public static Style Good { get; } = new(foreground: Color.Green);

    /// <summary>For warnings, absent and refused.</summary>
    public static Style Warn { get; } = new(foreground: Color.Yellow);

    /// <summary>For what is going on now.</summary>
    public static Style Busy { get; } = new(foreground: Color.Aqua);

    /// <summary>A table's border that the output can show.</summary>
    public static TableBorder Border(bool hasUnicode) => hasUnicode ? TableBorder.Rounded : TableBorder.Ascii2;

    /// <summary>The lines of a renderable, without trailing spaces; colour codes only where <paramref name="hasColor"/>.</summary>
    public static ImmutableArray<string> Lines(IRenderable content, int columns, bool hasColor, bool hasUnicode)
    {
        using var text = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = hasColor ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = hasColor ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,   // the sixteen colours of the user's own theme
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        console.Profile.Width = columns;
        console.Profile.Capabilities.Unicode = hasUnicode;
        console.Write(content);
        string[] lines = text.ToString().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        return [.. lines.Select(line => line.TrimEnd(' '))];
    }
}
