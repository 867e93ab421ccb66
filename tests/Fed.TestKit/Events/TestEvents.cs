using System.Collections.Immutable;
using Fed.Actors.Kernel;
using Microsoft.Extensions.Logging;

namespace Fed.TestKit.Events;

/// <summary>
/// Gathers what a system says beside its messages: log lines, dead letters, messages that nobody handled. What an <see cref="EventFilter"/> expects is taken out, the rest stays here, so that a test can end with
/// <see cref="ExpectNothingBad"/>. Thread-safe; give it to <see cref="ActorSystemOptions.LoggerFactory"/> and call <see cref="Watch"/>.
/// </summary>
public sealed class TestEvents : ILoggerFactory
{
    private readonly Lock _gate = new();
    private readonly List<object> _events = [];
    private ImmutableArray<Interception> _interceptions = [];

    /// <summary>Lines that no filter took, in order.</summary>
    public ImmutableArray<LogLine> Lines => Of<LogLine>();

    /// <summary>Messages that reached nobody and that no filter took, in order.</summary>
    public ImmutableArray<DeadLetter> DeadLetters => Of<DeadLetter>();

    /// <summary>Messages that were not understood and that no filter took, in order.</summary>
    public ImmutableArray<UnhandledMessage> Unhandled => Of<UnhandledMessage>();

    /// <summary>Lines below this are not kept; Information by default.</summary>
    public LogLevel LevelMin { get; set; } = LogLevel.Information;

    /// <summary>Listens to a system's dead letters and unhandled messages.</summary>
    public void Watch(ActorSystem system)
    {
        system.DeadLetters.Subscribe(Add);
        system.Unhandled.Subscribe(Add);
    }

    /// <summary>Fails where a line of level Warning or worse, a dead letter or an unhandled message is left over.</summary>
    /// <exception cref="ExpectationException">Something is; the message shows all of it.</exception>
    public void ExpectNothingBad()
    {
        object[] bad = [.. All().Where(static happened => happened is not LogLine { Level: < LogLevel.Warning })];
        if (bad.Length > 0) throw new ExpectationException($"{bad.Length} events were not expected:\n{string.Join('\n', bad.Select(Show))}");
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("test events go nowhere else");

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    internal static string Show(object happened) => happened switch
    {
        DeadLetter letter => $"dead letter for {letter.Recipient}: {letter.Message} ({letter.Reason})",
        UnhandledMessage unhandled => $"unhandled by {unhandled.Recipient}: {unhandled.Message}",
        _ => $"{happened}",
    };

    internal ImmutableArray<object> All()
    {
        lock (_gate) return [.. _events];
    }

    /// <summary>Takes what fits out of what comes, until disposed of.</summary>
    internal Interception Intercept(Func<object, bool> fits)
    {
        Interception interception = new(this, fits);
        lock (_gate) _interceptions = _interceptions.Add(interception);
        return interception;
    }

    private ImmutableArray<T> Of<T>() => [.. All().OfType<T>()];

    private void Add(object happened)
    {
        Interception? taker;
        lock (_gate)
        {
            taker = _interceptions.LastOrDefault(interception => interception.Fits(happened));   // the innermost filter first
            if (taker is null) _events.Add(happened);
        }

        taker?.Take(happened);
    }

    internal sealed class Interception(TestEvents events, Func<object, bool> fits) : IDisposable
    {
        private ImmutableArray<object> _taken = [];

        public Action? Took { get; set; }

        public ImmutableArray<object> Taken => _taken;

        public bool Fits(object happened) => fits(happened);

        public void Take(object happened)
        {
            ImmutableInterlocked.Update(ref _taken, static (all, one) => all.Add(one), happened);
            Took?.Invoke();
        }

        public void Dispose()
        {
            lock (events._gate) events._interceptions = events._interceptions.Remove(this);
        }
    }

    private sealed class Logger(TestEvents events, string category) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => logLevel >= events.LevelMin && logLevel != LogLevel.None;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) events.Add(new LogLine(logLevel, category, eventId, formatter(state, exception), exception));
        }
    }
}
