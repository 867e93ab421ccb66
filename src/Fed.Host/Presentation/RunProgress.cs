using System.Collections.Immutable;

namespace Fed.Host.Presentation;

/// <summary>What a run tells while it runs. Immutable; each case says all that it is about, so that a view may skip any of them but the latest.</summary>
internal abstract record RunProgress
{
    private protected RunProgress()
    {
    }

    /// <summary>First of all. Sent once per process, also by a resumed one.</summary>
    /// <param name="JobId">The job's id.</param>
    /// <param name="Name">The job's name.</param>
    /// <param name="Algorithm"><c>fedavg</c> ...</param>
    /// <param name="Model"><c>logistic</c> ...</param>
    /// <param name="Sites">In ordinal order of the names.</param>
    /// <param name="Rounds">Rounds that the plan allows at most.</param>
    /// <param name="Committed">Rounds committed by earlier processes; 0 for a new job.</param>
    internal sealed record RunStarted(
        string JobId, string Name, string Algorithm, string Model, ImmutableArray<SiteSamples> Sites, int Rounds, int Committed = 0) : RunProgress
    {
        /// <summary>Under which protection, with what it assumes; null in plain mode.</summary>
        public string? Protection { get; init; }
    }

    /// <summary>A site did something.</summary>
    /// <param name="Site">Its name; one of <see cref="RunStarted.Sites"/>.</param>
    /// <param name="State">What it does now.</param>
    /// <param name="Percent">Share of the local work done, 0 to 100; meaningful in <see cref="SiteState.Training"/>.</param>
    internal sealed record SiteChanged(string Site, SiteState State, int Percent = 0) : RunProgress;

    /// <summary>How a site's own training goes, a few times a second at most. Only a simulation can show it: between institutions a percentage is all that leaves a site.</summary>
    /// <param name="Site">Its name; one of <see cref="RunStarted.Sites"/>.</param>
    /// <param name="Epoch">Passes over its rows begun, from 1.</param>
    /// <param name="Batch">Batches of this pass done.</param>
    /// <param name="Loss">Objective of the last batch.</param>
    /// <param name="RowsPerSecond">Since this training began.</param>
    internal sealed record SiteTrained(string Site, int Epoch, int Batch, double Loss, double RowsPerSecond) : RunProgress;

    /// <summary>The rounds are over; the same data are trained on without a federation, to compare with.</summary>
    /// <param name="Done">Models trained: all rows pooled, and each site alone.</param>
    /// <param name="Total">Models to train.</param>
    internal sealed record BaselinesChanged(int Done, int Total) : RunProgress;

    /// <summary>A site that trains by itself, without a federation, is done.</summary>
    /// <param name="Model">What it came to.</param>
    internal sealed record SiteDone(BaselineReport Model) : RunProgress;

    /// <summary>The round moved on.</summary>
    /// <param name="Round">From 1; 0 is start-up (counts, means, scales).</param>
    /// <param name="Phase">Where it is now.</param>
    /// <param name="Attempt">From 1.</param>
    /// <param name="Accepted">Updates in the sum so far.</param>
    /// <param name="Target">Updates that close the round.</param>
    internal sealed record RoundChanged(int Round, RoundStage Phase, int Attempt, int Accepted, int Target) : RunProgress;

    /// <summary>A round is on disk and counts.</summary>
    /// <param name="Round">As the report will show it.</param>
    internal sealed record RoundCommitted(RoundReport Round) : RunProgress;

    /// <summary>Something that the user should know; the run goes on.</summary>
    /// <param name="Text">One sentence.</param>
    internal sealed record Warning(string Text) : RunProgress;

    /// <summary>Last of all, when the report is written.</summary>
    /// <param name="Report">The whole result.</param>
    /// <param name="Directory">Folder of report.json, report.html and the model, as the user should see it.</param>
    internal sealed record Finished(RunReport Report, string Directory) : RunProgress;
}

/// <summary>A site and how many rows it brings.</summary>
/// <param name="Name">The site's name; free text.</param>
/// <param name="TrainSamples">Rows used for training.</param>
internal sealed record SiteSamples(string Name, long TrainSamples);

/// <summary>What a site is doing in the current round.</summary>
internal enum SiteState
{
    /// <summary>Nothing asked of it yet, or not selected in this round.</summary>
    Waiting,

    /// <summary>Computing.</summary>
    Training,

    /// <summary>Its update is on the way or waits for an answer.</summary>
    Uploaded,

    /// <summary>Its update is in the sum.</summary>
    Accepted,

    /// <summary>Its update was refused.</summary>
    Refused,

    /// <summary>It did not answer in time, or cannot take part.</summary>
    Absent,
}

/// <summary>A round's phase in the words of the protocol.</summary>
internal enum RoundStage
{
    /// <summary>Sites make a key together, before the first round or between two; under CKKS only.</summary>
    Keying,

    /// <summary>Sites are chosen.</summary>
    Planned,

    /// <summary>Sites compute.</summary>
    Training,

    /// <summary>Sites share secrets among each other; under secure aggregation only.</summary>
    Sharing,

    /// <summary>Sites mask their updates; under secure aggregation only.</summary>
    Masking,

    /// <summary>Sites upload the ciphertexts to which they have committed; under CKKS only.</summary>
    Encrypting,

    /// <summary>Updates arrive.</summary>
    Collecting,

    /// <summary>The sum is fixed.</summary>
    Sealed,

    /// <summary>Contributors sign the list of who is in the sum; under a protection only.</summary>
    Confirming,

    /// <summary>Those who will open the sum make sure of it; under CKKS only.</summary>
    Verifying,

    /// <summary>The sum is being opened.</summary>
    Opening,

    /// <summary>The next model is on disk.</summary>
    Committed,

    /// <summary>The attempt failed; another may follow.</summary>
    Failed,
}
