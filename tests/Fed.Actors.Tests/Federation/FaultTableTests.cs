using Fed.Actors.Protocol.Job;
using Fed.TestKit;
using Fed.TestKit.Federation;
using Fed.TestKit.Federation.Faults;
using Xunit;

namespace Fed.Actors.Tests.Federation;

/// <summary>The table of faults by moment names what was not tried, and only that.</summary>
public sealed class FaultTableTests
{
    [Fact]
    public void Cells_without_a_strike_are_missing_unless_the_fault_cannot_strike_there()
    {
        FaultTable table = new(ProtectionRules.Plain);
        Assert.Contains((FaultKind.Crash, JobMoment.Opening), table.Missing());
        table.Count(FaultKind.Crash, JobMoment.Opening);
        Assert.DoesNotContain((FaultKind.Crash, JobMoment.Opening), table.Missing());
        Assert.DoesNotContain((FaultKind.Declined, JobMoment.Approving), table.Missing());
        Assert.NotNull(ImpossibleFaults.Reason(FaultKind.Declined, JobMoment.Approving));
    }

    [Fact]
    public void Table_shows_a_dash_and_the_reason_where_a_fault_cannot_strike_and_the_count_where_it_did_all_the_same()
    {
        FaultTable table = new(ProtectionRules.Plain);
        string reason = ImpossibleFaults.Reason(FaultKind.Straggler, JobMoment.Approving)!;
        Assert.Contains($"-: {reason}", table.ToString(), StringComparison.Ordinal);
        Assert.Equal("-", CellOf(table, FaultKind.Straggler, JobMoment.Approving));
        table.Count(FaultKind.Straggler, JobMoment.Approving);
        Assert.Equal("1", CellOf(table, FaultKind.Straggler, JobMoment.Approving));
    }

    [Fact]
    public void Every_kind_can_strike_in_some_moment()
    {
        foreach (FaultKind kind in Enum.GetValues<FaultKind>())
            Assert.Contains(Enum.GetValues<JobMoment>(), moment => ImpossibleFaults.Reason(kind, moment) is null);
    }

    [Fact]
    public void Schedule_that_aims_at_a_moment_strikes_it_more_often()
    {
        FederationScenario even = FederationScenario.Quiet(4, 3) with { CrashesPer10K = 40, AttemptsMax = 30 };
        long atEven = 0, aimed = 0;
        for (ulong seed = 1; seed <= 20; seed++)
        {
            atEven += SimulatedFederation.Run(even with { Seed = seed }).Faults[FaultKind.Crash, JobMoment.Closing];
            aimed += SimulatedFederation.Run(even with { Seed = seed, AimsAt = JobMoment.Closing }).Faults[FaultKind.Crash, JobMoment.Closing];
        }

        Assert.True(aimed > atEven, $"{aimed} strikes with aim, {atEven} without");
    }

    private static string CellOf(FaultTable table, FaultKind kind, JobMoment moment) =>
        table.ToString().Split('\n').Single(line => line.StartsWith($"{kind} ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[2 + Array.IndexOf(table.Moments, moment)];
}
