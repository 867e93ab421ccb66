using System.Collections.Concurrent;
using Fed.Actors.Kernel;
using Fed.Actors.Shell;
using Fed.Learning.External;
using Fed.Learning.Program;
using Fed.Learning.Training;
using Fed.Trainer;
using Microsoft.Extensions.Logging;

namespace Fed.Host.Trainers;

/// <summary>
/// A site's trainer as its learning program sees it. The program runs on a worker and waits here, while the silo's actors start, watch and restart the process.
/// </summary>
internal sealed partial class SiteTrainer : IExternalTrainer, IDisposable
{
    private readonly string _site;
    private readonly LearningPlan _plan;
    private readonly ExternalModel _model;
    private readonly TrainerPlace _place;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ConcurrentBag<TrainerSession> _sessions = [];
    private IActorRef<TrainerSupervisor.Message>? _supervisor;

    /// <summary>Starts nothing yet.</summary>
    /// <param name="site">Name of the site.</param>
    /// <param name="plan">A plan with an external model.</param>
    /// <param name="place">How the site starts the trainer.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The site's log.</param>
    /// <param name="stand">Whom it asks, where an actor stands for the supervisor already; null where <see cref="Companion"/> is started.</param>
    public SiteTrainer(string site, LearningPlan plan, TrainerPlace place, TimeProvider time, ILogger log, IActorRef<TrainerSupervisor.Message>? stand = null)
    {
        (_site, _plan, _place, _time, _log, _supervisor) = (site, plan, place, time, log, stand);
        _model = plan.External ?? throw new ArgumentException("the plan's model is one of ours", nameof(plan));
    }

    /// <summary>The actor that the silo's node starts as its child.</summary>
    public Companion Companion => new Companion<TrainerSupervisor.Message>("trainer", Supervisor, actor => Volatile.Write(ref _supervisor, actor));

    /// <summary>The recipe of the process's supervisor.</summary>
    public Props<TrainerSupervisor.Message> Supervisor => TrainerSupervisor.Props(Session, _place.Options, cause => Failed(_log, _site, _model.Trainer, cause.Message));

    /// <inheritdoc/>
    public LocalReport Train(TrainerRows rows, int round, LocalWork work, Span<double> parameters)
    {
        double[] start = parameters.ToArray();
        (double[] Parameters, LocalReport Report)? trained = null;
        Ask(new TrainerJob(rows, talk => trained = talk.Train(_model.Tensors, round, work, _plan.L2, start)), work.Cancel);
        (double[] result, LocalReport report) = trained!.Value;
        result.CopyTo(parameters);
        return report;
    }

    /// <inheritdoc/>
    public TrainerSums Evaluate(TrainerRows rows, ReadOnlyMemory<double> parameters, Action<int> progressPercent, CancellationToken cancel)
    {
        TrainerSums? sums = null;
        Ask(new TrainerJob(rows, talk => sums = talk.Evaluate(_model, _plan.EvaluationBins, parameters.Span, progressPercent)), cancel);
        return sums!;
    }

    /// <summary>Waits until every process has gone; the actors have stopped by then.</summary>
    public void Dispose()
    {
        foreach (TrainerSession session in _sessions)
        {
            session.Dispose();
            session.Join();
        }
    }

    private void Ask(TrainerJob job, CancellationToken cancel)
    {
        IActorRef<TrainerSupervisor.Message> supervisor = Volatile.Read(ref _supervisor) ?? throw new TrainerException("its actor has not been started");
        using CancellationTokenRegistration leave = cancel.Register(() => supervisor.Tell(new TrainerSupervisor.Message.Leave(job)));
        supervisor.Tell(new TrainerSupervisor.Message.Ask(job));
        job.Done.GetAwaiter().GetResult();
    }

    private TrainerSession Session()
    {
        TrainerSession session = new(_place, _model.Sha256, Greet, new TrainerWords(line => Said(_log, _site, _model.Trainer, line), _time), _time);
        _sessions.Add(session);
        return session;
    }

    private void Greet(TrainerTalk talk)
    {
        talk.Hello(_model.Trainer);
        TrainerDescription own = talk.Describe(new Problem(_model.Task, _plan.Classes, _plan.Features, _model.Settings));
        if (TrainerProbe.Difference(own.Tensors, _model.Tensors) is { } difference) throw new TrainerException($"its model is not the plan's: {difference}");
        if (TrainerProbe.Lack(own.Abilities, _plan) is { } lack) throw new TrainerException(lack);
    }

    [LoggerMessage(EventId = 5001, Level = LogLevel.Warning, Message = "site {Site}: trainer '{Trainer}' failed: {Cause}")]
    private static partial void Failed(ILogger log, string site, string trainer, string cause);

    [LoggerMessage(EventId = 5002, Level = LogLevel.Information, Message = "site {Site}: trainer '{Trainer}' says: {Line}")]
    private static partial void Said(ILogger log, string site, string trainer, string line);
}
