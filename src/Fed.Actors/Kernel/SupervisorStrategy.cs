namespace Fed.Actors.Kernel;

/// <summary>What becomes of a failed actor. The message at which it failed is lost in every case.</summary>
public enum Directive
{
    /// <summary>It goes on with its state.</summary>
    Resume,

    /// <summary>A new instance takes over the mailbox and the reference.</summary>
    Restart,

    /// <summary>It is stopped.</summary>
    Stop,

    /// <summary>The supervisor fails in its place, with the same cause.</summary>
    Escalate,
}

/// <summary>Waiting time before restarts: <c>min * factor^n</c>, at most <c>max</c>, shortened by up to <c>jitter</c> of itself, drawn from a seed so that a simulation repeats.</summary>
/// <param name="Min">Before the first restart.</param>
/// <param name="Max">Upper bound.</param>
/// <param name="Factor">Growth per restart, at least 1.</param>
/// <param name="Jitter">Part of the delay that is random, 0 to 1.</param>
/// <param name="Seed">Start of the jitter's generator.</param>
public sealed record Backoff(TimeSpan Min, TimeSpan Max, double Factor = 2.0, double Jitter = 0.2, ulong Seed = 0)
{
    /// <summary>The wait before restart number <paramref name="restart"/>, from 0.</summary>
    internal TimeSpan Delay(int restart)
    {
        double ticks = Math.Min(Max.Ticks, Min.Ticks * Math.Pow(Factor, restart));
        double unit = (SplitMix(Seed + (ulong)restart) >> 11) * (1.0 / (1UL << 53));
        return TimeSpan.FromTicks((long)(ticks * (1 - (Jitter * unit))));
    }

    // SplitMix64 of Steele, Lea and Flood (OOPSLA 2014, doi:10.1145/2660193.2660195), one step.
    private static ulong SplitMix(ulong seed)
    {
        ulong z = unchecked(seed + 0x9E3779B97F4A7C15);
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
        return z ^ (z >> 31);
    }
}

/// <summary>How an actor supervises its children.</summary>
public sealed record SupervisorStrategy
{
    private SupervisorStrategy(bool forAll, Func<Exception, Directive> decider)
    {
        IsForAll = forAll;
        Decider = decider;
    }

    /// <summary>One for one with <see cref="DefaultDecider"/>, unlimited retries.</summary>
    public static SupervisorStrategy Default { get; } = OneForOne();

    /// <summary>Stops whatever fails.</summary>
    public static SupervisorStrategy Stopping { get; } = OneForOne(static _ => Directive.Stop);

    /// <summary>True where a directive touches all siblings of the failed child too.</summary>
    public bool IsForAll { get; }

    /// <summary>Chooses a directive for a failure. An exception thrown here escalates.</summary>
    public Func<Exception, Directive> Decider { get; }

    /// <summary>Restarts granted per child within <see cref="Window"/>; one more becomes Stop. Null for no limit.</summary>
    public int? MaxRetries { get; private init; }

    /// <summary>Time over which restarts are counted; null counts over the child's whole life.</summary>
    public TimeSpan? Window { get; private init; }

    /// <summary>Wait before a restart; null restarts at once.</summary>
    public Backoff? Backoff { get; private init; }

    /// <summary>Directives touch the failed child only.</summary>
    /// <param name="decider">Null takes <see cref="DefaultDecider"/>.</param>
    public static SupervisorStrategy OneForOne(Func<Exception, Directive>? decider = null) => new(forAll: false, decider ?? DefaultDecider);

    /// <summary>Directives touch all children.</summary>
    /// <param name="decider">Null takes <see cref="DefaultDecider"/>.</param>
    public static SupervisorStrategy AllForOne(Func<Exception, Directive>? decider = null) => new(forAll: true, decider ?? DefaultDecider);

    /// <summary>Stop for failed starts, Kill, broken death pacts and a journal in doubt (<see cref="FatalActorException"/>); Restart for everything else.</summary>
    public static Directive DefaultDecider(Exception cause) => cause is FatalActorException ? Directive.Stop : Directive.Restart;

    /// <summary>Limits restarts.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative count, or a window that is not positive.</exception>
    public SupervisorStrategy WithRetries(int max, TimeSpan? within = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(max);
        if (within is { } window) ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(window, TimeSpan.Zero, nameof(within));
        return this with { MaxRetries = max, Window = within };
    }

    /// <summary>Delays restarts; the count that grows the delay is the one of <see cref="MaxRetries"/>, so it starts afresh with each window.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative time, a maximum below the minimum, a factor below 1 or a jitter outside 0 to 1.</exception>
    public SupervisorStrategy WithBackoff(TimeSpan min, TimeSpan max, double factor = 2.0, double jitter = 0.2, ulong seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(min, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, min);
        if (!(factor >= 1)) throw new ArgumentOutOfRangeException(nameof(factor), factor, "a backoff factor is at least 1");
        if (!(jitter is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(jitter), jitter, "jitter is a part from 0 to 1");
        return this with { Backoff = new Backoff(min, max, factor, jitter, seed) };
    }
}
