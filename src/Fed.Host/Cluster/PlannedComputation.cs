using System.Text;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Host.Simulation;
using Fed.Learning.Data;
using Fed.Learning.External;
using Fed.Learning.Program;
using Microsoft.Extensions.Logging;

namespace Fed.Host.Cluster;

/// <summary>A site's half of whatever plan the site has approved: the plan is known when it is on the site's disk, and not before.</summary>
/// <param name="rows">The site's rows.</param>
/// <param name="trainer">The site's trainer for a plan whose model is an external one; null where it has none, or the model is one of ours.</param>
/// <param name="job">The job.</param>
/// <param name="log">Where each computation is noted when it begins: what is computed twice shows there.</param>
internal sealed partial class PlannedComputation(SiteData rows, Func<LearningPlan, IExternalTrainer?> trainer, JobId job, ILogger log) : ILocalComputation
{
    private readonly Lock _gate = new();
    private volatile JobPlan? _plan;
    private SiloLearning? _learning;

    /// <summary>The approved plan.</summary>
    public JobPlan? Plan { get => _plan; set => _plan = value; }

    /// <inheritdoc/>
    public bool KeepsSiloState => Learning().KeepsSiloState;

    /// <inheritdoc/>
    public LocalResult Compute(LocalRequest request, Action<int> progressPercent, CancellationToken cancel)
    {
        LogComputes(job.Value, request.Round, request.Sum);
        return Learning().Compute(request, progressPercent, cancel);
    }

    /// <inheritdoc/>
    public byte[]? NextSiloState(LocalRequest request, LocalResult result, ReadOnlySpan<double> contributed) => Learning().NextSiloState(request, result, contributed);

    /// <summary>Why rows and plan do not go together; null where they do.</summary>
    public static string? Objection(JobPlan plan, SiteData rows)
    {
        try
        {
            _ = Make(plan, rows, static _ => null);
            return null;
        }
        catch (Exception unfit) when (unfit is DataException or ProgramException or ArgumentException)
        {
            return unfit.Message.TrimEnd('.');
        }
    }

    private SiloLearning Learning()
    {
        lock (_gate)
        {
            try
            {
                return _learning ??= Make(_plan ?? throw new LocalComputationException("the site has approved no plan"), rows, trainer);
            }
            catch (Exception unfit) when (unfit is DataException or ProgramException or ArgumentException)
            {
                throw new LocalComputationException(unfit.Message, unfit);
            }
        }
    }

    private static SiloLearning Make(JobPlan plan, SiteData rows, Func<LearningPlan, IExternalTrainer?> trainer)
    {
        LearningPlan learning = LearningPlan.FromJson(Encoding.UTF8.GetBytes(plan.Program));
        if (learning.Check() is { } problem) throw new ProgramException(problem);
        return new SiloLearning(new SiloProgram(new FederatedProgram(learning), rows) { Trainer = trainer(learning) });
    }

    [LoggerMessage(5181, LogLevel.Information, "computes for {Job}: round {Round}, {Sum}")]
    private partial void LogComputes(string job, int round, string sum);
}
