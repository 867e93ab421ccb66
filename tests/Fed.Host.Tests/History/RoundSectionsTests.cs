using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Round;
using Fed.Host.History;
using Xunit;

namespace Fed.Host.Tests.History;

/// <summary>What a round's time is spent on, from the coordinator's events.</summary>
public sealed class RoundSectionsTests
{
    private static readonly Digest Some = Digest.Of("some"u8);
    private static readonly CollectionId First = new(1, 1, "training"), Second = new(1, 2, "training");
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 8, 0, 0, TimeSpan.Zero);

    private static RoundEvent Started(CollectionId id) => new RoundEvent.AttemptStarted(id, [], 1, 1, TimeSpan.FromSeconds(1));

    private static RoundEvent Requested(CollectionId id) => new RoundEvent.CollectionRequested(id, Some);

    private static RoundEvent Sealed(CollectionId id) => new RoundEvent.SumSealed(id, [], Some, default);

    private static RoundEvent Opened(CollectionId id) => new RoundEvent.SumOpened(id, Some);

    /// <summary>Each event comes as many seconds after the one before as its place says: 1, 2, 3 ...</summary>
    private static string Told(params RoundEvent[] events)
    {
        RoundSections sections = new();
        int at = 0;
        return string.Join(' ', events.Select((happened, index) => sections.Next(happened, Start.AddSeconds(at += index + 1))).OfType<RoundSectionTime>()
            .Select(static time => $"{time.Collection.Attempt}:{time.Section}={(time.To - time.From).TotalSeconds}{(time.Failure is { } failure ? $"({failure})" : "")}"));
    }

    [Fact]
    public void Each_section_lasts_until_the_next_one_begins_and_the_last_until_the_step_is_on_record() => Assert.Equal(
        "1:Preparing=2 1:Collecting=3 1:Opening=4 1:Stepping=5",
        Told(Started(First), Requested(First), Sealed(First), Opened(First), new RoundEvent.SumApplied(First, new StepSummary(Some, null, System.Collections.Immutable.ImmutableSortedDictionary<string, double>.Empty, null))));

    [Fact]
    public void Failed_attempt_ends_what_was_under_way_and_the_pause_behind_it_is_nobodys() => Assert.Equal(
        "1:Preparing=2 1:Collecting=3(too few) 2:Preparing=5",
        Told(Started(First), Requested(First), new RoundEvent.AttemptFailed(First, "too few", default), Started(Second), Requested(Second)));

    [Fact]
    public void Events_between_belong_to_the_section_that_they_are_in() => Assert.Equal(
        "1:Preparing=2 1:Collecting=7",
        Told(Started(First), Requested(First), new RoundEvent.KeysClosed(First, [], Some), Sealed(First)));
}
