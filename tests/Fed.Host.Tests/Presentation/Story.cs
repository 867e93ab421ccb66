using Fed.Host.Presentation;

namespace Fed.Host.Tests.Presentation;

/// <summary>What a run of <see cref="SampleReports.Small"/> tells, with a failed attempt and a site that gives up.</summary>
internal static class Story
{
    public static RunProgress.RunStarted Start(RunReport report, int rounds = 30, int committed = 0) =>
        new(report.JobId, report.Name, report.Algorithm, report.Model, [.. report.Sites.Select(site => new SiteSamples(site.Name, site.TrainSamples))], rounds, committed);

    public static IEnumerable<RunProgress> Small { get; } =
    [
        Start(SampleReports.Small, rounds: 2),
        new RunProgress.Warning("site north: column 'age' is constant"),
        new RunProgress.RoundChanged(1, RoundStage.Training, 1, 0, 3),
        new RunProgress.SiteChanged("east", SiteState.Training, 50),
        new RunProgress.SiteChanged("east", SiteState.Accepted),
        new RunProgress.SiteChanged("north", SiteState.Accepted),
        new RunProgress.SiteChanged("west", SiteState.Accepted),
        new RunProgress.RoundCommitted(SampleReports.Small.Rounds[0]),
        new RunProgress.RoundChanged(2, RoundStage.Training, 1, 0, 3),
        new RunProgress.SiteChanged("east", SiteState.Absent),
        new RunProgress.SiteChanged("west", SiteState.Absent),
        new RunProgress.RoundChanged(2, RoundStage.Failed, 1, 1, 3),
        new RunProgress.RoundChanged(2, RoundStage.Failed, 1, 1, 3),
        new RunProgress.RoundChanged(2, RoundStage.Training, 2, 0, 3),
        new RunProgress.SiteChanged("west", SiteState.Refused),
        new RunProgress.RoundCommitted(SampleReports.Small.Rounds[1]),
        new RunProgress.Finished(SampleReports.Small, "fed-data/jobs/x"),
    ];
}
