using System.Globalization;
using Fed.Actors.Protocol.Job;

namespace Fed.TestKit.Federation;

/// <content>Operators: at some steps one of them asks whoever leads a job to pause, to go on or, seldom, to end it. When the faults stop every job goes on.</content>
public sealed partial class SimulatedFederation
{
    private const int CancelsOneIn = 8;

    private readonly SplitMix64 _operators;
    private int _requests;

    private bool IsHeld => Jobs.Any(static job => job.Checks is { IsPaused: true, End: null });

    private void MaybeIntervene()
    {
        if (_scenario.OperatorsPer10K == 0 || Operator(10_000) >= _scenario.OperatorsPer10K) return;
        SimulatedJob job = Jobs[Operator(Jobs.Length)];
        int what = Operator(CancelsOneIn);
        OperatorRequest request = Request();
        Ask(job, what == 0 ? new JobCommand.Cancel(request) : job.Checks.IsPaused ? new JobCommand.Resume(request) : new JobCommand.Pause(request));
    }

    /// <summary>Asks again and again, since nobody may lead just now, or whoever does dies before it is on record.</summary>
    private void ResumeAll()
    {
        if (_scenario.OperatorsPer10K == 0) return;
        foreach (SimulatedJob job in Jobs.Where(static job => job.Checks is { IsPaused: true, End: null })) Ask(job, new JobCommand.Resume(Request()));
        if (Jobs.Any(static job => job.Checks.End is null)) _simulation.Schedule(TimeSpan.FromSeconds(1), ResumeAll);
    }

    private void Ask(SimulatedJob job, JobCommand command)
    {
        if (Job.Leader is not { IsUp: true } leader || !leader.Ask.TryGetValue(job.Id, out Action<JobCommand>? ask)) return;
        Trace.Line($"an operator: {command.GetType().Name} {job.Id}");
        ask(command);
    }

    private OperatorRequest Request() => new(string.Create(CultureInfo.InvariantCulture, $"request-{++_requests}"), "an-operator", null);

    private int Operator(int bound) => (int)Math.BigMul(_operators.Next(), (ulong)bound, out _);
}
