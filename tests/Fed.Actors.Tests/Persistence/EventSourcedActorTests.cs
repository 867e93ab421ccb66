using System.Collections.Immutable;
using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.TestKit.Stores;
using Xunit;
using static Fed.Actors.Tests.Persistence.Ledger;

namespace Fed.Actors.Tests.Persistence;

public sealed class EventSourcedActorTests
{
    private readonly InMemoryJournal _journal = new();

    [Fact]
    public void Effects_start_only_after_their_events_are_appended()
    {
        FaultyJournal held = new(_journal) { Holds = true };
        LedgerFixture ledger = Recovered(held);
        ledger.Tell(new Command.Add(5));
        Assert.Empty(ledger.Notes);
        Assert.Equal(1, held.Waiting);
        held.Release();
        ledger.Sim.Run();
        Assert.Equal(["evolved 1 to 5 @1", "Confirm { Amount = 5 } @1", "Report { Sum = 5 } @1"], ledger.Notes);
    }

    [Fact]
    public void Commands_that_arrive_during_an_append_wait_and_then_share_one_append()
    {
        FaultyJournal held = new(_journal) { Holds = true };
        LedgerFixture ledger = Recovered(held);
        ledger.Tell(new Command.Add(1));
        ledger.Tell(new Command.Add(2), new Command.Nothing(), new Command.AddTwice(3), new Command.Ask());
        Assert.Single(held.Requests);
        held.Release();
        ledger.Sim.Run();
        ledger.Notes.Clear();
        Assert.Equal(2, held.Requests.Count);
        Assert.Equal(3, held.Requests[1].Events.Length);
        held.Release();
        ledger.Sim.Run();
        Assert.Equal(
            ["evolved 3 to 9 @4", "Confirm { Amount = 2 } @4", "Report { Sum = 3 } @4", "Confirm { Amount = 3 } @4", "Report { Sum = 9 } @4"],
            ledger.Notes);
    }

    [Fact]
    public void Batch_holds_at_most_its_number_of_commands()
    {
        FaultyJournal held = new(_journal);
        LedgerFixture ledger = new(held, options => options with { BatchMax = 4 });
        ledger.Sim.Run();
        ledger.Tell([.. Enumerable.Range(0, 10).Select(_ => new Command.Pay(1))]);
        Assert.Equal([4, 4, 2], held.Requests.Select(request => request.Events.Length));
    }

    [Fact]
    public void Turn_that_ends_before_the_mailbox_is_empty_does_not_cut_the_batch()
    {
        FaultyJournal held = new(_journal);
        LedgerFixture ledger = new(held, options => options with { BatchMax = 1000 });
        ledger.Sim.Run();
        ledger.Tell([.. Enumerable.Range(0, 60).Select(_ => new Command.Pay(1))]);   // exactly two turns
        Assert.Equal([60], held.Requests.Select(request => request.Events.Length));
    }

    [Fact]
    public void Effects_without_events_pass_through_the_fence_where_leadership_is_contended()
    {
        FaultyJournal held = new(_journal);
        LedgerFixture ledger = new(held, options => options with { Term = new Term(3, "here") });
        ledger.Tell(new Command.Ask());
        AppendRequest fence = Assert.Single(held.Requests);
        Assert.Equal((0L, 3L, 0), (fence.ExpectedSequence, fence.Epoch, fence.Events.Length));
        Assert.Equal(["recovered 0 @0", "Report { Sum = 0 } @0"], ledger.Notes);
    }

    [Fact]
    public void Effects_without_events_need_no_append_where_nobody_contends()
    {
        FaultyJournal held = new(_journal);
        LedgerFixture ledger = new(held);
        ledger.Tell(new Command.Ask(), new Command.Nothing());
        Assert.Empty(held.Requests);
        Assert.Equal(["recovered 0 @0", "Report { Sum = 0 } @0"], ledger.Notes);
    }

