using Microsoft.Extensions.Logging;

namespace Fed.TestKit.Federation;

/// <summary>
/// A log of what must never be said. An error is a finding: a decision that throws, for one, is dropped with a line in the log. So is a secret, in a line of whatever level.
/// </summary>
/// <param name="failed">Hears of errors.</param>
/// <param name="said">Hears of every line.</param>
internal sealed class FailureLog(Action<string> failed, Action<string> said) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string line = $"{formatter(state, exception)}: {exception}";
        said(line);
        if (logLevel >= LogLevel.Error) failed(line);
    }

    public void Dispose()
    {
    }
}
