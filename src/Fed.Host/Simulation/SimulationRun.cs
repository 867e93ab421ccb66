using Fed.Cluster.Stores;
using Fed.Host.Commands;
using Fed.Host.Configuration;
using Fed.Host.History;
using Fed.Host.Presentation;

namespace Fed.Host.Simulation;

/// <summary>The body of <c>fed simulate</c>: everything is read and checked first, then the federation (or the run without one) runs, then its outputs are written.</summary>
internal static class SimulationRun
{
    public static int Run(SimulateOptions options, CommandContext context)
    {
        FedConfig config = FedConfig.Load(options.File);
        SimulatedFederation federation = SimulatedFederation.Load(config, context.Cancel);
        DataDirectory data = new(context.Data ?? config.Node.DataDirectory ?? CommandContext.DefaultDataDirectory);
        using IDisposable hold = Acquire(data);
        if (config.Job.Kind != RunKind.Federated && options.Resume)
            throw new UserException($"a run with job.algorithm = {config.Job.AlgorithmName} keeps no journal to resume from; start it again without --resume");
        JobHistory? unfinished = config.Job.Kind == RunKind.Federated ? ToResume(data, options) : null;

        if (options.ContributorsFrom is { } place) federation.Repeat(config.Job.Kind == RunKind.Federated
            ? EarlierContributors.Read(place, config.Job.Rounds, context)
            : throw new UserException($"a run with job.algorithm = {config.Job.AlgorithmName} has no contributors to repeat; leave --contributors-from out"));
        else if (unfinished?.Plan.Contributors is { } stated) federation.Repeat(stated);   // a resumed job keeps to its plan

        using IRunObserver view = RunViews.Create(context.Json, context.Out, context.Error, TerminalProfile.Detect(), TimeProvider.System);
        (RunReport report, string directory) = config.Job.Kind == RunKind.Federated
            ? new FederatedRun(config, federation, data, view, context.Cancel).Run(unfinished)
            : new CentralRun(config, federation, data, view, context.Cancel).Run();
        view.Observe(new RunProgress.Finished(report, Path.GetRelativePath(Directory.GetCurrentDirectory(), directory)));
        return ExitCodes.Success;
    }

    /// <summary>Takes the right to write to a data folder, and says what to do where it cannot be had.</summary>
    public static IDisposable Acquire(DataDirectory data)
    {
        if (File.Exists(data.Root)) throw new UserException($"'{data.Root}' is a file; name a folder with --data");
        try
        {
            return data.Acquire();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"cannot write to '{data.Root}': {e.Message.TrimEnd('.')}; name a folder that can be written with --data", e);
        }
        catch (DataDirectoryInUseException e)
        {
            throw new UserException(e.Message, e);
        }
    }

    /// <summary>The job to carry on with; null for a new one.</summary>
    private static JobHistory? ToResume(DataDirectory data, SimulateOptions options) => (FederatedRun.Unfinished(data), options.Resume) switch
    {
        (null, true) => throw new UserException($"'{data.Root}' holds no unfinished job; leave --resume out to start one"),
        ({ } job, false) => throw new UserException($"job {job.Id} in '{data.Root}' is unfinished; carry on with it: ./fed simulate {options.File} --resume (or name another folder with --data)"),
        (var open, _) => open,
    };
}
