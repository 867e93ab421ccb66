using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fed.Host.Commands;

namespace Fed.Host.Enrolment;

/// <summary>A command's result: some lines, or the same as one JSON document.</summary>
internal static class Answer
{
    private static readonly JsonWriterOptions Readable = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Prints it in the form that the command line asks for.</summary>
    /// <returns>Exit code 0.</returns>
    public static int Write(CommandContext context, JsonObject json, params ReadOnlySpan<string> lines)
    {
        if (!context.Json)
        {
            foreach (string line in lines) context.Out.WriteLine(line);
            return ExitCodes.Success;
        }

        using MemoryStream buffer = new();
        using (Utf8JsonWriter writer = new(buffer, Readable)) json.WriteTo(writer);
        context.Out.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
        return ExitCodes.Success;
    }
}
