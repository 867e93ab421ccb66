using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Xunit;

namespace Fed.Actors.Tests.Protocol;

/// <summary>What belongs to one protection changes nothing in a job of another, whoever sends it.</summary>
public sealed class ProtectionApartTests
{
    [Fact]
    public void Commands_of_a_common_key_change_nothing_at_a_coordinator_of_another_protection()
    {
        ChangesNothing(RoundCases.All, RoundCkksCases.All);
        ChangesNothing(RoundCases.SecAgg, RoundCkksCases.All);
    }

    [Fact]
    public void Commands_of_a_common_key_change_nothing_at_a_silo_of_another_protection()
    {
        ChangesNothing(SiloCases.All, SiloCkksCases.All);
        ChangesNothing(SiloCases.SecAgg, SiloCkksCases.All);
    }

    [Fact]
    public void Commands_of_secure_aggregation_change_nothing_under_a_common_key()
    {
        ChangesNothing(RoundCkksCases.All, RoundCases.SecAgg, nameof(RoundCommand.KeysPublished), nameof(RoundCommand.SharesPublished));
        ChangesNothing(
            SiloCkksCases.All, SiloCases.SecAgg, nameof(SiloCommand.KeysMade), nameof(SiloCommand.ShareKeys), nameof(SiloCommand.SharesMade), nameof(SiloCommand.MaskInput), nameof(SiloCommand.InputMade),
            nameof(SiloCommand.ReleaseShares), nameof(SiloCommand.SharesReady));
    }

    private static void ChangesNothing<TDecider, TState, TCommand, TEvent>(DeciderCases<TDecider, TState, TCommand, TEvent> cases, DeciderCases<TDecider, TState, TCommand, TEvent> others, params string[] only)
        where TDecider : IDecider<TState, TCommand, TEvent, Effect>
        where TCommand : notnull
        where TEvent : notnull
    {
        HashSet<string> known = [.. cases.Commands.Select(c => c.Fit(cases.Phases[0].State).GetType().Name)];
        int asked = 0;
        foreach ((string phase, TState state) in cases.Phases)
            foreach ((string variant, Func<TState, TCommand> fit) in others.Commands)
            {
                TCommand command = fit(state);
                if (only.Length > 0 ? !only.Contains(command.GetType().Name, StringComparer.Ordinal) : known.Contains(command.GetType().Name)) continue;
                Decision<TEvent, Effect> decision = TDecider.Decide(state, command, Given.Start);
                Assert.True(decision.Events.IsEmpty, $"{command.GetType().Name} ({variant}) in {phase}: {string.Join(", ", decision.Events)}");
                asked++;
            }

        Assert.True(asked > cases.Phases.Count, "there are no commands of the other protection");
    }
}
