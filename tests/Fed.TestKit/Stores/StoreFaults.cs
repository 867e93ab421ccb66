namespace Fed.TestKit.Stores;

/// <summary>What may go wrong in a simulated store; all zero is a healthy one. Change it at any time.</summary>
public sealed record StoreFaults
{
    /// <summary>A healthy store.</summary>
    public static StoreFaults None { get; } = new();

    /// <summary>An operation that takes longer counts as slow.</summary>
    public static TimeSpan LongDelay { get; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How many operations in a thousand fail with an I/O error; nothing is stored by them.</summary>
    public int FailPermille { get; init; }

    /// <summary>How many appends in a thousand are answered with a sequence conflict, as if another writer had been there.</summary>
    public int ConflictPermille { get; init; }

    /// <summary>Longest time that an operation takes.</summary>
    public TimeSpan DelayMax { get; init; }

    /// <summary>True while the disk is full: reading works, writing fails.</summary>
    public bool IsFull { get; init; }
}
