using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Fed.Host.Traffic;

namespace Fed.Host.Presentation;

/// <summary>
/// Everything that a finished run tells: the content of <c>report.json</c>, and the only source of <c>report.html</c> and of the closing summary.
/// Fields are written in the order in which they are declared; new ones are added at the end of their record and are optional, so that old reports stay readable.
/// </summary>
internal sealed record RunReport
{
    /// <summary>The version that <see cref="ReportJson"/> writes and the highest that it reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Rises when a reader of an older version would misunderstand the file.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The job's id: also the name of its folder.</summary>
    public required string JobId { get; init; }

    /// <summary>The job's name from its plan; free text.</summary>
    public required string Name { get; init; }

    /// <summary>SHA-256 of the plan, 64 lower-case hexadecimal digits.</summary>
    public required string PlanHash { get; init; }

    /// <summary><c>fedavg</c>, <c>fedsgd</c> ...</summary>
    public required string Algorithm { get; init; }

    /// <summary><c>logistic</c>, <c>linear</c>, <c>softmax</c> ...</summary>
    public required string Model { get; init; }

    /// <summary>When the first process started the job.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When the report was made.</summary>
    public required DateTimeOffset Finished { get; init; }

    /// <summary>Seconds that processes worked on the job, baselines included; time between a crash and the resume is not counted.</summary>
    public required double ElapsedSeconds { get; init; }

    /// <summary>The plan's sites, in ordinal order of their names.</summary>
    public required ImmutableArray<SiteReport> Sites { get; init; }

    /// <summary>The committed rounds, from 1.</summary>
    public required ImmutableArray<RoundReport> Rounds { get; init; }

    /// <summary>The model that the last round left.</summary>
    public required FinalReport Final { get; init; }

    /// <summary>What the same data gives without a federation.</summary>
    public required BaselinesReport Baselines { get; init; }

    /// <summary>Where it ran: the part of the answer to "why do my bits differ".</summary>
    public required EnvironmentReport Environment { get; init; }

    /// <summary>How much work the whole job took, over all its processes.</summary>
    public required CountsReport Counts { get; init; }

    /// <summary><c>pooled</c> or <c>local-only</c> for a run without a federation; else null, and then not written.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? WithoutFederation { get; init; }

    /// <summary>One sentence that must stand beside every figure of this run, such as that rows left their sites; else null, and then not written.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Notice { get; init; }

    /// <summary>How contributions were protected; null where they travelled as they are, and then not written.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ProtectionReport? Protection { get; init; }

    /// <summary>Bytes between sites and servers by phase, messages and blobs, over all processes; null where they were not counted, and then not written.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TrafficReport? Traffic { get; init; }
}

/// <summary>The plan's protection.</summary>
/// <param name="Mode"><c>secagg</c> or <c>ckks</c>.</param>
/// <param name="Colluding">Sites assumed to collude with the server.</param>
/// <param name="MinimumContributors">Contributors without which nothing was opened.</param>
/// <param name="Verification">How openers verified sums; null where masks cancel in the right sum only.</param>
internal sealed record ProtectionReport(string Mode, int Colluding, int MinimumContributors, string? Verification);

/// <summary>Counted bytes.</summary>
/// <param name="UpPerSite">Mean over the sites.</param>
/// <param name="DownPerSite">Mean over the sites.</param>
/// <param name="Phases">In the order in which a round goes through them.</param>
internal sealed record TrafficReport(long UpPerSite, long DownPerSite, ImmutableArray<PhaseTraffic> Phases);

/// <summary>One site's data.</summary>
/// <param name="Name">The site's name from the plan; free text, possibly hostile.</param>
/// <param name="TrainSamples">Rows used for training.</param>
/// <param name="TestSamples">Rows used for evaluation only.</param>
/// <param name="Classes">Training rows by class label, ordinal order; empty for regression.</param>
/// <param name="Warnings">Sentences about its data (one class only, a constant column).</param>
internal sealed record SiteReport(
    string Name, long TrainSamples, long TestSamples, ImmutableSortedDictionary<string, long> Classes, ImmutableArray<string> Warnings);

/// <summary>One committed round. Metrics are null where they are undefined.</summary>
internal sealed record RoundReport
{
    /// <summary>From 1.</summary>
    public required int Round { get; init; }

    /// <summary>SHA-256 of the parameters as little-endian float64, 64 lower-case hexadecimal digits.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>Mean loss on the sites' test rows.</summary>
    public double? Loss { get; init; }

    /// <summary>Names of the sites in the sum, ordinal order.</summary>
    public required ImmutableArray<string> Contributors { get; init; }

    /// <summary>Share of test rows classified correctly, in [0, 1].</summary>
    public double? Accuracy { get; init; }

    /// <summary>Area under the ROC curve on the test rows, in [0, 1].</summary>
    public double? Auc { get; init; }

    /// <summary>Mean loss on the training rows.</summary>
    public double? TrainLoss { get; init; }

    /// <summary>Attempts that the round took, at least 1.</summary>
    public int Attempts { get; init; } = 1;

