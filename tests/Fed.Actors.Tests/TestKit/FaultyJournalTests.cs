using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.TestKit;
using Fed.TestKit.Stores;
using Xunit;

namespace Fed.Actors.Tests.TestKit;

public sealed class FaultyJournalSpec : JournalSpec
{
    protected override IEventJournal Open() => new FaultyJournal();
}

public sealed class FaultyJournalTests
{
    private readonly List<AppendStatus?> _heard = [];

    [Fact]
    public void Script_is_followed_append_by_append_and_then_everything_works()
    {
        FaultyJournal journal = new FaultyJournal().FailNext().ConflictNext().PassNext().FenceNext(2);
        for (int i = 0; i < 4; i++) Append(journal, i < 2 ? 0 : i - 2);
        Append(journal, 1);
        Append(journal, 1);
        Assert.Equal([AppendStatus.Failed, AppendStatus.SequenceConflict, AppendStatus.Appended, AppendStatus.Fenced, AppendStatus.Fenced, AppendStatus.Appended], _heard);
        Assert.Equal(2, journal.Read("a").Count());
        Assert.Equal(6, journal.Requests.Count);
        Assert.Equal(["a"], journal.PersistenceIds());
    }

    [Fact]
    public void Unknown_outcome_is_silence_and_the_event_is_there_or_not()
    {
        FaultyJournal journal = new FaultyJournal().LoseAnswerNext();
        Append(journal, 0);
        Assert.Empty(_heard);
        Assert.Single(journal.Read("a"));
        journal.LoseRequestNext();
        Append(journal, 1);
        Assert.Empty(_heard);
        Assert.Single(journal.Read("a"));
    }

    [Fact]
    public void Torn_append_stores_its_beginning_only()
    {
        FaultyJournal journal = new FaultyJournal().TearNext(stored: 1);
        Append(journal, 0, count: 3);
        Assert.Equal([AppendStatus.Failed], _heard);
        Assert.Single(journal.Read("a"));
    }

    [Fact]
    public void Outcomes_are_held_back_doubled_and_delayed()
    {
        SeededSimulation simulation = new(1);
        FaultyJournal journal = new(simulation: simulation) { Holds = true };
        Append(journal, 0);
        Append(journal, 1);
        Assert.Equal((2, 0), (journal.Waiting, _heard.Count));
        journal.Release();
        Assert.Single(_heard);
        journal.Holds = false;
        Assert.Equal(2, _heard.Count);
        journal.Copies = 2;
        journal.Delay = TimeSpan.FromSeconds(4);
        Append(journal, 2);
        simulation.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(2, _heard.Count);
        simulation.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(4, _heard.Count);
        Assert.Throws<InvalidOperationException>(() => Append(new FaultyJournal { Delay = TimeSpan.FromSeconds(1) }, 0));
    }

    private void Append(FaultyJournal journal, long expected, int count = 1)
    {
        ImmutableArray<JournalEvent> events = [.. Enumerable.Range(1, count).Select(i => new JournalEvent(expected + i, 0, DateTimeOffset.UnixEpoch, "noted", 1, "{}"u8.ToArray(), default))];
        journal.Append(new AppendRequest("a", expected, 0, events), outcome => _heard.Add(outcome.Status));
    }
}
