using System.Runtime.CompilerServices;
using System.Text;

namespace Fed.Host.Presentation.Html;

/// <summary>
/// Collects markup from interpolated strings: what stands in the source is markup, every hole is text and is encoded, unless it is <see cref="Markup"/> itself. So a hostile
/// site name cannot become markup by forgetting a call.
/// </summary>
internal sealed class HtmlWriter
{
    private readonly StringBuilder _html = new();

    /// <summary>Appends markup; holes are encoded.</summary>
    public HtmlWriter Add([InterpolatedStringHandlerArgument("")] ref Handler markup) =>
        ReferenceEquals(markup.Writer, this) ? this : throw new ArgumentException("the markup was made for another writer", nameof(markup));

    /// <summary>What was collected, as a hole for another writer.</summary>
    public Markup ToMarkup() => new(_html.ToString());

    /// <inheritdoc/>
    public override string ToString() => _html.ToString();

    /// <summary>Markup from one interpolated string.</summary>
    public static Markup Of(Func<HtmlWriter, HtmlWriter> write) => write(new HtmlWriter()).ToMarkup();

    /// <summary>Text as it may stand between tags and inside double-quoted attributes, in HTML and in XML (which forbids most control characters).</summary>
    public static string Encode(string text)
    {
        string clean = Figures.Clean(text);
        if (clean.AsSpan().IndexOfAny("&<>\"'") < 0) return clean;
        return new StringBuilder(clean).Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("\"", "&quot;").Replace("'", "&#39;").ToString();
    }

    /// <summary>The compiler's bridge from an interpolated string to the writer.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Handler
    {
        /// <summary>Called by the compiler.</summary>
        public Handler(int literalLength, int formattedCount, HtmlWriter writer)
        {
            Writer = writer;
            writer._html.EnsureCapacity(writer._html.Length + literalLength + (8 * formattedCount));
        }

        /// <summary>Where it goes.</summary>
        public HtmlWriter Writer { get; }

        /// <summary>Source text: markup.</summary>
        public void AppendLiteral(string markup) => Writer._html.Append(markup);

        /// <summary>A hole: text.</summary>
        public void AppendFormatted(string? text) => Writer._html.Append(Encode(text ?? ""));

        /// <summary>A hole: a whole number.</summary>
        public void AppendFormatted(long number) => Writer._html.Append(number);

        /// <summary>A hole: a coordinate, two decimals.</summary>
        public void AppendFormatted(double coordinate) => Writer._html.Append(coordinate.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture));

        /// <summary>A hole: markup made by a writer.</summary>
        public void AppendFormatted(Markup markup) => Writer._html.Append(markup.Html);
    }
}

/// <summary>Text that is markup already. Made by <see cref="HtmlWriter"/> and from constants only.</summary>
/// <param name="Html">Well-formed.</param>
internal readonly record struct Markup(string Html);
