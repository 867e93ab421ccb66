using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fed.Host.Commands;

namespace Fed.Host.History;

/// <summary>Rows under headings, printed as an aligned table or as one JSON document with a property per heading.</summary>
internal sealed class Table(params string[] headings)
{
    private const int CellMax = 40;
    private static readonly JsonWriterOptions Readable = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<object?[]> _rows = [];

    /// <summary>Adds a row: strings, whole numbers, reals, booleans, lists of strings, or null.</summary>
    public void Add(params object?[] cells) => _rows.Add(cells);

    /// <summary>Prints in the form that the command line asks for.</summary>
    /// <returns>Exit code 0.</returns>
    public int Write(CommandContext context, string name)
    {
        if (context.Json) WriteJson(context.Out, (name, this));
        else WriteText(context.Out);
        return ExitCodes.Success;
    }

    /// <summary>Prints several tables: as text each under its name, those without rows left out; as JSON in one document with all of them.</summary>
    /// <returns>Exit code 0.</returns>
    public static int WriteAll(CommandContext context, params (string Name, Table Table)[] tables)
    {
        if (context.Json)
        {
            WriteJson(context.Out, tables);
            return ExitCodes.Success;
        }

        foreach ((string name, Table table) in tables.Where(static named => named.Table._rows.Count > 0))
        {
            context.Out.WriteLine($"{name}:");
            table.WriteText(context.Out);
            context.Out.WriteLine();
        }

        return ExitCodes.Success;
    }

    /// <summary>Prints as comma-separated values (RFC 4180) under the headings; cells whole, missing ones empty.</summary>
    public void WriteCsv(TextWriter output)
    {
        foreach (IEnumerable<string> cells in _rows.Select(static row => row.Select(Plain)).Prepend(headings)) output.Write(string.Join(',', cells.Select(Quoted)) + "\r\n");
    }

    private static string Quoted(string cell) => cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Plain(object? cell) => cell switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        IEnumerable<string> list when cell is not string => string.Join(' ', list),
        _ => string.Create(CultureInfo.InvariantCulture, $"{cell}"),
    };

    private void WriteText(TextWriter output)
    {
        string[][] cells = [headings, .. _rows.Select(row => row.Select((cell, column) => Text(cell, isLast: column == headings.Length - 1)).ToArray())];
        int[] widths = [.. headings.Select((_, column) => cells.Max(row => row[column].Length))];
        for (int i = 0; i < cells.Length; i++)
        {
            bool isNumber(int column) => i > 0 && _rows[i - 1][column] is int or long or double;
            output.WriteLine(string.Join("  ", cells[i].Select((cell, column) => isNumber(column) ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd());
        }
    }

    private static void WriteJson(TextWriter output, params (string Name, Table Table)[] tables)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer, Readable))
        {
            json.WriteStartObject();
            foreach ((string name, Table table) in tables) table.WriteRows(json, name);
            json.WriteEndObject();
        }

        output.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
    }

    private void WriteRows(Utf8JsonWriter json, string name)
    {
        json.WriteStartArray(name);
        foreach (object?[] row in _rows)
        {
            json.WriteStartObject();
            for (int column = 0; column < headings.Length; column++) WriteCell(json, PropertyOf(headings[column]), row[column]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary><c>opened by</c> is <c>openedBy</c>.</summary>
    private static string PropertyOf(string heading) => string.Concat(heading.Split(' ').Select(static (word, index) => index == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));

    private static void WriteCell(Utf8JsonWriter json, string name, object? cell)
    {
        switch (cell)
        {
            case null: json.WriteNull(name); break;
            case int number: json.WriteNumber(name, number); break;
            case long number: json.WriteNumber(name, number); break;
            case double number: json.WriteNumber(name, number); break;
            case bool flag: json.WriteBoolean(name, flag); break;
            case IEnumerable<string> list:
                json.WriteStartArray(name);
                foreach (string item in list) json.WriteStringValue(item);
                json.WriteEndArray();
                break;
            default: json.WriteString(name, cell.ToString()); break;
        }
    }

    /// <summary>A hash that is too long is cut to what tells it from others. What is last in its row, a reason mostly, and who was there are told whole.</summary>
    private static string Text(object? cell, bool isLast)
    {
        string text = cell switch
        {
            null => "-",
            double number => number.ToString("0.######", CultureInfo.InvariantCulture),
            bool flag => flag ? "yes" : "no",
            IEnumerable<string> list => string.Join(", ", list),
            _ => string.Create(CultureInfo.InvariantCulture, $"{cell}"),
        };
        return text.Length <= CellMax || isLast || cell is IEnumerable<string> ? text : text[..(CellMax - 3)] + "...";
    }
}
