using System.Collections.Immutable;

namespace Fed.TestKit.Federation.Adversary;

/// <summary>What the servers of a scenario lie about.</summary>
/// <param name="Kinds">A bit for each kind of fault, by its number: records compare numbers by value.</param>
/// <param name="Per10K">How often each kind strikes, per ten thousand steps.</param>
public readonly record struct ServerLies(ulong Kinds, int Per10K)
{
    /// <summary>Every lie that there is.</summary>
    public static ImmutableArray<FaultKind> All { get; } =
    [
        FaultKind.SubstitutedKey, FaultKind.SplitView, FaultKind.SmallSum, FaultKind.BothShares, FaultKind.SecondList, FaultKind.RogueRetry, FaultKind.OtherModel, FaultKind.OldPhase,
    ];

    /// <summary>Every lie about sums under a common key, and in its making.</summary>
    public static ImmutableArray<FaultKind> Encrypted { get; } =
    [
        FaultKind.SubstitutedKey, FaultKind.SplitView, FaultKind.SmallSum, FaultKind.SecondList, FaultKind.RogueRetry, FaultKind.OtherModel, FaultKind.OldPhase, FaultKind.ChosenSum, FaultKind.SecondOpeners,
        FaultKind.OtherKey, FaultKind.ForeignInput,
    ];

    /// <summary>Every lie that an aggregator tells on its own.</summary>
    public static ImmutableArray<FaultKind> OfAggregators { get; } = [FaultKind.FalseSeal, FaultKind.WrongSum, FaultKind.LeftOut, FaultKind.CountedTwice, FaultKind.OldSum];

    /// <summary>Lies of these kinds.</summary>
    public static ServerLies Of(int per10K, params ReadOnlySpan<FaultKind> kinds)
    {
        ulong bits = 0;
        foreach (FaultKind kind in kinds) bits |= 1UL << (int)kind;
        return new ServerLies(bits, per10K);
    }

    /// <summary>True where nothing is true for sure.</summary>
    public bool Any => Kinds != 0 && Per10K > 0;

    /// <summary>True where this is lied about.</summary>
    public bool Has(FaultKind kind) => Per10K > 0 && (Kinds & (1UL << (int)kind)) != 0;

    /// <summary>The same without a kind.</summary>
    public ServerLies Without(FaultKind kind) => this with { Kinds = Kinds & ~(1UL << (int)kind) };
}
