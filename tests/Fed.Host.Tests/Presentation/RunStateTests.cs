using Fed.Host.Presentation;
using Xunit;

namespace Fed.Host.Tests.Presentation;

public sealed class RunStateTests
{
    private static readonly RunState Started = RunState.Empty.After(Story.Start(SampleReports.Small, rounds: 10), Second(0));

    [Fact]
    public void Remaining_time_is_the_pace_so_far_times_the_rounds_left()
    {
        RunState state = Commit(Commit(Started, 1, Second(2)), 2, Second(4));
        Assert.Null(Started.Remaining(Second(9)));
        Assert.Equal(Second(16), state.Remaining(Second(4)));
        Assert.Equal(Second(13), state.Remaining(Second(7)));
        Assert.Equal(Second(0), state.Remaining(Second(100)));
    }

    [Fact]
    public void Rounds_of_earlier_processes_count_as_done_but_not_for_the_pace()
    {
        RunState resumed = RunState.Empty.After(Story.Start(SampleReports.Small, rounds: 10, committed: 7), Second(0));
        Assert.Equal(7, resumed.Committed);
        RunState state = Commit(resumed, 8, Second(3));
        Assert.Equal(8, state.Committed);
        Assert.Equal(Second(6), state.Remaining(Second(3)));
    }

    [Fact]
    public void A_new_round_or_attempt_sends_every_site_back_to_waiting_a_new_phase_does_not()
    {
        RunState busy = Started
            .After(new RunProgress.RoundChanged(1, RoundStage.Training, 1, 0, 3), Second(0))
            .After(new RunProgress.SiteChanged("east", SiteState.Accepted), Second(0));
        Assert.Equal(SiteState.Accepted, busy.After(new RunProgress.RoundChanged(1, RoundStage.Sealed, 1, 3, 3), Second(0)).Sites["east"].State);
        Assert.Equal(SiteState.Waiting, busy.After(new RunProgress.RoundChanged(1, RoundStage.Planned, 2, 0, 3), Second(0)).Sites["east"].State);
        Assert.Equal(SiteState.Waiting, busy.After(new RunProgress.RoundChanged(2, RoundStage.Planned, 1, 0, 3), Second(0)).Sites["east"].State);
    }

    [Fact]
    public void A_site_that_the_plan_does_not_name_is_passed_over() =>
        Assert.Equal(["east", "north", "west"], Started.After(new RunProgress.SiteChanged("stranger", SiteState.Accepted), Second(0)).Sites.Keys);

    [Fact]
    public void Only_the_latest_warnings_are_kept()
    {
        RunState state = Enumerable.Range(1, 9).Aggregate(Started, (before, k) => before.After(new RunProgress.Warning($"w{k}"), Second(0)));
        Assert.Equal(["w7", "w8", "w9"], state.Warnings);
    }

    private static TimeSpan Second(int seconds) => TimeSpan.FromSeconds(seconds);

    private static RunState Commit(RunState state, int round, TimeSpan now) => state.After(new RunProgress.RoundCommitted(SampleReports.Round(round, 0.5, 0.5, 0.5)), now);
}
