using Microsoft.Extensions.Logging;

namespace Fed.TestKit.Events;

/// <summary>A line of a log.</summary>
/// <param name="Level">How bad it is.</param>
/// <param name="Category">Who wrote it: usually a type's full name.</param>
/// <param name="Id">The message's number.</param>
/// <param name="Message">Its text, filled in.</param>
/// <param name="Exception">What it tells of; null for nothing.</param>
public sealed record LogLine(LogLevel Level, string Category, EventId Id, string Message, Exception? Exception)
{
    /// <inheritdoc/>
    public override string ToString() => $"[{Level}] {Category}: {Message}{(Exception is null ? "" : $" ({Exception.GetType().Name}: {Exception.Message})")}";
}
