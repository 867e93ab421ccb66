using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;
using Fed.Host.Commands;
using Fed.Host.History;
using Fed.Host.Presentation;
using Fed.Host.Simulation;
using Fed.Learning.Program;

namespace Fed.Host.Cluster;

/// <summary>Follows a job in the federation's database to its end, whoever leads, and writes the same outputs as a simulation.</summary>
internal sealed class JobWatch(ClusterReader cluster, JobId job, IRunObserver view, CancellationToken cancel)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly long[] _partsRead = new long[AggregatorTree.PartsMax];
    private long _jobRead, _roundRead, _aggregationRead;

    /// <summary>Shows a job until it ends.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="job">The job.</param>
    /// <param name="labels">Class labels of its target.</param>
    /// <param name="context">Of the command.</param>
    /// <exception cref="UserException">The job failed.</exception>
    public static int Run(ClusterReader cluster, JobId job, ImmutableArray<string> labels, CommandContext context)
    {
        TextWriter told = context.Json ? context.Error : context.Out;
        JobState begun = Begun(cluster.Journal, job, () => told.WriteLine($"job {job} waits for its turn; it goes on without this command too"), context.Cancel);
        if (begun.IsOver && begun.Planned is null) throw FederatedRun.Failed(job, begun);
        using IRunObserver view = RunViews.Create(context.Json, context.Out, context.Error, TerminalProfile.Detect(), TimeProvider.System);
        JobState ended = new JobWatch(cluster, job, view, context.Cancel).Follow(begun.Planned!.Plan);
        if (ended.Phase != JobPhase.Completed) throw FederatedRun.Failed(job, ended);
        (RunReport report, string directory) = ClusterOutputs.Write(cluster, job, labels);
        view.Observe(new RunProgress.Finished(report, Path.GetRelativePath(Directory.GetCurrentDirectory(), directory)));
        return ExitCodes.Success;
    }

    /// <summary>A job that has its plan on record, or has ended before; waits for the turn of one in the queue.</summary>
    /// <param name="journal">Where the job is.</param>
    /// <param name="job">The job.</param>
    /// <param name="waits">Called once where it waits.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="UserException">There is no such job.</exception>
    internal static JobState Begun(IJournalReader journal, JobId job, Action waits, CancellationToken cancel)
    {
        for (bool isFirst = true; ; isFirst = false)
        {
            JobState state = JobStates.Of(journal, job);
            if (state.Planned is not null || state.IsOver) return state;
            if (state.Queued is null) throw new UserException($"there is no job '{job}' in this cluster");
            if (isFirst) waits();
            cancel.WaitHandle.WaitOne(Look);
            cancel.ThrowIfCancellationRequested();
        }
    }

    private JobState Follow(JobPlan plan)
    {
        LearningPlan learning = LearningPlan.FromJson(Encoding.UTF8.GetBytes(plan.Program));
        FederatedProgram program = new(learning);
        view.Observe(new RunProgress.RunStarted(plan.Job.Value, plan.Name, learning.Algorithm.Algorithm, learning.ModelName, [.. plan.Roster.Select(static entry => new SiteSamples(entry.Silo.Value, 0))], plan.Rounds)
        {
            Protection = plan.Protection == ProtectionRules.Plain ? null : RoundsShow.Protection(plan),
        });
        RunMonitor monitor = new(view, TimeProvider.System, program.RoundSums[0].Schema.Length, plan.Aggregators ?? 0);
        monitor.Recovered(NodeAddress.Coordinator, default, Actors.Protocol.Round.RoundDecider.Initial);
        monitor.Recovered(NodeAddress.Aggregator, default, Actors.Protocol.Aggregation.AggregationDecider.Initial);
        while (true)
        {
            Tell(monitor, NodeAddress.Job, FederationNodes.JobLog(job), ProtocolSerializers.Job, ref _jobRead);
            Tell(monitor, NodeAddress.Aggregator, FederationNodes.AggregationLog(job), ProtocolSerializers.Aggregation, ref _aggregationRead);
            foreach (int part in AggregatorTree.Parts(plan)) Tell(monitor, NodeAddress.SubAggregator(part), FederationNodes.AggregationLog(job, part), ProtocolSerializers.Aggregation, ref _partsRead[part - 1]);
            Tell(monitor, NodeAddress.Coordinator, FederationNodes.RoundLog(job), ProtocolSerializers.Round, ref _roundRead);
            if (monitor.Ended.IsCompleted) return monitor.Ended.Result;
            cancel.WaitHandle.WaitOne(Look);
            cancel.ThrowIfCancellationRequested();
        }
    }

    private void Tell<TEvent>(RunMonitor monitor, NodeAddress node, string log, IEventSerializer<TEvent> serializer, ref long read)
        where TEvent : class
    {
        foreach (JournalEvent stored in cluster.Journal.Read(log, read))
        {
            monitor.Journaled(node, default, serializer.Read(stored.Tag, stored.Version, stored.Payload.Span));
            read = stored.Sequence;
        }
    }
}
