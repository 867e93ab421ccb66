using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fed.Actors.Kernel;

/// <summary>What an actor system gets from outside. The same kernel runs in production and in the simulator; only these differ.</summary>
public sealed record ActorSystemOptions
{
    /// <summary>Production settings.</summary>
    public static ActorSystemOptions Default { get; } = new();

    /// <summary>Where turns run; the thread pool by default.</summary>
    public IDispatcher Dispatcher { get; init; } = ThreadPoolDispatcher.Instance;

    /// <summary>The clock and the source of timers; the machine's by default.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where log lines go; nowhere by default.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>User messages that may wait in a mailbox whose props say nothing.</summary>
    public int MailboxCapacity { get; init; } = 1_000_000;

    /// <summary>User messages that an actor handles before others get their turn.</summary>
    public int Throughput { get; init; } = 30;

    /// <summary>Messages that may be stashed where the props say nothing.</summary>
    public int DefaultStashCapacity { get; init; } = 1_000;

    /// <summary>How top-level actors are supervised; Escalate stops the system.</summary>
    public SupervisorStrategy GuardianStrategy { get; init; } = SupervisorStrategy.Default;
}
