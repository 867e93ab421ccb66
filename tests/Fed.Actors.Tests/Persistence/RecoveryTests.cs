using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Persistence;
using Fed.TestKit.Stores;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using static Fed.Actors.Tests.Persistence.Ledger;

namespace Fed.Actors.Tests.Persistence;

public sealed class RecoveryTests
{
    private readonly InMemoryJournal _journal = new();

    [Fact]
    public void Recovery_gives_the_state_before_the_end_then_what_is_owed_then_commands()
    {
        new LedgerFixture(_journal).Tell(new Command.Add(1), new Command.Add(2), new Command.Pay(1));
        FaultyJournal held = new(_journal) { Holds = true };
        LedgerFixture ledger = new(held);
        ledger.Tell(new Command.Ask());
        Assert.Empty(ledger.Notes);   // the command waits for the recovery
        held.Release();
        ledger.Sim.Run();
        Assert.Equal(["recovered 3 @3", "Remind { Amount = 2 } @3", "Report { Sum = 3 } @3"], ledger.Notes);
    }

    [Fact]
    public void Commands_for_a_recovering_actor_wait_in_its_bounded_mailbox()
    {
        FaultyJournal held = new(_journal) { Holds = true };
        LedgerFixture ledger = new(held);
        ledger.Sim.Run();
        for (int i = 0; i < 100; i++) ledger.Tell(new Command.Ask());
        Assert.Empty(ledger.Sim.DeadLetters);
        held.Release();
        ledger.Sim.Run();
        Assert.Equal(101, ledger.Notes.Count);
    }

