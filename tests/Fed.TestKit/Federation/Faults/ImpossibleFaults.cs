namespace Fed.TestKit.Federation.Faults;

/// <summary>Faults that cannot strike in some moment of a job, and why not: the cells of the table that may be empty.</summary>
public static class ImpossibleFaults
{
    /// <summary>Why a fault cannot strike in a moment; null where it can.</summary>
    public static string? Reason(FaultKind kind, JobMoment moment) => (kind, moment) switch
    {
        (FaultKind.NotANumber or FaultKind.Declined or FaultKind.Straggler, JobMoment.Approving) => "nobody computes before a plan is approved by all who must",
        (FaultKind.WrongSchema or FaultKind.WrongRound or FaultKind.WrongAttempt or FaultKind.WrongBase, JobMoment.Approving)
            => "nobody offers an update before there is a round",
        (>= FaultKind.SubstitutedKey and <= FaultKind.OldPhase, JobMoment.Approving) => "nobody leads a ceremony before there is a round",
        (FaultKind.BothShares or FaultKind.SecondList, JobMoment.Advertising or JobMoment.Sharing or JobMoment.Collecting or JobMoment.Closing or JobMoment.Sealed or JobMoment.BackingOff)
            => "there is no list of contributors before a sum is sealed, and no attempt at it afterwards",
        (FaultKind.SmallSum, JobMoment.Advertising or JobMoment.Sharing) => "nothing can be shown as a sum before sites mask what they have",
        (FaultKind.BadDeal, not JobMoment.Sharing) => "shares are sealed while they are asked for",
        (FaultKind.BadShare, not JobMoment.Opening) => "shares are released while a sum is opened",
        ( >= FaultKind.FalseSeal and <= FaultKind.OldSum, not JobMoment.Sealed) => "an aggregator reports a sum when it is sealed",
        (FaultKind.WrongBytes, not JobMoment.Collecting) => "an outbox that hands out wrong bytes is never accepted, and the aggregator reads one that is not accepted only while it collects",
        _ => null,
    };
}
