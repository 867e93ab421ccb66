namespace Fed.TestKit.Transport;

/// <summary>What may happen to a message on its way; all zero is a perfect link.</summary>
public sealed record LinkFaults
{
    /// <summary>A perfect link.</summary>
    public static LinkFaults None { get; } = new();

    /// <summary>A message that is longer on its way counts as delayed.</summary>
    public static TimeSpan LongDelay { get; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How many messages in a thousand are lost.</summary>
    public int LossPermille { get; init; }

    /// <summary>How many messages in a thousand arrive twice.</summary>
    public int DuplicatePermille { get; init; }

    /// <summary>How many messages in a thousand may overtake, or be overtaken by, others of their pair.</summary>
    public int ReorderPermille { get; init; }

    /// <summary>Longest time on the way.</summary>
    public TimeSpan DelayMax { get; init; }
}
