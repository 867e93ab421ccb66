using System.Collections.Immutable;
using System.Diagnostics;
using Fed.TestKit.Federation;

namespace Fed.Simulation.Mutants;

/// <summary><c>./test.sh sim --mutants</c>: runs every seeded bug until it is found, and prints when and by which check.</summary>
internal static class MutantTable
{
    /// <summary>0 when each was found within its seeds, 1 when one was not.</summary>
    public static int Run(ImmutableArray<Mutant> mutants, TextWriter output)
    {
        Stopwatch watch = Stopwatch.StartNew();
        var found = new FederationViolationException?[mutants.Length];
        Parallel.For(0, mutants.Length, i => found[i] = mutants[i].Hunt(1, mutants[i].Seeds));
        output.WriteLine($"{"seeded bug",-64} {"seed",5} {"of",5}  found by");
        for (int i = 0; i < mutants.Length; i++)
        {
            string seed = found[i] is { } violation ? $"{violation.Scenario.Seed}" : "-";
            output.WriteLine($"{mutants[i].Name,-64} {seed,5} {mutants[i].Seeds,5}  {(found[i] is { } known ? $"{known.Check}: {known.Violation.Split('\n')[0]}" : "NOT FOUND")}");
        }

        int missed = found.Count(static violation => violation is null);
        output.WriteLine($"{mutants.Length - missed} of {mutants.Length} seeded bugs found in {watch.Elapsed.TotalSeconds:0.0} s");
        return missed == 0 ? 0 : 1;
    }
}
