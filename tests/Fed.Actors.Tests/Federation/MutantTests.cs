using System.Collections.Immutable;
using Fed.Simulation;
using Fed.Simulation.Mutants;
using Fed.TestKit;
using Fed.TestKit.Federation;
using Xunit;

namespace Fed.Actors.Tests.Federation;

/// <summary>Seeded bugs must be found, and what finds them must be small enough to read.</summary>
public sealed class MutantTests
{
    [Fact]
    public void Every_seeded_bug_is_found_within_its_seeds()
    {
        using StringWriter table = new();
        Assert.True(MutantTable.Run(KnownMutants.All, table) == 0, table.ToString());
    }

    /// <summary>Sums under a common key have lies of their own, which must go on reaching the rules that they are there for.</summary>
    [Fact]
    public void Every_seeded_bug_under_a_common_key_is_found_within_its_seeds()
    {
        using StringWriter table = new();
        Assert.True(MutantTable.Run(KnownEncryptionMutants.All, table) == 0, table.ToString());
    }

    [Fact]
    public void Shrunken_schedule_breaks_the_same_promise_with_less()
    {
        Mutant mutant = KnownMutants.All.First(static known => known.Name.StartsWith("training is kept by attempt", StringComparison.Ordinal));
        FederationViolationException found = Assert.IsType<FederationViolationException>(mutant.Hunt(1, mutant.Seeds));
        FederationViolationException smallest = new ScheduleShrinker(mutant.Run, runsMax: 60).Shrink(found);
        Assert.Equal(found.Check, smallest.Check);
        Assert.True(smallest.Scenario.Kinds().Count() < found.Scenario.Kinds().Count() || smallest.Scenario.Sites.Length < found.Scenario.Sites.Length, smallest.Scenario.ToString());
        Assert.Contains($"--seed {found.Scenario.Seed} --shrunk \"{smallest.Scenario.Cuts}\"", smallest.Message, StringComparison.Ordinal);

        FederationScenario again = FederationScenario.FromSeed(found.Scenario.Seed).Cut(smallest.Scenario.Cuts);   // what a person types
        Assert.Equal(smallest.Violation, mutant.Run(again)?.Violation);
    }

    [Fact]
    public void Cuts_are_read_as_they_are_written()
    {
        FederationScenario cut = FederationScenario.FromSeed(7).Cut("no=Loss,Crash sites=3").Cut("no=Pause window=2500 Crash=0,4");
        Assert.Equal("Crash=0,4 no=Loss,Crash,Pause sites=3 window=2500", cut.Cuts);
        Assert.Equal((3, 2500.0, 0), (cut.Sites.Length, cut.FaultsFor.TotalMilliseconds, cut.Links.LossPermille));
        Assert.Equal(ImmutableSortedSet.Create(0, 4), cut.Only[FaultKind.Crash]);
        Assert.Throws<FormatException>(static () => FederationScenario.FromSeed(7).Cut("no=Weather"));
        Assert.Throws<FormatException>(static () => FederationScenario.FromSeed(7).Cut("sites"));
    }

    [Fact]
    public void Leaving_a_strike_out_moves_no_choice_of_another_kind()
    {
        FederationScenario drawn = FederationScenario.Quiet(3, 2) with { CrashesPer10K = 60, PartitionsPer10K = 60 };
        FederationResult without = SimulatedFederation.Run(drawn.Cut("no=Crash"));
        FederationResult leftOut = SimulatedFederation.Run(drawn.Cut("Crash="));
        Assert.Equal(without.TraceHash, leftOut.TraceHash);
        Assert.Equal(0, leftOut.Faults.TotalOf(FaultKind.Crash));
    }
}
