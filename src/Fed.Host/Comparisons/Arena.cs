using Fed.Cluster.Stores;
using Fed.Host.Configuration;
using Fed.Host.Export;
using Fed.Host.History;
using Fed.Host.Presentation;
using Fed.Host.Simulation;

namespace Fed.Host.Comparisons;

/// <summary>
/// Makes runs, each in a data folder of its own that is named by what decides its result. A run that has finished there is not made again, and one that was interrupted is carried on.
/// </summary>
/// <param name="root">Folder of all runs.</param>
/// <param name="cancel">Ends the run that is under way; it can be carried on.</param>
internal sealed class Arena(string root, CancellationToken cancel)
{
    private const string OutcomeFile = "outcome.json";
    private const int FingerprintDigits = 10;

    /// <summary>The folder of a run; a data folder like any other, for <c>fed rounds list --data</c> and the rest.</summary>
    public string FolderOf(Contender run) => Path.Combine(root, run.Entry, $"{run.Label}-{run.Fingerprint[..FingerprintDigits]}");

    /// <summary>What a run came to if it was made before; null where it was not.</summary>
    public RunOutcome? Known(Contender run)
    {
        string file = Path.Combine(FolderOf(run), OutcomeFile);
        return File.Exists(file) ? ComparisonJson.ReadOutcome(File.ReadAllText(file)) : null;
    }

    /// <summary>Makes a run, or carries it on.</summary>
    /// <param name="run">One that is not <see cref="Known"/>.</param>
    /// <param name="view">Told of its progress.</param>
    /// <returns>What it came to; also a failure is kept, as it would only repeat itself.</returns>
    /// <exception cref="IOException">The machine failed it, not its settings.</exception>
    public RunOutcome Make(Contender run, IRunObserver view)
    {
        DataDirectory data = new(FolderOf(run));
        using IDisposable hold = SimulationRun.Acquire(data);
        Footprint footprint = Footprint.Start();
        RunReport? report = null;
        string? failure = null;
        try
        {
            report = Report(run, data, view);
        }
        catch (UserException e)
        {
            failure = e.Message;
        }

        RunOutcome outcome = new() { Report = report, Failure = failure, Seconds = report?.ElapsedSeconds ?? footprint.Seconds, CpuSeconds = footprint.CpuSeconds, PeakMemoryBytes = Footprint.PeakBytes() };
        AtomicFile.WriteText(Path.Combine(data.Root, OutcomeFile), ComparisonJson.Write(outcome));
        return outcome;
    }

    private RunReport Report(Contender run, DataDirectory data, IRunObserver view)
    {
        SimulatedFederation federation = SimulatedFederation.Load(run.Config, cancel);
        if (run.Config.Job.Kind != RunKind.Federated) return new CentralRun(run.Config, federation, data, view, cancel).Run().Report;
        JobHistory? unfinished = FederatedRun.Unfinished(data);
        if (unfinished is null && FederatedRun.LastReport(data) is { } finished) return finished;   // ended between its report and its outcome
        return new FederatedRun(run.Config, federation, data, view, cancel).Run(unfinished).Report;
    }
}
