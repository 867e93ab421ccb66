using Microsoft.Extensions.Logging;

namespace Fed.TestKit.Federation;

/// <summary>A log that keeps only what must never be said: errors. A decision that throws, for one, is dropped with a line in the log, and in a simulation that line is the finding.</summary>
internal sealed class FailureLog(Action<string> failed) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) failed($"{formatter(state, exception)}: {exception}");
    }

    public void Dispose()
    {
    }
}