    [Fact]
    public void Any_history_recovers_to_the_state_it_was_left_in_with_and_without_snapshots() =>
        Prop.ForAll<short[], byte>((amounts, every) =>
        {
            InMemoryJournal journal = new();
            LedgerFixture first = With(journal, (every % 7) + 1);
            foreach (short amount in amounts) first.Tell(amount % 3 == 0 ? new Command.AddTwice(amount) : new Command.Add(amount));
            LedgerFixture plain = new(journal);
            LedgerFixture snapshots = With(journal, (every % 7) + 1);
            plain.Sim.Run();
            snapshots.Sim.Run();
            long sum = amounts.Sum(amount => (long)(amount % 3 == 0 ? 2 * amount : amount));
            return plain.Notes.SequenceEqual(snapshots.Notes) && plain.Notes[0].StartsWith($"recovered {sum} @", StringComparison.Ordinal);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Contended_leader_fences_what_it_owes_after_recovery()
    {
        new LedgerFixture(_journal).Tell(new Command.Add(1));
        FaultyJournal held = new(_journal);
        LedgerFixture ledger = new(held, options => options with { Term = new Term(2, "here") });
        ledger.Sim.Run();
        Assert.Empty(Assert.Single(held.Requests).Events);
        Assert.Equal(["recovered 1 @1", "Remind { Amount = 1 } @1"], ledger.Notes);
        LedgerFixture old = new(_journal, options => options with { Term = new Term(1, "there") });
        old.Sim.Run();
        Assert.Equal(AppendStatus.Fenced, Assert.IsType<AppendFailedException>(Assert.Single(old.Failures)).Status);
        Assert.Equal(["recovered 1 @1"], old.Notes);
    }

    [Fact]
    public void Contended_leader_journals_what_its_decider_says_before_it_carries_out_what_is_owed()
    {
        new LedgerFixture(_journal).Tell(new Command.Add(1));
        LedgerFixture ledger = new(_journal, options => options with { Term = new Term(2, "leads with 40") });
        ledger.Tell(new Command.Ask());
        Assert.Equal(["recovered 1 @1", "evolved 1 to 41 @2", "Remind { Amount = 1 } @2", "Remind { Amount = 40 } @2", "Report { Sum = 41 } @2"], ledger.Notes);
        LedgerFixture uncontended = new(new InMemoryJournal(), options => options with { Term = new Term(0, "leads with 40") });
        uncontended.Sim.Run();
        Assert.Equal(["recovered 0 @0"], uncontended.Notes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void Edited_event_stops_the_recovery_and_is_named(int sequence)
    {
        LedgerFixture ledger = WithEvents(events => events.SetItem(
            sequence - 1, events[sequence - 1] with { Payload = Encoding.UTF8.GetBytes("{\"amount\":9}") }));
        JournalCorruptException failure = Assert.IsType<JournalCorruptException>(Assert.Single(ledger.Failures));
        Assert.Equal(("ledger", (long)sequence), (failure.PersistenceId, failure.Sequence));
        Assert.False(ledger.IsAlive);
        Assert.Empty(ledger.Notes);
    }

    [Fact]
    public void Removed_or_reordered_event_stops_the_recovery()
    {
        Assert.Equal(2, Failed(events => events.RemoveAt(1)));
        Assert.Equal(2, Failed(events => events.SetItem(1, events[2]).SetItem(2, events[1])));
        Assert.Equal(2, Failed(events => events.SetItem(1, events[1] with { At = events[1].At.AddTicks(1) })));
        Assert.Equal(2, Failed(events => events.SetItem(1, events[1] with { Epoch = 1 })));

        long Failed(Func<ImmutableArray<JournalEvent>, ImmutableArray<JournalEvent>> change) =>
            Assert.IsType<JournalCorruptException>(Assert.Single(WithEvents(change).Failures)).Sequence;
    }

    [Fact]
    public void Unknown_event_stops_the_recovery_for_good()
    {
        Digest head = ChainHash.Start("ledger");
        head = ChainHash.Next(head, 1, 0, default, "newer", 1, "{\"amount\":1}"u8);
        LedgerFixture ledger = new(new Fixed([new JournalEvent(1, 0, default, "newer", 1, "{\"amount\":1}"u8.ToArray(), head)]));
        ledger.Sim.Run();
        Assert.Contains("unknown event 'newer'", Assert.IsType<RecoveryFailedException>(Assert.Single(ledger.Failures)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Snapshot_ahead_of_a_cut_journal_stops_the_recovery()
    {
        With(_journal, 2).Tell(new Command.Add(1), new Command.AddTwice(2), new Command.Add(3));
        JournalSnapshot? snapshot = null;
        _journal.LoadSnapshot("ledger", long.MaxValue, outcome => snapshot = outcome.Snapshot);
        Assert.Equal(4, snapshot!.Sequence);
        ImmutableArray<JournalEvent> events = [.. _journal.Read("ledger")];
        foreach (int kept in new[] { 0, 3 })
        {
            LedgerFixture ledger = With(new Fixed(events[..kept], snapshot), 2);
            ledger.Sim.Run();
            Assert.Equal(4, Assert.IsType<JournalCorruptException>(Assert.Single(ledger.Failures)).Sequence);
        }
        LedgerFixture other = With(new Fixed(events, snapshot with { Head = Digest.Of("x"u8) }), 2);
        other.Sim.Run();
        Assert.Contains("disagree", Assert.IsType<JournalCorruptException>(Assert.Single(other.Failures)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Journal_that_cannot_be_read_stops_the_recovery()
    {
        LedgerFixture ledger = new(new Fixed([], failure: "input/output error"));
        ledger.Sim.Run();
        Assert.Contains("input/output error", Assert.IsType<RecoveryFailedException>(Assert.Single(ledger.Failures)).Message, StringComparison.Ordinal);
    }

    private static LedgerFixture With(IEventJournal journal, int snapshotEvery)
    {
        LedgerFixture ledger = new(journal, options => options with { Snapshots = new Snapshots(), SnapshotEvery = snapshotEvery });
        ledger.Sim.Run();
        return ledger;
    }

    private LedgerFixture WithEvents(Func<ImmutableArray<JournalEvent>, ImmutableArray<JournalEvent>> change)
    {
        InMemoryJournal journal = new();
        new LedgerFixture(journal).Tell([.. Enumerable.Range(1, 5).Select(amount => new Command.Add(amount))]);
        LedgerFixture ledger = new(new Fixed(change([.. journal.Read("ledger")])));
        ledger.Sim.Run();
        return ledger;
    }

    /// <summary>A journal that holds what the test says.</summary>
    private sealed class Fixed(ImmutableArray<JournalEvent> events, JournalSnapshot? snapshot = null, string? failure = null) : IEventJournal
    {
        public void Append(AppendRequest request, Action<AppendOutcome> done) => done(new AppendOutcome(AppendStatus.Appended));

        public void Replay(string persistenceId, long afterSequence, int batchMax, Action<ReplayBatch> batch) =>
            batch(failure is null ? new ReplayBatch(events.Where(stored => stored.Sequence > afterSequence).ToArray(), IsLast: true) : new ReplayBatch(default, IsLast: true, failure));

        public void SaveSnapshot(JournalSnapshot snapshot, Action<string?> done) => done(null);

        public void LoadSnapshot(string persistenceId, long maxSequence, Action<SnapshotOutcome> done) => done(new SnapshotOutcome(snapshot));
    }
}
