using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Cluster.Journals.Sqlite;
using Fed.TestKit;
using Fed.TestKit.Stores;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Fed.Cluster.Tests.Journals;

/// <summary>Any sequence of requests, right and wrong ones, has the same outcomes and leaves the same events in every journal; the one in memory is the model.</summary>
public sealed class JournalModelProperties
{
    [Fact]
    public void Sqlite_journal_behaves_as_the_model() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(40), Prop.ForAll(Requests, requests =>
    {
        using var folder = new TemporaryFolder();
        using SqliteJournal journal = SqliteJournal.Open(folder["journal.sqlite"]);
        return BehavesAsTheModel(requests, journal, journal);
    }));

    /// <summary>Posts all requests to a journal on threads of its own, and compares its answers and its contents.</summary>
    internal static bool BehavesAsTheModel(AppendRequest[] requests, IEventJournal journal, IJournalReader reader)
    {
        List<AppendStatus> outcomes = [];
        using var finished = new CountdownEvent(requests.Length + 1);
        foreach (AppendRequest request in requests)
        {
            journal.Append(request, outcome =>
            {
                outcomes.Add(outcome.Status);
                finished.Signal();
            });
        }
        finished.Signal();
        Assert.True(finished.Wait(TimeSpan.FromSeconds(30)), "the journal did not answer every request");
        return IsAsTheModel(requests, outcomes, reader);
    }

    [Fact]
    public void Simulated_journal_behaves_as_the_model() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(Requests, requests =>
    {
        var simulation = new SeededSimulation((ulong)requests.Length);
        var journal = new SimulatedJournal(simulation) { Faults = new StoreFaults { DelayMax = TimeSpan.FromMilliseconds(5) } };
        List<AppendStatus> outcomes = [];
        foreach (AppendRequest request in requests) journal.Append(request, outcome => outcomes.Add(outcome.Status));
        simulation.Run();
        journal.Crash();
        return IsAsTheModel(requests, outcomes, journal);
    }));

    private static bool IsAsTheModel(AppendRequest[] requests, List<AppendStatus> outcomes, IJournalReader journal)
    {
        var model = new InMemoryJournal();
        List<AppendStatus> expected = [];
        foreach (AppendRequest request in requests) model.Append(request, outcome => expected.Add(outcome.Status));
        return expected.SequenceEqual(outcomes)
            && model.PersistenceIds().SequenceEqual(journal.PersistenceIds())
            && model.PersistenceIds().All(id => model.Read(id).Select(static one => one.Hash).SequenceEqual(journal.Read(id).Select(static one => one.Hash)));
    }

    /// <summary>Requests over three logs whose expected sequence and epoch are often, not always, right.</summary>
    internal static Arbitrary<AppendRequest[]> Requests { get; } =
        ArbMap.Default.ArbFor<byte[]>().Convert<byte[], AppendRequest[]>(
            static bytes => [.. bytes.Select(static value => Request($"log/{value % 3}", expected: value / 3 % 4, epoch: value / 12 % 3, count: value / 36 % 3))],
            static requests => [.. requests.Select(static request => (byte)(request.PersistenceId[^1] - '0' + (3 * request.ExpectedSequence) + (12 * request.Epoch) + (36 * request.Events.Length)))]);

    private static AppendRequest Request(string id, long expected, long epoch, int count)
    {
        ImmutableArray<JournalEvent> events = [.. JournalFixture.Events(ChainHash.Start(id), expected, count, sequence => $"{{\"e\":{epoch},\"s\":{sequence}}}").Select(one => one with { Epoch = epoch })];
        return new AppendRequest(id, expected, epoch, events);
    }
}
