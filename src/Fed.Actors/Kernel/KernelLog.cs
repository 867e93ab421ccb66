using Microsoft.Extensions.Logging;

namespace Fed.Actors.Kernel;

/// <summary>The kernel's log lines; event ids 1000 to 1099.</summary>
internal static partial class KernelLog
{
    [LoggerMessage(1000, LogLevel.Error, "{Path} failed in {Hook}")]
    public static partial void HookFailed(ILogger log, ActorPath path, string hook, Exception cause);

    [LoggerMessage(1001, LogLevel.Warning, "{Path} failed: {Directive}")]
    public static partial void ChildFailed(ILogger log, ActorPath path, Directive directive, Exception cause);

    [LoggerMessage(1002, LogLevel.Warning, "{Path} failed again before its supervisor had decided")]
    public static partial void FailedAgain(ILogger log, ActorPath path, Exception cause);

    [LoggerMessage(1003, LogLevel.Critical, "A top-level failure was escalated: the system stops")]
    public static partial void GuardianFailed(ILogger log, Exception cause);

    [LoggerMessage(1004, LogLevel.Error, "Shutdown task '{Name}' of phase {Phase} failed")]
    public static partial void ShutdownTaskFailed(ILogger log, string name, ShutdownPhase phase, Exception cause);

    [LoggerMessage(1010, LogLevel.Error, "{PersistenceId} could not save a snapshot at {Sequence}: {Reason}")]
    public static partial void SnapshotFailed(ILogger log, string persistenceId, long sequence, string reason);

    [LoggerMessage(1011, LogLevel.Error, "{PersistenceId} dropped a command at {Sequence}: its decision failed")]
    public static partial void DecisionFailed(ILogger log, string persistenceId, long sequence, Exception cause);
}
