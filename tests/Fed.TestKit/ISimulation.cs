namespace Fed.TestKit;

/// <summary>
/// What a seeded, single-threaded simulation gives to the simulated ports: one source of choices, virtual time, and a queue of things that will happen. Ports never call back
/// inside a request; every outcome is scheduled, and a port that is crashed forgets the outcomes that were still to come.
/// </summary>
/// <example>
/// <code>
/// var simulation = new SeededSimulation(seed: 7);
/// var journal = new SimulatedJournal(simulation) { Faults = new StoreFaults { FailPermille = 20, DelayMax = TimeSpan.FromMilliseconds(40) } };
/// journal.Append(request, outcome => ...);
/// simulation.Run();      // outcomes happen here, in an order that the seed fixes
/// journal.Crash();       // what was not synced is gone, or half there
/// </code>
/// </example>
public interface ISimulation
{
    /// <summary>The next choice: 64 uniform bits.</summary>
    ulong NextUInt64();

    /// <summary>Virtual time.</summary>
    DateTimeOffset Now { get; }

    /// <summary>Lets something happen later. Actions due at the same time happen in the order in which they were scheduled.</summary>
    void Schedule(TimeSpan delay, Action action);
}