    /// <summary>Bytes of accepted updates, all sites together.</summary>
    public long BytesUp { get; init; }

    /// <summary>From planned to committed, all attempts.</summary>
    public double Seconds { get; init; }

    /// <summary>Root mean squared error on the test rows, in the target's unit; regression only.</summary>
    public double? Rmse { get; init; }

    /// <summary>Harrell's C over the pairs of test rows within a site, in [0, 1]; survival only, and else not written.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Concordance { get; init; }

    /// <summary>Under a protection, sites that left in each phase of the round, over its sums and attempts; null where nobody did, and then not written.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableSortedDictionary<string, ImmutableArray<string>>? Left { get; init; }
}

/// <summary>The final federated model, measured on the same test rows as the baselines.</summary>
internal sealed record FinalReport
{
    /// <inheritdoc cref="RoundReport.Accuracy"/>
    public double? Accuracy { get; init; }

    /// <inheritdoc cref="RoundReport.Auc"/>
    public double? Auc { get; init; }

    /// <inheritdoc cref="RoundReport.Loss"/>
    public double? Loss { get; init; }

    /// <inheritdoc cref="RoundReport.ModelSha256"/>
    public required string ModelSha256 { get; init; }

    /// <summary>Committed rounds.</summary>
    public required int Rounds { get; init; }

    /// <summary>What ended the job: <c>rounds</c> when the planned number was reached, else the name of the stopping rule.</summary>
    public required string StoppedBy { get; init; }

    /// <inheritdoc cref="RoundReport.Rmse"/>
    public double? Rmse { get; init; }

    /// <inheritdoc cref="RoundReport.Concordance"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Concordance { get; init; }
}

/// <summary>The two comparisons from the same data.</summary>
/// <param name="Pooled">All training rows in one place.</param>
/// <param name="Alone">Each site by itself, in ordinal order of the names, on the shared test rows.</param>
internal sealed record BaselinesReport(BaselineReport Pooled, ImmutableArray<BaselineReport> Alone)
{
    /// <summary>Where a run was asked for none.</summary>
    public static BaselinesReport None { get; } = new(new BaselineReport { Reason = "not computed" }, []);

    /// <summary>True where no baseline was computed.</summary>
    [JsonIgnore]
    public bool IsEmpty => Alone.IsEmpty && Pooled is { Loss: null, Reason: not null };
}

/// <summary>A model trained without the federation.</summary>
internal sealed record BaselineReport
{
    /// <summary>The site; null for the pooled one.</summary>
    public string? Site { get; init; }

    /// <inheritdoc cref="RoundReport.Accuracy"/>
    public double? Accuracy { get; init; }

    /// <inheritdoc cref="RoundReport.Auc"/>
    public double? Auc { get; init; }

    /// <inheritdoc cref="RoundReport.Loss"/>
    public double? Loss { get; init; }

    /// <inheritdoc cref="RoundReport.TrainLoss"/>
    public double? TrainLoss { get; init; }

    /// <summary>Why metrics are null, one clause (<c>one class only</c>); null where nothing is missing.</summary>
    public string? Reason { get; init; }

    /// <inheritdoc cref="RoundReport.Rmse"/>
    public double? Rmse { get; init; }

    /// <inheritdoc cref="RoundReport.Concordance"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Concordance { get; init; }
}

/// <summary>The machine and the binary.</summary>
/// <param name="Version">Version of <c>fed</c>.</param>
/// <param name="Runtime">As <see cref="System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription"/>.</param>
/// <param name="OperatingSystem">As <see cref="System.Runtime.InteropServices.RuntimeInformation.OSDescription"/>.</param>
/// <param name="SimdClass">Widest vector instructions in use (<c>avx512</c>, <c>avx2</c>, <c>scalar</c> ...): models are bit-identical within one class.</param>
/// <param name="Processors">Logical processors that the process saw.</param>
/// <param name="Workers">Threads that trained.</param>
internal sealed record EnvironmentReport(string Version, string Runtime, string OperatingSystem, string SimdClass, int Processors, int Workers);

/// <summary>Work done, from the journal, so that a resumed job counts like an undisturbed one.</summary>
/// <param name="RoundsCommitted">Rounds that count.</param>
/// <param name="RoundsFailed">Attempts that failed before the sum was sealed.</param>
/// <param name="LocalTrainings">Training results that sites computed.</param>
/// <param name="UpdatesAccepted">Updates that entered a sum.</param>
/// <param name="UpdatesRefused">Late, foreign, stale or conflicting updates.</param>
/// <param name="ClippedEntries">Vector entries outside the grid, clipped by sites.</param>
/// <param name="JournalEvents">Events on disk.</param>
/// <param name="BytesUp">From sites, accepted or not.</param>
/// <param name="BytesDown">To sites.</param>
/// <param name="Resumes">How often the job was carried on after its process ended.</param>
internal sealed record CountsReport(
    long RoundsCommitted, long RoundsFailed, long LocalTrainings, long UpdatesAccepted, long UpdatesRefused, long ClippedEntries, long JournalEvents,
    long BytesUp, long BytesDown, int Resumes);