    [Theory]
    [InlineData(AppendStatus.Failed)]
    [InlineData(AppendStatus.Fenced)]
    [InlineData(AppendStatus.SequenceConflict)]
    public void Append_that_does_not_succeed_stops_the_actor_without_effects(AppendStatus status)
    {
        FaultyJournal held = new FaultyJournal(_journal).AnswerNext(new AppendOutcome(status, "the reason"));
        LedgerFixture ledger = new(held);
        ledger.Tell(new Command.Add(5));
        Assert.Equal(["recovered 0 @0"], ledger.Notes);
        AppendFailedException failure = Assert.IsType<AppendFailedException>(Assert.Single(ledger.Failures));
        Assert.Equal(("ledger", status), (failure.PersistenceId, failure.Status));
        Assert.Contains("the reason", failure.Message, StringComparison.Ordinal);
        Assert.False(ledger.IsAlive);
    }

    [Fact]
    public void Second_writer_is_fenced_off_by_the_sequence()
    {
        LedgerFixture first = new(_journal);
        LedgerFixture second = new(_journal);
        first.Sim.Run();
        second.Sim.Run();
        first.Tell(new Command.Add(1));
        second.Tell(new Command.Add(2));
        Assert.True(first.IsAlive);
        Assert.Equal(AppendStatus.SequenceConflict, Assert.IsType<AppendFailedException>(Assert.Single(second.Failures)).Status);
        Assert.DoesNotContain(second.Notes, note => note.StartsWith("Confirm", StringComparison.Ordinal));
    }

    [Fact]
    public void Resumed_after_a_failed_append_the_actor_still_refuses_to_decide()
    {
        FaultyJournal held = new FaultyJournal(_journal).AnswerNext(new AppendOutcome(AppendStatus.Failed, "disk full"));
        LedgerFixture ledger = new(held) { Verdict = Directive.Resume };
        ledger.Tell(new Command.Add(5));
        ledger.Tell(new Command.Add(6));
        Assert.Single(held.Requests);
        Assert.All(ledger.Failures, failure => Assert.IsType<AppendFailedException>(failure));
    }

    [Fact]
    public void Restarted_after_a_failed_append_the_actor_recovers_from_the_journal()
    {
        FaultyJournal held = new(_journal);
        LedgerFixture ledger = new(held) { Verdict = Directive.Restart };
        ledger.Tell(new Command.Add(5));
        held.AnswerNext(new AppendOutcome(AppendStatus.Failed, "disk full"));
        ledger.Tell(new Command.Add(6));
        ledger.Notes.Clear();
        ledger.Tell(new Command.Add(7));
        Assert.Equal(["evolved 1 to 12 @2", "Confirm { Amount = 7 } @2", "Report { Sum = 12 } @2"], ledger.Notes);
    }

    [Fact]
    public void Decision_that_throws_is_reported_and_leaves_its_batch_alone()
    {
        LedgerFixture ledger = new(_journal);
        ledger.Sim.Run();
        ledger.Notes.Clear();
        ledger.Tell(new Command.Pay(1), new Command.Break(), new Command.Pay(2));
        Assert.Equal(["decision failed: our bug", "evolved 2 to 0 @2"], ledger.Notes);
    }

    [Fact]
    public void Rejected_command_is_on_record_in_order_and_changes_nothing_else()
    {
        LedgerFixture ledger = new(_journal);
        ledger.Sim.Run();
        ledger.Notes.Clear();
        ledger.Tell(new Command.Add(5), new Command.Poison(), new Command.Add(6));
        Assert.Equal(
            ["decision failed: poison", "evolved 3 to 11 @3", "Confirm { Amount = 5 } @3", "Report { Sum = 5 } @3", "Confirm { Amount = 6 } @3", "Report { Sum = 11 } @3"],
            ledger.Notes);
        Assert.Equal(3, _journal.Read("ledger").Count());
    }

    [Fact]
    public void Decision_whose_events_cannot_be_written_leaves_nothing_behind()
    {
        LedgerFixture ledger = new(_journal);
        ledger.Sim.Run();
        ledger.Notes.Clear();
        ledger.Tell(new Command.Unwritable(), new Command.Add(1));
        Assert.Equal(["decision failed: cannot be written", "evolved 1 to 1 @1", "Confirm { Amount = 1 } @1", "Report { Sum = 1 } @1"], ledger.Notes);
        Assert.Single(_journal.Read("ledger"));
    }

