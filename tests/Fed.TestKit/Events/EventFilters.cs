using Fed.Actors.Kernel;
using Microsoft.Extensions.Logging;

namespace Fed.TestKit.Events;

/// <summary>Filters for what a system says: <c>sim.EventFilter.Error(contains: "disk").ExpectOne(() => actor.Tell(...))</c>.</summary>
public sealed class EventFilters
{
    private readonly TestEvents _events;
    private readonly Action _settle;

    /// <summary>Filters over events.</summary>
    /// <param name="events">What a system says.</param>
    /// <param name="settle">Lets a simulated system come to rest behind an action; null on real threads, where the asynchronous forms wait.</param>
    public EventFilters(TestEvents events, Action? settle = null)
    {
        _events = events;
        _settle = settle ?? (static () => { });
    }

    /// <summary>Lines of level Debug.</summary>
    public EventFilter Debug(string? contains = null, string? source = null) => Log(LogLevel.Debug, contains, source);

    /// <summary>Lines of level Information.</summary>
    public EventFilter Info(string? contains = null, string? source = null) => Log(LogLevel.Information, contains, source);

    /// <summary>Lines of level Warning.</summary>
    public EventFilter Warning(string? contains = null, string? source = null) => Log(LogLevel.Warning, contains, source);

    /// <summary>Lines of level Error.</summary>
    public EventFilter Error(string? contains = null, string? source = null) => Log(LogLevel.Error, contains, source);

    /// <summary>Lines of a level.</summary>
    /// <param name="level">Exactly this one.</param>
    /// <param name="contains">Part of the text; null for any.</param>
    /// <param name="source">Part of the category, as a type's name is; null for any.</param>
    public EventFilter Log(LogLevel level, string? contains = null, string? source = null) => Of<LogLine>(
        $"{level} line{Named(" with", contains)}{Named(" of", source)}",
        line => line.Level == level && Holds(line.Message, contains) && Holds(line.Category, source));

    /// <summary>Lines of any level that tell of an exception of a type.</summary>
    public EventFilter Exception<TException>(string? contains = null, string? source = null)
        where TException : Exception => Of<LogLine>(
        $"line about a {typeof(TException).Name}{Named(" with", contains)}{Named(" of", source)}",
        line => line.Exception is TException thrown && (Holds(thrown.Message, contains) || Holds(line.Message, contains)) && Holds(line.Category, source));

    /// <summary>Messages of a type that reached nobody.</summary>
    public EventFilter DeadLetter<TMessage>(Predicate<TMessage>? where = null) => Of<DeadLetter>(
        $"dead letter {typeof(TMessage).Name}", letter => letter.Message is TMessage message && (where is null || where(message)));

    /// <summary>Any messages that reached nobody.</summary>
    public EventFilter DeadLetter() => Of<DeadLetter>("dead letter", static _ => true);

    /// <summary>Messages of a type that their receiver did not understand.</summary>
    public EventFilter Unhandled<TMessage>(Predicate<TMessage>? where = null) => Of<UnhandledMessage>(
        $"unhandled {typeof(TMessage).Name}", unhandled => unhandled.Message is TMessage message && (where is null || where(message)));

    /// <summary>Lines that a predicate picks.</summary>
    public EventFilter Custom(string name, Predicate<LogLine> where) => Of<LogLine>(name, where);

    private EventFilter Of<T>(string name, Predicate<T> fits) => new(_events, name, happened => happened is T one && fits(one), _settle);

    private static bool Holds(string text, string? part) => part is null || text.Contains(part, StringComparison.Ordinal);

    private static string Named(string word, string? part) => part is null ? "" : $"{word} '{part}'";
}
