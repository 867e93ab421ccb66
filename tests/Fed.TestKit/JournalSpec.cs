using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Persistence;
using Xunit;

namespace Fed.TestKit;

/// <summary>What every <see cref="IEventJournal"/> promises. Derive, say how to open one, and inherit the tests.</summary>
public abstract class JournalSpec
{
    private static readonly DateTimeOffset At = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);

    /// <summary>Opens an empty journal.</summary>
    protected abstract IEventJournal Open();

    /// <summary>Closes the journal and opens its contents again; where nothing outlives the object, returns the same.</summary>
    protected virtual IEventJournal Reopen(IEventJournal journal) => journal;

    /// <summary>A reader of the journal's contents.</summary>
    protected virtual IJournalReader Reader(IEventJournal journal) => (IJournalReader)journal;

    /// <summary>Lets a simulated journal do its work; production journals work on their own.</summary>
    protected virtual void Pump() { }

    [Fact]
    public async Task Appended_events_come_back_byte_for_byte_and_in_order()
    {
        IEventJournal journal = Open();
        ImmutableArray<JournalEvent> events = Events("silo/a", 0, 0, "one", "zwei äöü", "");
        Assert.Equal(AppendStatus.Appended, (await AppendAsync(journal, "silo/a", 0, 0, events)).Status);
        Same(events, await ReplayAsync(journal, "silo/a", 0, 100));
        Same(events, [.. Reader(journal).Read("silo/a")]);
    }

    [Fact]
    public async Task Reopened_journal_has_kept_everything()
    {
        IEventJournal journal = Open();
        ImmutableArray<JournalEvent> events = Events("silo/a", 0, 3, "one", "two");
        await AppendAsync(journal, "silo/a", 0, 3, events);
        await SaveAsync(journal, new JournalSnapshot("silo/a", 2, events[1].Hash, 1, "state"u8.ToArray()));
        journal = Reopen(journal);
        Same(events, await ReplayAsync(journal, "silo/a", 0, 100));
        Assert.Equal(2, (await LoadAsync(journal, "silo/a", long.MaxValue)).Snapshot?.Sequence);
        Assert.Equal(AppendStatus.Fenced, (await AppendAsync(journal, "silo/a", 2, 2, [])).Status);
    }

    [Fact]
    public async Task Second_append_continues_the_first()
    {
        IEventJournal journal = Open();
        ImmutableArray<JournalEvent> first = Events("silo/a", 0, 0, "one", "two");
        ImmutableArray<JournalEvent> second = EventsAfter(first[1].Hash, 2, 0, "three");
        await AppendAsync(journal, "silo/a", 0, 0, first);
        Assert.Equal(AppendStatus.Appended, (await AppendAsync(journal, "silo/a", 2, 0, second)).Status);
        Same([.. first, .. second], await ReplayAsync(journal, "silo/a", 0, 100));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Wrong_expected_sequence_is_a_conflict_and_stores_nothing(long expected)
    {
        IEventJournal journal = Open();
        ImmutableArray<JournalEvent> events = Events("silo/a", 0, 0, "one", "two");
        await AppendAsync(journal, "silo/a", 0, 0, events);
        AppendOutcome outcome = await AppendAsync(journal, "silo/a", expected, 0, Events("silo/a", expected, 0, "other"));
        Assert.Equal(AppendStatus.SequenceConflict, outcome.Status);
        Assert.False(string.IsNullOrWhiteSpace(outcome.Reason));
        Same(events, await ReplayAsync(journal, "silo/a", 0, 100));
    }

    [Fact]
    public async Task Empty_append_confirms_the_fence_and_stores_nothing()
    {
        IEventJournal journal = Open();
        ImmutableArray<JournalEvent> events = Events("silo/a", 0, 4, "one");
        await AppendAsync(journal, "silo/a", 0, 4, events);
        Assert.Equal(AppendStatus.Appended, (await AppendAsync(journal, "silo/a", 1, 4, [])).Status);
        Assert.Equal(AppendStatus.SequenceConflict, (await AppendAsync(journal, "silo/a", 0, 4, [])).Status);
        Assert.Equal(AppendStatus.Fenced, (await AppendAsync(journal, "silo/a", 1, 3, [])).Status);
        Same(events, await ReplayAsync(journal, "silo/a", 0, 100));
    }

    [Fact]
    public async Task Empty_append_of_a_higher_epoch_fences_the_lower_one_off()
    {
        IEventJournal journal = Open();
        await AppendAsync(journal, "silo/a", 0, 1, Events("silo/a", 0, 1, "one"));
        Assert.Equal(AppendStatus.Appended, (await AppendAsync(journal, "silo/a", 1, 2, [])).Status);
        AppendOutcome late = await AppendAsync(journal, "silo/a", 1, 1, Events("silo/a", 1, 1, "late"));
        Assert.Equal(AppendStatus.Fenced, late.Status);
        Assert.False(string.IsNullOrWhiteSpace(late.Reason));
        Assert.Single(await ReplayAsync(journal, "silo/a", 0, 100));
    }

    [Fact]
    public async Task Persistence_ids_do_not_disturb_each_other()
    {
        IEventJournal journal = Open();
        ImmutableArray<JournalEvent> a = Events("silo/a", 0, 9, "a1");
        ImmutableArray<JournalEvent> b = Events("silo/b", 0, 0, "b1", "b2");
        Task<AppendOutcome> first = AppendAsync(journal, "silo/a", 0, 9, a);
        Task<AppendOutcome> conflict = AppendAsync(journal, "silo/a", 7, 9, Events("silo/a", 7, 9, "no"));
        Task<AppendOutcome> second = AppendAsync(journal, "silo/b", 0, 0, b);
        Assert.Equal([AppendStatus.Appended, AppendStatus.SequenceConflict, AppendStatus.Appended], (await Task.WhenAll(first, conflict, second)).Select(o => o.Status));
        Same(a, await ReplayAsync(journal, "silo/a", 0, 100));
        Same(b, await ReplayAsync(journal, "silo/b", 0, 100));
        Assert.Equal(["silo/a", "silo/b"], Reader(journal).PersistenceIds());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(100)]
    public async Task Replay_comes_in_batches_of_the_asked_size_from_the_asked_place(int batchMax)
    {
        IEventJournal journal = Open();
        ImmutableArray<JournalEvent> events = Events("silo/a", 0, 0, [.. Enumerable.Range(1, 7).Select(i => $"event {i}")]);
        await AppendAsync(journal, "silo/a", 0, 0, events);
        List<int> sizes = [];
        Same(events[2..], await ReplayAsync(journal, "silo/a", 2, batchMax, sizes));
        Assert.All(sizes, size => Assert.InRange(size, 0, batchMax));
        Same(events[2..], [.. Reader(journal).Read("silo/a", 2)]);
    }

    [Fact]
    public async Task Unknown_persistence_id_is_empty()
    {
        IEventJournal journal = Open();
        Assert.Empty(await ReplayAsync(journal, "nobody", 0, 10));
        Assert.Null((await LoadAsync(journal, "nobody", long.MaxValue)).Snapshot);
        Assert.Empty(Reader(journal).Read("nobody"));
        Assert.DoesNotContain("nobody", Reader(journal).PersistenceIds());
    }

    [Fact]
    public async Task Newest_snapshot_at_or_below_the_asked_sequence_is_loaded()
    {
        IEventJournal journal = Open();
        ImmutableArray<JournalEvent> events = Events("silo/a", 0, 0, "1", "2", "3", "4");
        await AppendAsync(journal, "silo/a", 0, 0, events);
        Assert.Null(await SaveAsync(journal, new JournalSnapshot("silo/a", 2, events[1].Hash, 5, "two"u8.ToArray())));
        Assert.Null(await SaveAsync(journal, new JournalSnapshot("silo/a", 4, events[3].Hash, 6, "four"u8.ToArray())));
        JournalSnapshot newest = (await LoadAsync(journal, "silo/a", long.MaxValue)).Snapshot!;
        Assert.Equal((4L, events[3].Hash, 6, "four"), (newest.Sequence, newest.Head, newest.Version, Encoding.UTF8.GetString(newest.Payload.Span)));
        Assert.Equal(2, (await LoadAsync(journal, "silo/a", 3)).Snapshot!.Sequence);
        Assert.Null((await LoadAsync(journal, "silo/a", 1)).Snapshot);
    }

    [Fact]
    public async Task Snapshots_but_the_newest_two_are_forgotten_and_one_sequence_holds_one()
    {
        IEventJournal journal = Open();
        for (int sequence = 1; sequence <= 4; sequence++)
            await SaveAsync(journal, new JournalSnapshot("silo/a", sequence, default, 1, new[] { (byte)sequence }));
        await SaveAsync(journal, new JournalSnapshot("silo/a", 4, default, 2, new byte[] { 44 }));
        Assert.Equal(44, (await LoadAsync(journal, "silo/a", long.MaxValue)).Snapshot!.Payload.Span[0]);
        Assert.Equal(3, (await LoadAsync(journal, "silo/a", 3)).Snapshot!.Sequence);
        Assert.Null((await LoadAsync(journal, "silo/a", 2)).Snapshot);
    }

    [Fact]
    public void Events_with_a_gap_are_the_writers_bug()
    {
        IEventJournal journal = Open();
        JournalEvent second = Events("silo/a", 1, 0, "two")[0];
        Assert.Throws<ArgumentException>(() => journal.Append(new AppendRequest("silo/a", 0, 0, [second]), _ => { }));
    }

    /// <summary>Events that follow <paramref name="after"/>, from the start of a chain.</summary>
    protected static ImmutableArray<JournalEvent> Events(string persistenceId, long after, long epoch, params string[] payloads) =>
        EventsAfter(ChainHash.Start(persistenceId), after, epoch, payloads);

    /// <summary>Events that follow <paramref name="after"/> and the chain's <paramref name="head"/>.</summary>
    protected static ImmutableArray<JournalEvent> EventsAfter(Digest head, long after, long epoch, params string[] payloads)
    {
        ImmutableArray<JournalEvent>.Builder events = ImmutableArray.CreateBuilder<JournalEvent>(payloads.Length);
        foreach (string payload in payloads)
        {
            long sequence = after + events.Count + 1;
            byte[] bytes = Encoding.UTF8.GetBytes($"{{\"text\":\"{payload}\"}}");
            head = ChainHash.Next(head, sequence, epoch, At.AddSeconds(sequence), "noted", 1, bytes);
            events.Add(new JournalEvent(sequence, epoch, At.AddSeconds(sequence), "noted", 1, bytes, head));
        }
        return events.MoveToImmutable();
    }

    /// <summary>Appends and waits for the outcome.</summary>
    protected async Task<AppendOutcome> AppendAsync(IEventJournal journal, string persistenceId, long expected, long epoch, ImmutableArray<JournalEvent> events)
    {
        TaskCompletionSource<AppendOutcome> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        journal.Append(new AppendRequest(persistenceId, expected, epoch, events), done.SetResult);
        return await OutcomeAsync(done.Task, $"append to {persistenceId}");
    }

    /// <summary>Replays all batches and joins them.</summary>
    protected async Task<ImmutableArray<JournalEvent>> ReplayAsync(IEventJournal journal, string persistenceId, long after, int batchMax, List<int>? sizes = null)
    {
        List<JournalEvent> events = [];
        TaskCompletionSource<string?> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        journal.Replay(persistenceId, after, batchMax, batch =>
        {
            sizes?.Add(batch.Events.Length);
            events.AddRange(batch.Events.Span);
            if (batch.IsLast) done.SetResult(batch.Failure);
        });
        Assert.Null(await OutcomeAsync(done.Task, $"replay of {persistenceId}"));
        return [.. events];
    }

    private async Task<string?> SaveAsync(IEventJournal journal, JournalSnapshot snapshot)
    {
        TaskCompletionSource<string?> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        journal.SaveSnapshot(snapshot, done.SetResult);
        return await OutcomeAsync(done.Task, $"snapshot of {snapshot.PersistenceId}");
    }

    private async Task<SnapshotOutcome> LoadAsync(IEventJournal journal, string persistenceId, long max)
    {
        TaskCompletionSource<SnapshotOutcome> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        journal.LoadSnapshot(persistenceId, max, done.SetResult);
        return await OutcomeAsync(done.Task, $"loading a snapshot of {persistenceId}");
    }

    private async Task<T> OutcomeAsync<T>(Task<T> outcome, string what)
    {
        Pump();
        try
        {
            return await outcome.WaitAsync(TimeSpan.FromSeconds(30));
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"the journal posted no outcome for {what} within 30 s", late);
        }
    }

    private static void Same(ImmutableArray<JournalEvent> expected, ImmutableArray<JournalEvent> actual) =>
        Assert.Equal(expected.Select(Text), actual.Select(Text));

    private static string Text(JournalEvent e) => $"{e.Sequence} {e.Epoch} {e.At:O} {e.Tag} {e.Version} {Encoding.UTF8.GetString(e.Payload.Span)} {e.Hash}";
}
