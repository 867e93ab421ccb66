using System.Collections.Immutable;
using Fed.Host.Trainers;

namespace Fed.Host.Configuration;

/// <summary>The <c>node</c> block: the process that runs the actors. Each setting is explained in reference.conf.</summary>
/// <param name="DataDirectory">Null when the configuration names none.</param>
/// <param name="LogLevel">The least level that is written.</param>
/// <param name="MailboxCapacity">Messages that wait for an actor.</param>
/// <param name="StashCapacity">Messages that an actor may put aside.</param>
/// <param name="ShutdownLimit">What an orderly shutdown may take.</param>
internal sealed record NodeOptions(string? DataDirectory, LogLevelChoice LogLevel, int MailboxCapacity, int StashCapacity, TimeSpan ShutdownLimit)
{
    /// <summary>How this site starts trainers, by id.</summary>
    public ImmutableSortedDictionary<string, TrainerOptions> Trainers { get; init; } = ImmutableSortedDictionary.Create<string, TrainerOptions>(StringComparer.Ordinal);
}

internal enum LogLevelChoice
{
    Debug,
    Information,
    Warning,
    Error,
}
