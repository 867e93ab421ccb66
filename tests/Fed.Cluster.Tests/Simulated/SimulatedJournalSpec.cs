using Fed.Actors.Persistence;
using Fed.TestKit;
using Fed.TestKit.Stores;

namespace Fed.Cluster.Tests.Simulated;

public sealed class SimulatedJournalSpec : JournalSpec
{
    private readonly SeededSimulation _simulation = new(seed: 11);

    protected override IEventJournal Open() => new SimulatedJournal(_simulation) { Faults = new StoreFaults { DelayMax = TimeSpan.FromMilliseconds(30) } };

    protected override IEventJournal Reopen(IEventJournal journal)
    {
        ((SimulatedJournal)journal).Crash();
        return journal;
    }

    protected override void Pump() => _simulation.Run();
}