    [Fact]
    public void Too_many_failed_decisions_in_a_row_stop_the_actor()
    {
        LedgerFixture ledger = new(_journal, options => options with { DecisionFailuresMax = 3 });
        ledger.Tell(new Command.Break(), new Command.Break(), new Command.Pay(1), new Command.Break(), new Command.Break());
        Assert.True(ledger.IsAlive);
        ledger.Tell(new Command.Break());
        Assert.False(ledger.IsAlive);
        Assert.Contains("3 decisions in a row", Assert.IsType<DecisionsFailedException>(Assert.Single(ledger.Failures)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Effect_that_throws_restarts_the_actor_which_then_carries_out_what_it_owes()
    {
        LedgerFixture ledger = new(_journal);
        ledger.Tell(new Command.BadEffect());
        Assert.Equal(["recovered 0 @0", "evolved 1 to 7 @1", "recovered 7 @1", "Remind { Amount = 7 } @1"], ledger.Notes);
    }

    [Fact]
    public void Second_copy_of_an_outcome_is_ignored()
    {
        FaultyJournal held = new(_journal) { Copies = 2 };
        LedgerFixture ledger = new(held, options => options with { Snapshots = new Snapshots() });
        ledger.Tell(new Command.Add(1));
        ledger.Tell(new Command.Add(2));
        Assert.Equal(
            ["recovered 0 @0", "evolved 1 to 1 @1", "Confirm { Amount = 1 } @1", "Report { Sum = 1 } @1", "evolved 1 to 3 @2", "Confirm { Amount = 2 } @2", "Report { Sum = 3 } @2"],
            ledger.Notes);
        Assert.Empty(ledger.Failures);
    }

    [Fact]
    public void Outcome_for_an_earlier_incarnation_is_ignored()
    {
        FaultyJournal held = new(_journal) { Holds = true };
        LedgerFixture ledger = Recovered(held);
        ledger.Verdict = Directive.Restart;
        ledger.Tell(new Command.Add(1));         // its outcome is held back
        Assert.Equal(1, held.Waiting);
        ((ActorCell)ledger.Actor).SendSystem(new SuspendActor());
        ((ActorCell)ledger.Actor).SendSystem(new RestartActor(new InvalidOperationException("sibling")));
        ledger.Sim.Run();
        held.Release();                          // the append's outcome, of the old incarnation
        ledger.Sim.Run();
        Assert.Empty(ledger.Notes);
        held.Release();                          // the replay of the new one
        ledger.Sim.Run();
        Assert.Equal(["recovered 1 @1", "Remind { Amount = 1 } @1"], ledger.Notes);
        Assert.Empty(ledger.Failures);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Poison_pill_waits_for_the_append_of_what_was_queued_before(bool holds)
    {
        FaultyJournal held = new(_journal);
        LedgerFixture ledger = new(held);
        ledger.Sim.Run();
        ledger.Notes.Clear();
        held.Holds = holds;
        ledger.Actor.Tell(new Command.Add(1));
        ledger.Actor.PoisonPill();
        ledger.Actor.Tell(new Command.Add(2));
        ledger.Sim.Run();
        if (holds)
        {
            Assert.True(ledger.IsAlive);
            held.Release();
            ledger.Sim.Run();
        }
        Assert.Equal(["evolved 1 to 1 @1", "Confirm { Amount = 1 } @1", "Report { Sum = 1 } @1"], ledger.Notes);
        Assert.False(ledger.IsAlive);
        Assert.Equal(new Command.Add(2), Assert.Single(ledger.Sim.DeadLetters).Message);
    }

    [Fact]
    public void Object_journal_keeps_the_events_themselves()
    {
        InMemoryJournal objects = new(keepsObjects: true);
        new LedgerFixture(objects).Tell(new Command.Add(1), new Command.AddTwice(2));
        ImmutableArray<JournalEvent> events = [.. objects.Read("ledger")];
        Assert.All(events, stored => Assert.IsType<Event.Added>(stored.Instance));
        Assert.All(events, stored => Assert.Equal(0, stored.Payload.Length));
        LedgerFixture again = new(objects);
        again.Sim.Run();
        Assert.Equal("recovered 5 @3", again.Notes[0]);
    }

    private static LedgerFixture Recovered(FaultyJournal held)
    {
        LedgerFixture ledger = new(held);
        ledger.Sim.Run();
        held.Release();
        ledger.Sim.Run();
        ledger.Notes.Clear();
        return ledger;
    }
}
