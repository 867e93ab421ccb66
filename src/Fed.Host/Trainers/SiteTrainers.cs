using System.Collections.Concurrent;
using System.Collections.Immutable;
using Fed.Actors.Kernel;
using Fed.Actors.Protocol;
using Fed.Actors.Shell;
using Fed.Learning.External;
using Fed.Learning.Program;
using Microsoft.Extensions.Logging;

namespace Fed.Host.Trainers;

/// <summary>
/// The trainers that a site's own configuration names, at work for the jobs whose plans name them: a process is started with the first training of an approved plan, and ends with its job. Thread-safe.
/// </summary>
/// <param name="site">Name of the site.</param>
/// <param name="known">How it starts them, by the ids that plans may name. What is not here it never starts.</param>
/// <param name="folder">The site's folder for their processes, one below it for each job; nobody else's.</param>
/// <param name="time">The clock.</param>
/// <param name="log">The site's log.</param>
internal sealed partial class SiteTrainers(string site, ImmutableSortedDictionary<string, TrainerOptions> known, string folder, TimeProvider time, ILogger<SiteTrainer> log) : IDisposable
{
    private readonly ConcurrentDictionary<JobId, OfJob> _jobs = [];

    /// <summary>Why the site cannot train a model at all, as a clause; null where it knows the trainer.</summary>
    public string? Lack(ExternalModel model) => known.ContainsKey(model.Trainer) ? null
        : $"the plan's model is trained by '{model.Trainer}', and this site knows {(known.IsEmpty ? "no trainer" : $"{string.Join(", ", known.Keys)} only")}; node.trainer.{model.Trainer} of its configuration would say how to start it";

    /// <summary>Why the site does not start its trainer for this plan, as a clause; null where its files are those of the plan. They are compared again before each start.</summary>
    public string? Difference(ExternalModel model)
    {
        try
        {
            string own = TrainerFiles.Read(known[model.Trainer].Files).Sha256;
            return own == model.Sha256 ? null : $"the files of trainer '{model.Trainer}' have the SHA-256 {own} at this site, and the plan says {model.Sha256}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogUnreadable(log, site, model.Trainer, e.Message);   // where they lie is the site's own business: a refusal leaves it
            return $"the files of trainer '{model.Trainer}' cannot be read at this site; its log says why";
        }
    }

    /// <summary>The actor that the silo's node of a job starts as its child, whatever its plan will be; null at a site that knows no trainer.</summary>
    public Companion? CompanionOf(JobId job)
    {
        if (known.IsEmpty) return null;
        OfJob own = _jobs.GetOrAdd(job, static _ => new OfJob());
        return new Companion<TrainerSupervisor.Message>("trainer", TrainerStand.Props(() => own.Trainer!.Supervisor), stand => own.Stand = stand);
    }

    /// <summary>A job's trainer; null where the plan's model is one of ours, or the site does not know its trainer.</summary>
    /// <param name="job">A job whose silo's node has started.</param>
    /// <param name="plan">Its plan, approved.</param>
    public IExternalTrainer? Of(JobId job, LearningPlan plan)
    {
        if (plan.External is not { } model || !known.TryGetValue(model.Trainer, out TrainerOptions? options) || !_jobs.TryGetValue(job, out OfJob? own) || own.Stand is not { } stand) return null;
        return own.Trainer ??= new SiteTrainer(site, plan, new TrainerPlace(options, Path.Combine(folder, job.FileName)), time, log, stand);
    }

    /// <summary>A job is over: its process ends.</summary>
    public void End(JobId job)
    {
        if (_jobs.TryGetValue(job, out OfJob? own)) own.Stand?.Tell(new TrainerSupervisor.Message.End());
    }

    /// <summary>Waits until every process has gone; the actors have stopped by then.</summary>
    public void Dispose()
    {
        foreach (OfJob own in _jobs.Values) own.Trainer?.Dispose();
    }

    /// <summary>What belongs to one job. The stand is set when the silo's node starts, before it does anything, and the trainer before the first question.</summary>
    private sealed class OfJob
    {
        private volatile IActorRef<TrainerSupervisor.Message>? _stand;
        private volatile SiteTrainer? _trainer;

        public IActorRef<TrainerSupervisor.Message>? Stand { get => _stand; set => _stand = value; }

        public SiteTrainer? Trainer { get => _trainer; set => _trainer = value; }
    }

    [LoggerMessage(EventId = 5003, Level = LogLevel.Warning, Message = "site {Site}: trainer '{Trainer}' cannot be read: {Cause}")]
    private static partial void LogUnreadable(ILogger log, string site, string trainer, string cause);
}
