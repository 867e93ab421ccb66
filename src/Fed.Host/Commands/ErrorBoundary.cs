using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Cluster.Identity;
using Fed.Cluster.Stores;
using Fed.Host.Comparisons;
using Fed.Learning.Data;
using Fed.Vectors;

namespace Fed.Host.Commands;

/// <summary>The one place where exceptions become a sentence and an exit code.</summary>
internal sealed class ErrorBoundary(SharedOptions shared, CancellationToken cancel)
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Runs a command's work.</summary>
    public int Run(ParseResult parse, Func<CommandContext, int> work)
    {
        TextWriter error = parse.InvocationConfiguration.Error;
        bool json = shared.Json(parse);
        bool verbose = false;
        try
        {
            CommandContext context = shared.Context(parse, cancel);
            verbose = context.Verbose;
            return work(context);
        }
        catch (Exception e)
        {
            (int code, string sentence) = Explain(e);
            Report(error, json, code, sentence, verbose ? e : null);
            return code;
        }
    }

    /// <summary>Writes an error: a line of text, or one of JSON.</summary>
    public static void Report(TextWriter error, bool json, int code, string sentence, Exception? trace = null)
    {
        if (!json)
        {
            error.WriteLine($"fed: {sentence}");
            if (trace is not null) error.WriteLine(trace);
            return;
        }
        using MemoryStream buffer = new();
        using (Utf8JsonWriter writer = new(buffer, Readable))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("error");
            writer.WriteString("message", sentence);
            writer.WriteNumber("exitCode", code);
            if (trace is not null) writer.WriteString("stackTrace", trace.ToString());
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        error.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
    }

    // Whose fault it is. What nobody foresaw counts as the environment's, and says that it is ours.
    private static (int Code, string Sentence) Explain(Exception e) => e switch
    {
        JobSpoiltException => (ExitCodes.Environment, e.Message.TrimEnd('.')),
        UserException or DataException or CapacityException or ServerStepException or IdentityException => (ExitCodes.User, e.Message.TrimEnd('.')),
        OperationCanceledException => (ExitCodes.Environment, "stopped before the end; what was committed is safe"),
        IOException or UnauthorizedAccessException or DataDirectoryInUseException or KeyFileException or BlobDamagedException or BlobMissingException or JournalFormatException or JournalCorruptException
            => (ExitCodes.Environment, e.Message.TrimEnd('.')),
        ModelsDifferException => (ExitCodes.Environment, $"{e.Message}; this is an error in fed or damage on this machine: run again, and report it"),
        _ => (ExitCodes.Environment, $"an error in fed itself: {e.Message} ({e.GetType().Name}); run again with --verbose and report it"),
    };
}
