using System.Collections.Immutable;
using System.Diagnostics;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;
using Fed.Cluster.Journals;
using Fed.Cluster.Stores;
using Fed.Host.Configuration;
using Fed.Host.Export;
using Fed.Host.History;
using Fed.Host.Presentation;
using Fed.Host.Traffic;
using Fed.Host.Trainers;
using Fed.Learning.Program;

namespace Fed.Host.Simulation;

/// <summary>One federated job on this machine, from its plan to its outputs, in a data folder that the caller has locked.</summary>
internal sealed class FederatedRun(FedConfig config, SimulatedFederation federation, DataDirectory data, IRunObserver view, CancellationToken cancel)
{
    /// <summary>Where a test takes hold of the run.</summary>
    public RunHooks Hooks { get; init; } = RunHooks.None;

    /// <summary>The folder's last job that has not ended, or has ended without its outputs; null where there is none.</summary>
    public static JobHistory? Unfinished(DataDirectory data) => Jobs(data).LastOrDefault(job => !job.HasEnded || (job.State.Phase == JobPhase.Completed && !Outputs.Exist(data, job.Id)));

    /// <summary>The report of the folder's last job; null where none has ended with its outputs.</summary>
    public static RunReport? LastReport(DataDirectory data) =>
        Jobs(data).LastOrDefault(job => job.HasEnded && Outputs.Exist(data, job.Id)) is { } job ? Outputs.Read(data, job.Id) : null;

    /// <summary>Runs a new job, or carries one on.</summary>
    /// <param name="unfinished">The job to carry on with; null for a new one.</param>
    /// <returns>The report, and the folder in which it lies.</returns>
    /// <exception cref="UserException">The job failed, or is not the one that the configuration describes.</exception>
    public (RunReport Report, string Directory) Run(JobHistory? unfinished)
    {
        Stopwatch clock = Stopwatch.StartNew();
        using FederationHost host = NodeReader.Opened(() => new FederationHost(data, [.. federation.Sites.Select(static site => site.Site)], config, Hooks));
        JobPlan plan = federation.ToPlan(unfinished?.Id ?? NextId(host.Journal, config.Job.Name), host.Roster);
        string directory = data.Job(plan.Job.Value);
        if (unfinished is not null) RequireSamePlan(unfinished, plan, config.File);
        RequireSameData(directory, federation, unfinished is not null, config.File);
        host.CollectGarbage(unfinished?.Id);

        ServerLearning server = new(federation.Program);
        TrafficLog traffic = new(directory);
        RunMonitor monitor = new(view, TimeProvider.System, federation.Program.RoundSums[0].Schema.Length, plan.Aggregators ?? 0) { Checkpoint = () => traffic.Note(host.Traffic) };
        Announce(plan, unfinished);
        RunLog log = RunLog.Begin(directory);
        Digest initial = host.Blobs.Store(server.InitialState());
        ImmutableSortedDictionary<string, SiteTrainer> trainers = federation.Trainers(data, host.Logs);
        Action<JobPlan, Digest> submit = host.Start(plan.Job, server, site => Silo(site, trainers.GetValueOrDefault(site), monitor), trainers, monitor);
        submit(plan, initial);
        JobState ended = Wait(monitor);
        if (ended.Phase != JobPhase.Completed) throw Failed(plan.Job, ended);

        traffic.Note(host.Traffic);
        log.Close(clock.Elapsed);
        Outputs outputs = new(data, host, federation, config, monitor.RefusedCount, log, view, cancel);
        return (outputs.Write(plan.Job), directory);
    }

    /// <summary>What a job that failed ends its command with.</summary>
    public static UserException Failed(JobId job, JobState ended) => ended.Phase == JobPhase.Cancelled ? new UserException($"job {job} was {ended.Reason}") : Failed(job, ended.Reason ?? "");

    private static UserException Failed(JobId job, string reason) => reason.Contains(Fed.Actors.Shell.OpenedSum.Inconsistent, StringComparison.Ordinal)
        ? new JobSpoiltException($"job {job} failed: {reason}; nothing of that sum was published, and which site sent it cannot be told from a sum")
        : new UserException($"job {job} failed: {reason}");

    private SiloLearning Silo(string site, SiteTrainer? trainer, RunMonitor monitor) =>
        new(new SiloProgram(federation.Program, federation.Sites.First(s => s.Site == site)) { Watch = progress => monitor.Trained(site, progress), Trainer = trainer });

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
        return new JobId($"{Word(name)}-{count + 1}");
    }

    /// <summary>A job's name as it may stand in the name of a folder.</summary>
    public static string Word(string name)
    {
        string word = string.Concat(name.Take(24).Select(static c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-')).Trim('-');
        return word.Length > 0 ? word : "job";
    }

    private void Announce(JobPlan plan, JobHistory? unfinished)
    {
        ImmutableArray<SiteSamples> samples = [.. federation.Sites.Select(static site => new SiteSamples(site.Site, site.Train.Rows))];
        view.Observe(new RunProgress.RunStarted(
            plan.Job.Value, plan.Name, federation.Learning.Algorithm.Algorithm, Outputs.ModelName(federation), samples, plan.Rounds, Math.Max(0, unfinished?.State.Round ?? 0))
        {
            Protection = plan.Protection == ProtectionRules.Plain ? null : RoundsShow.Protection(plan),
        });
        if (federation.Notice is { } notice) view.Observe(new RunProgress.Warning(notice));
        foreach (string site in federation.Dropped) view.Observe(new RunProgress.Warning($"site {site} has no training rows and is left out"));
        foreach (SiteReport site in federation.SiteReports())
            foreach (string warning in site.Warnings) view.Observe(new RunProgress.Warning($"site {site.Name} {warning}"));
    }

    private JobState Wait(RunMonitor monitor)
    {
        TimeSpan limit = config.Node.ShutdownLimit;
        try
        {
            JobState ended = monitor.Ended.WaitAsync(cancel).GetAwaiter().GetResult();
            monitor.Settled.WaitAsync(limit, cancel).GetAwaiter().GetResult();
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
