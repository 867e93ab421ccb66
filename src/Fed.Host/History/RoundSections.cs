using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Round;

namespace Fed.Host.History;

/// <summary>What a round spends its time on, as its coordinator sees it.</summary>
internal enum RoundSection
{
    /// <summary>What the sites are given is made.</summary>
    Preparing,

    /// <summary>Sites fetch it, compute, protect and upload; the sum is sealed.</summary>
    Collecting,

    /// <summary>The sealed sum is fetched and opened.</summary>
    Opening,

    /// <summary>The server's step on the opened sum.</summary>
    Stepping,
}

/// <summary>One section of an attempt at a sum.</summary>
/// <param name="Collection">Round, attempt and sum.</param>
/// <param name="Section">Which.</param>
/// <param name="From">When it began.</param>
/// <param name="To">When it ended.</param>
/// <param name="Failure">Why it ended early; null where it did not.</param>
internal sealed record RoundSectionTime(CollectionId Collection, RoundSection Section, DateTimeOffset From, DateTimeOffset To, string? Failure);

/// <summary>Follows a coordinator's events from section to section: one is over when the next begins. Of what a fail-over cuts, the time until the next leader's event counts.</summary>
internal sealed class RoundSections
{
    private (CollectionId Collection, RoundSection Section, DateTimeOffset From)? _open;

    /// <summary>Takes the next event.</summary>
    /// <param name="happened">The event.</param>
    /// <param name="at">When it was decided.</param>
    /// <returns>The section that it ends; null where it ends none.</returns>
    public RoundSectionTime? Next(RoundEvent happened, DateTimeOffset at) => happened switch
    {
        RoundEvent.AttemptStarted e => Turn(at, e.Collection, RoundSection.Preparing),
        RoundEvent.CollectionRequested e => Turn(at, e.Collection, RoundSection.Collecting),
        RoundEvent.ReprotectionStarted e => Turn(at, e.Collection, RoundSection.Collecting),
        RoundEvent.SumSealed e => Turn(at, e.Collection, RoundSection.Opening),
        RoundEvent.SumOpened e => Turn(at, e.Collection, RoundSection.Stepping),
        RoundEvent.SumApplied or RoundEvent.RoundCommitted => End(at, null),
        RoundEvent.AttemptFailed e => End(at, e.Reason),
        RoundEvent.RoundFailed e => End(at, e.Reason),
        RoundEvent.RoundStopped e => End(at, e.Reason),
        _ => null,
    };

    private RoundSectionTime? Turn(DateTimeOffset at, CollectionId collection, RoundSection section)
    {
        RoundSectionTime? ended = End(at, null);
        _open = (collection, section, at);
        return ended;
    }

    private RoundSectionTime? End(DateTimeOffset at, string? failure)
    {
        RoundSectionTime? ended = _open is { } open ? new(open.Collection, open.Section, open.From, at, failure) : null;
        _open = null;
        return ended;
    }
}
