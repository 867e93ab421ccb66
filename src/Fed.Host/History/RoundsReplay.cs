using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Ports;
using Fed.Actors.Shell;
using Fed.Cluster.Journals;
using Fed.Host.Commands;
using Fed.Host.Simulation;
using Fed.Learning.Program;

namespace Fed.Host.History;

/// <summary>The body of <c>fed rounds replay</c>.</summary>
internal static class RoundsReplay
{
    public static int Run(RoundOptions options, CommandContext context)
    {
        using NodeReader reader = NodeReader.OpenRunning(context);
        JobHistory job = reader.Job(options.Job);
        CommittedRound round = job.Rounds.FirstOrDefault(r => r.Committed.Round == options.Round)
            ?? throw new UserException($"job {job.Id} has no committed round {options.Round}; it has rounds up to {Math.Max(0, job.State.Round)}");
        if (JournalAudit.VerifyChains(reader.Journal).Findings is [AuditFinding damage, ..])
            throw new IOException($"the journal itself is damaged, so a replay would prove nothing: {damage.Message} (`fed audit verify` tells all)");
        ServerLearning program = new(new FederatedProgram(LearningPlan.FromJson(Encoding.UTF8.GetBytes(job.Plan.Program))));
        ImmutableArray<SumReplay> replays;
        try
        {
            replays = RoundReplay.Run(job.Plan, round.Committed, job.LastPlannedRound, reader.Blobs(), new PlainProtection(), program);
        }
        catch (BlobMissingException e)
        {
            throw new UserException($"round {options.Round} cannot be replayed: {e.Message}", e);
        }

        Table table = new("sum", "verdict", "contributors", "finding", "model");
        foreach (SumReplay replay in replays)
            table.Add(replay.Record.Collection.Sum, Word(replay.Verdict), replay.Record.Contributions.Length, replay.Finding, replay.Record.Step.ModelSha256);
        table.Write(context, "sums");
        bool differs = replays.Any(static replay => replay.Verdict == ReplayVerdict.Differs);
        if (!context.Json) context.Out.WriteLine(Summary(options.Round, replays));
        return differs ? ExitCodes.Environment : ExitCodes.Success;
    }

    private static string Summary(int round, ImmutableArray<SumReplay> replays)
    {
        if (replays.FirstOrDefault(static replay => replay.Verdict == ReplayVerdict.Differs) is { } odd) return $"round {round}: DIFFERS in '{odd.Record.Collection.Sum}': {odd.Finding}";
        return replays.All(static replay => replay.Verdict == ReplayVerdict.BitIdentical)
            ? $"round {round}: bit-identical"
            : $"round {round}: server step identical (the sum was not recomputed: its updates are no longer retained)";
    }

    private static string Word(ReplayVerdict verdict) => verdict switch
    {
        ReplayVerdict.BitIdentical => "bit-identical",
        ReplayVerdict.StepIdentical => "step-identical",
        _ => "DIFFERS",
    };
}
