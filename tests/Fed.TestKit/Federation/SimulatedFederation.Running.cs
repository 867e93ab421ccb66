
namespace Fed.TestKit.Federation;

/// <content>Running: one step after another, to the end of all jobs and of everything that they owe.</content>
public sealed partial class SimulatedFederation
{
    private const long StepsMax = 3_000_000;

    private readonly List<SimulatedProcess> _ready = [];   // processes with turns to run, in the order of Processes

    private bool IsOver => Jobs.All(static job => job.Checks.JobEnd is not null);

    /// <summary>Runs until all jobs have ended and every obligation is met, and checks the whole history.</summary>
    /// <param name="crashAt">A step before which a process crashes, to come back a second later; null for none but the scenario's.</param>
    /// <param name="crashed">For which identity the process acts.</param>
    /// <exception cref="FederationViolationException">A promise was broken.</exception>
    public FederationResult RunToEnd(long? crashAt = null, SimulatedIdentity? crashed = null)
    {
        DateTimeOffset? mustEndBy = null;
        while (true)
        {
            if (Steps == crashAt && crashed is { Leader: { IsUp: true } leader }) Crash(leader, TimeSpan.FromSeconds(1));
            if (_hasFaults && (IsOver || Trace.Elapsed >= _scenario.FaultsFor)) StopFaults();
            if (!_hasFaults) mustEndBy ??= _simulation.Now + _scenario.LivenessLimit;
            if (mustEndBy is { } limit && _simulation.Now > limit)
                throw Violation(IsOver ? $"obligations are still open long after the end of all jobs: {Busy()}" : $"a job has not ended {_scenario.LivenessLimit.TotalSeconds:0} s after the last fault");
            if (Steps >= StepsMax) throw Violation($"the federation did not come to rest in {StepsMax} steps");
            if (!Step()) break;
        }

        if (!IsOver) throw Violation("nothing is left to happen, and a job has not ended");
        if (Processes.Any(static process => process.Clock is { Active: > 0 })) throw Violation($"timers are left over: {Busy()}");
        return new FederationResult(Steps, Trace.Hash, Processes.Sum(static process => process.Crashes), [.. Jobs.Select(static job => job.Checks.Conclude())]);
    }

    /// <summary>One thing happens; false when nothing is left.</summary>
    private bool Step()
    {
        Trace.Step++;
        if (_hasFaults) MaybeBreakSomething();
        _ready.Clear();
        foreach (SimulatedProcess process in Processes)
        {
            if (process is { Dispatcher.Pending: > 0, IsPaused: false }) _ready.Add(process);
        }

        if (_ready.Count > 0 && !(_hasFaults && Chaos(_scenario.StallsPer10K))) _ready[_simulation.Below(_ready.Count)].Dispatcher!.RunOne();
        else if (!_simulation.RunOne() && _ready.Count == 0) return false;
        foreach (SimulatedProcess process in Processes)
        {
            if (process.Fault is not null) Crash(process, _simulation.Delay(_scenario.OutageMax));   // the process stops with a message; somebody starts it again
        }

        foreach (SimulatedJob job in Jobs) job.Checks.AfterStep();
        return true;
    }

    private string Busy() => string.Join(", ", Processes.Where(static process => process.Clock is { Active: > 0 }).Select(static process => $"{process.Name} ({process.Clock!.Active})"));
}
