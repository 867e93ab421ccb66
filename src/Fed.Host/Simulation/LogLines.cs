using Fed.Host.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Fed.Host.Simulation;

/// <summary>Log entries as lines on standard error: the level, what happened and why. Stack traces come only from <c>node.log-level = information</c> downwards.</summary>
internal sealed class LogLines(LogLevel least) : ConsoleFormatter(FormatName)
{
    private const string FormatName = "fed-lines";

    /// <summary>The kernel's "child failed": a node's child that fails ends the command with a sentence of its own (<see cref="NodeFaultException"/>).</summary>
    private const int ChildFailed = 1001;

    private readonly bool _isDetailed = least <= LogLevel.Information;

    /// <summary>Makes the log of a process.</summary>
    public static ILoggerFactory Create(LogLevelChoice choice)
    {
        LogLevel least = Enum.Parse<LogLevel>(choice.ToString());
        return LoggerFactory.Create(logging =>
        {
            logging.SetMinimumLevel(least).AddConsole(static console =>
            {
                console.FormatterName = FormatName;
                console.LogToStandardErrorThreshold = LogLevel.Trace;
            });
            logging.Services.AddSingleton<ConsoleFormatter>(new LogLines(least));
        });
    }

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        if (logEntry.EventId.Id == ChildFailed && !_isDetailed) return;
        string why = logEntry.Exception is { } cause ? $": {(_isDetailed ? cause : cause.Message)}" : "";
        textWriter.WriteLine($"{logEntry.LogLevel.ToString().ToLowerInvariant()}: {logEntry.Formatter(logEntry.State, null)}{why}");
    }
}
