using Fed.Actors.Persistence;
using Fed.Actors.Ports;

namespace Fed.Actors.Protocol;

/// <summary>A command that may come from a peer.</summary>
/// <typeparam name="TCommand">The family.</typeparam>
internal interface IPeerCommand<TCommand>
{
    /// <summary>Which peer, and under which leadership; null for what comes from this process itself: timers, work, completions.</summary>
    Origin? From { get; }

    /// <summary>The same command as a peer's.</summary>
    TCommand SentBy(Origin from);
}

/// <summary>
/// How every decider tells a leader of today from one of yesterday: it remembers, durably, the highest epoch it has heard of each peer, refuses what comes with a lower one, and journals a
/// higher one before whatever the message itself brings about. Peers for whose role nobody contends send epoch 0, of which nothing is journaled.
/// </summary>
internal static class PeerEpochs
{
    extension(ImmutableSortedDictionary<string, long> known)
    {
        /// <summary>Why a command is refused whatever it says; null where it is of today.</summary>
        public string? Refusal(Origin? from) => from is { } origin && known.GetValueOrDefault(origin.Address.Value) is var newest && origin.Epoch < newest
            ? $"a message of epoch {origin.Epoch} of {origin.Address}, which is led in epoch {newest} by now"
            : null;

        /// <summary>True where a command is the first that is heard of a new leader.</summary>
        public bool IsNews(Origin? from) => from is { } origin && origin.Epoch > known.GetValueOrDefault(origin.Address.Value);
    }

    /// <summary>What is remembered of peers before anything was heard.</summary>
    public static ImmutableSortedDictionary<string, long> None { get; } = ImmutableSortedDictionary<string, long>.Empty.WithComparers(StringComparer.Ordinal);

    /// <summary>Puts a fact before a decision's own.</summary>
    public static Decision<TEvent, Effect> After<TEvent>(TEvent heard, in Decision<TEvent, Effect> decision) => new([heard, .. decision.Events], decision.Effects);
}
