using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.TestKit.Deciders;
using Xunit;

namespace Fed.TestKit.Sample;

/// <summary>A decider of somebody's own, given events, when a command, then events and effects.</summary>
public sealed class DoorDeciderTests
{
    private static readonly DeciderSpec<Door, bool, string, string, string> TheDoor = new();

    [Fact]
    public void Door_opens_once() =>
        TheDoor.When("open").ThenEvents("opened").ThenEffects("light on").ThenTwiceIsOnce();

    [Fact]
    public void Open_door_refuses_to_be_locked() =>
        TheDoor.Given("opened").When("lock").ThenRejected<string>(why => why.StartsWith("refused", StringComparison.Ordinal));

    [Fact]
    public void Open_door_still_owes_its_light_after_a_crash() => Assert.Equal(["light on"], TheDoor.Given("opened").Outstanding);

    private sealed class Door : IDecider<bool, string, string, string>
    {
        public static bool Initial => false;

        public static Decision<string, string> Decide(bool state, string command, DateTimeOffset now) => (state, command) switch
        {
            (false, "open") => new(["opened"], ["light on"]),
            (true, "lock") => new([], ["refused: the door is open"]),
            _ => Decision<string, string>.None,
        };

        public static bool Evolve(bool state, string happened) => happened == "opened" || state;

        public static ImmutableArray<string> Outstanding(bool state, DateTimeOffset now) => state ? ["light on"] : [];
    }
}

/// <summary>A journal of somebody's own: deriving from the suite is all that it takes.</summary>
public sealed class MyJournalSpec : JournalSpec
{
    protected override IEventJournal Open() => new InMemoryJournal();
}
