using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Host.Protection;
using Fed.Learning.Program;
using Fed.Vectors;

namespace Fed.Host.Configuration;

/// <summary>From settings to a plan: the same for a simulation and for a federation on several machines, so that both come to one model.</summary>
internal static class JobPlans
{
    /// <summary>The plan of a job. Without a roster it is for comparing plans only: nobody counts its ciphertexts.</summary>
    /// <param name="options">The <c>job</c> block.</param>
    /// <param name="program">What it comes to with the sites' columns.</param>
    /// <param name="job">The job's id.</param>
    /// <param name="roster">The sites, in ordinal order of their names.</param>
    public static JobPlan Of(JobOptions options, FederatedProgram program, JobId job, ImmutableArray<RosterEntry> roster)
    {
        JobPlan plan = new()
        {
            Job = job,
            Name = options.Name,
            Program = Encoding.UTF8.GetString(program.Plan.ToJson()),
            Ring = program.Plan.Grid.Ring,
            Protection = options.Protection.Name,
            StartSums = [.. program.StartSums.Select(static sum => Sum(sum, everyone: true))],
            RoundSums = [.. program.RoundSums.Select(static sum => Sum(sum, everyone: sum.Name != "training"))],
            Roster = roster,
            Rounds = options.Rounds,
            Participation = options.Participation,
            MaxAttempts = options.MaxAttempts,
            Timings = options.Timing.Plan,
            Seed = unchecked((ulong)options.Seed),
            RetainContributions = options.Protection.Retained(options.RetainContributions),
            SecAgg = options.Protection.SecAgg,
            Ckks = options.Protection.Ckks,
            Aggregators = options.Aggregators,
        };
        return roster.IsEmpty ? plan : plan with { Ckks = PlannedCiphertexts.Of(plan, CkksTerms.CiphertextsOf) };
    }

    /// <summary>Where a plan says something else than its own program; null where it does not.</summary>
    public static string? Difference(JobPlan plan, FederatedProgram program)
    {
        if (plan.Ring != program.Plan.Grid.Ring) return $"its ring is {plan.Ring}";
        if (!IsSame(plan.StartSums, program.StartSums) || !IsSame(plan.RoundSums, program.RoundSums)) return "it declares other sums";
        return program.CheckCapacity(plan.Roster.Length) is [string first, ..] ? first.TrimEnd('.') : null;
    }

    private static bool IsSame(ImmutableArray<SumPlan> planned, IEnumerable<ProgramSum> sums) =>
        planned.Select(static sum => sum.Name).SequenceEqual(sums.Select(static sum => sum.Name))
        && planned.Zip(sums).All(static pair => pair.First.ToSchema().Hash == pair.Second.Schema.Hash);

    private static SumPlan Sum(ProgramSum sum, bool everyone) => new(sum.Name, [.. sum.Schema.Segments.Where(static s => s.Name != VectorSchema.ClippedSegment)], everyone);
}
