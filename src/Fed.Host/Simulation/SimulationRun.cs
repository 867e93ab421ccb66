using System.Collections.Immutable;
using System.Diagnostics;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;
using Fed.Cluster.Journals;
using Fed.Cluster.Stores;
using Fed.Host.Commands;
using Fed.Host.Configuration;
using Fed.Host.Export;
using Fed.Host.History;
using Fed.Host.Presentation;
using Fed.Learning.Program;

namespace Fed.Host.Simulation;

/// <summary>The body of <c>fed simulate</c>: everything is read and checked first, then the federation runs, then its outputs are written.</summary>
internal static class SimulationRun
{
    public static int Run(SimulateOptions options, CommandContext context)
    {
        FedConfig config = FedConfig.Load(options.File);
        SimulatedFederation federation = SimulatedFederation.Load(config);
        DataDirectory data = new(context.Data ?? config.Node.DataDirectory ?? CommandContext.DefaultDataDirectory);
        using IDisposable hold = Acquire(data);
        JobHistory? unfinished = Unfinished(data, options);

        Stopwatch clock = Stopwatch.StartNew();
        using IRunObserver view = RunViews.Create(context.Json, context.Out, context.Error, TerminalProfile.Detect(), TimeProvider.System);
        using FederationHost host = NodeReader.Opened(() => new FederationHost(data, [.. federation.Sites.Select(static site => site.Site)], config));
        JobPlan plan = federation.ToPlan(unfinished?.Id ?? NextId(host.Journal, config.Job.Name), host.Roster);
        if (unfinished is not null) RequireSamePlan(unfinished, plan, options.File);
        RequireSameData(data.Job(plan.Job.Value), federation, unfinished is not null, options.File);
        host.CollectGarbage(unfinished?.Id);

        ServerLearning server = new(federation.Program);
        RunMonitor monitor = new(view, TimeProvider.System);
        Announce(view, federation, plan, unfinished);
        RunLog log = RunLog.Begin(data.Job(plan.Job.Value));
        Digest initial = host.Blobs.Store(server.InitialState());
        Action<JobPlan, Digest> submit = host.Start(plan.Job, server, site => new SiloLearning(new SiloProgram(federation.Program, federation.Sites.First(s => s.Site == site))), monitor);
        submit(plan, initial);
        JobState ended = Wait(monitor, config.Node.ShutdownLimit, data, context);
        if (ended.Phase == JobPhase.Failed) throw new UserException($"job {plan.Job} failed: {ended.Reason}");

        log.Close(clock.Elapsed);
        Outputs outputs = new(data, host, federation, config, monitor.RefusedCount, log);
        RunReport report = outputs.Write(plan.Job);
        view.Observe(new RunProgress.Finished(report, Path.GetRelativePath(Directory.GetCurrentDirectory(), data.Job(plan.Job.Value))));
        return ExitCodes.Success;
    }

    private static IDisposable Acquire(DataDirectory data)
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
    private static JobHistory? Unfinished(DataDirectory data, SimulateOptions options)
    {
        JobHistory? open = Jobs(data).LastOrDefault(job => !job.HasEnded || (job.State.Phase == JobPhase.Completed && !Outputs.Exist(data, job.Id)));
        return (open, options.Resume) switch
        {
            (null, true) => throw new UserException($"'{data.Root}' holds no unfinished job; leave --resume out to start one"),
            ({ } job, false) => throw new UserException($"job {job.Id} in '{data.Root}' is unfinished; carry on with it: ./fed simulate {options.File} --resume (or name another folder with --data)"),
            _ => open,
        };
    }

    private static ImmutableArray<JobHistory> Jobs(DataDirectory data)
    {
        if (!data.Exists) return [];
        try
        {
            using IDisposable? reader = NodeReader.Open(data, out IJournalReader journal);
            return NodeReader.Damaged(() => JobHistory.ReadAll(journal));
        }
        catch (JournalEmptyException) when (data.Sites().IsEmpty)
        {
            return [];   // a process was killed as it created its first file; this one goes on from there
        }
        catch (JournalEmptyException e)
        {
            throw new IOException($"'{data.Node.Journal}' is empty, but sites have worked with it: it was cut; restore it from a backup, or name another folder with --data", e);
        }
    }

    private static void RequireSamePlan(JobHistory unfinished, JobPlan plan, string file)
    {
        if (plan.ComputeHash() == unfinished.State.Planned!.Hash) return;
        throw new UserException($"{file} no longer gives the plan of job {unfinished.Id}; resume with the configuration and data that it began with, or start a new job in another folder with --data");
    }

    /// <summary>Notes the data's fingerprint beside the job at its start, and compares with it later.</summary>
    private static void RequireSameData(string jobDirectory, SimulatedFederation federation, bool isResumed, string file)
    {
        string path = Path.Combine(jobDirectory, "data.sha256"), now = federation.DataFingerprint().ToString();
        if (!isResumed || !File.Exists(path)) AtomicFile.WriteText(path, now + "\n");
        else if (File.ReadAllText(path).Trim() != now) throw new UserException($"the data that {file} names have changed since job {Path.GetFileName(jobDirectory)} began; resume with the same rows, or start a new job in another folder with --data");
    }

    private static JobId NextId(IJournalReader journal, string name)
    {
        string prefix = FederationNodes.JobLog(new JobId(""));
        int count = journal.PersistenceIds().Count(id => id.StartsWith(prefix, StringComparison.Ordinal));
        string word = string.Concat(name.Take(24).Select(static c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-')).Trim('-');
        return new JobId($"{(word.Length > 0 ? word : "job")}-{count + 1}");
    }

    private static void Announce(IRunObserver view, SimulatedFederation federation, JobPlan plan, JobHistory? unfinished)
    {
        ImmutableArray<SiteSamples> samples = [.. federation.Sites.Select(static site => new SiteSamples(site.Site, site.Train.Rows))];
        view.Observe(new RunProgress.RunStarted(
            plan.Job.Value, plan.Name, federation.Learning.Algorithm.Algorithm, Outputs.ModelName(federation), samples, plan.Rounds, Math.Max(0, unfinished?.State.Round ?? 0)));
        foreach (string site in federation.Dropped) view.Observe(new RunProgress.Warning($"site {site} has no training rows and is left out"));
        foreach (SiteReport site in federation.SiteReports())
            foreach (string warning in site.Warnings) view.Observe(new RunProgress.Warning($"site {site.Name} {warning}"));
    }

    private static JobState Wait(RunMonitor monitor, TimeSpan limit, DataDirectory data, CommandContext context)
    {
        try
        {
            JobState ended = monitor.Ended.WaitAsync(context.Cancel).GetAwaiter().GetResult();
            monitor.Settled.WaitAsync(limit, context.Cancel).GetAwaiter().GetResult();
            return ended;
        }
        catch (TimeoutException e)
        {
            throw new IOException($"the rounds are done, but some sites have not journaled their receipts of the last one within {limit.TotalSeconds:0} s; fetch them with --resume", e);
        }
        catch (NodeFaultException e)
        {
            throw new IOException($"{e.Message}. What was committed is safe in '{data.Root}'; mend the cause and carry on with --resume", e);
        }
    }
}
