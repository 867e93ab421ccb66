using Fed.Actors.Persistence;
using Fed.TestKit.Federation;
using Fed.TestKit.Federation.Checks;

namespace Fed.Simulation.Mutants;

/// <summary>A seeded bug: one part of the federation in which something is wrong on purpose, to see that the checks find it.</summary>
/// <param name="Name">What is wrong, in words.</param>
/// <param name="Seeds">From how many seeds, starting at 1, it must be found.</param>
internal sealed record Mutant(string Name, int Seeds)
{
    /// <summary>Nodes with a decider that has the bug.</summary>
    public FederationRoles Roles { get; init; } = FederationRoles.Production;

    /// <summary>A journal that has it.</summary>
    public Func<IEventJournal, IEventJournal>? Journal { get; init; }

    /// <summary>Stores that have it; null for those that the scenario asks for.</summary>
    public FederationStores? Stores { get; init; }

    /// <summary>Draws a scenario from a seed; under which protection depends on whose bug it is.</summary>
    public Func<ulong, FederationScenario> Draw { get; init; } = FederationScenario.FromSeed;

    /// <summary>What a scenario needs for the bug to show, where its seed alone draws it seldom.</summary>
    public Func<FederationScenario, FederationScenario> Scenario { get; init; } = static drawn => drawn;

    /// <summary>The check that is there for this bug and must find it, whatever another finds before; null where any may.</summary>
    public FederationCheck? By { get; init; }

    /// <summary>The first violation in a range of seeds; null where there is none.</summary>
    public FederationViolationException? Hunt(ulong first, int seeds)
    {
        for (ulong seed = first; seed < first + (ulong)seeds; seed++)
        {
            if (Run(Scenario(Draw(seed))) is { } violation && (By is null || By == violation.Check)) return violation;
        }

        return null;
    }

    /// <summary>The violation of a scenario; null where it shows none.</summary>
    public FederationViolationException? Run(FederationScenario scenario)
    {
        try
        {
            using SimulatedFederation federation = new(scenario, sink: null, Journal, Roles, Stores ?? ProductionStores.For(scenario));
            federation.RunToEnd();
            return null;
        }
        catch (FederationViolationException violation)
        {
            return violation;
        }
    }
}
