using System.Collections.Immutable;
using Fed.TestKit.Federation.Checks;

namespace Fed.TestKit.Federation;

/// <content>Running: one step after another, to the end of all jobs and of everything that they owe.</content>
public sealed partial class SimulatedFederation
{
    private const long StepsMax = 3_000_000;
    private const long StatusEvery = 500;
    private const int ActorsOfANode = 3;   // door, courier and decider

    private readonly SplitMix64 _stalls;
    private DateTimeOffset? _settledAt;
    private readonly List<SimulatedProcess> _ready = [];   // processes with turns to run, in the order of Processes

    private bool IsOver => Jobs.All(static job => job.Checks.End is not null);

    private bool IsSettled => Jobs.All(static job => job.Checks.IsSettled);

    private bool IsContended => Processes.Any(static process => process.Candidate is not null);

    /// <summary>Runs until all jobs have ended and every obligation is met, and checks the whole history.</summary>
    /// <param name="crashAt">A step before which processes crash; null for none but the scenario's.</param>
    /// <param name="crashed">For which identities they act: the first comes back after a second, each other one a second later.</param>
    /// <exception cref="FederationViolationException">A promise was broken.</exception>
    public FederationResult RunToEnd(long? crashAt = null, params ImmutableArray<SimulatedIdentity> crashed)
    {
        DateTimeOffset? mustEndBy = null, quietSince = null;
        while (true)
        {
            if (Steps == crashAt) CrashAll(crashed);
            if (_hasFaults && (IsSettled || Trace.Elapsed >= FaultsEnd)) StopFaults();
            if (!_hasFaults) mustEndBy ??= _simulation.Now + _scenario.LivenessLimit;
            if (mustEndBy is { } limit && _simulation.Now > limit && !(IsSettled && Processes.All(static process => process.Timers <= 0)))
                throw NotLive(IsOver ? $"obligations are still open long after the end of all jobs: {Busy()}" : $"a job has not ended {_scenario.LivenessLimit.Ticks / TimeSpan.TicksPerSecond} s after the last fault");
            if (Steps >= StepsMax) throw NotLive($"the federation did not come to rest in {StepsMax} steps");
            if (IsSettled && !_hasFaults && IsContended) StandDownOnceQuiet(ref quietSince);
            if (IsAtRest()) break;
            if (Step()) continue;
            if (!_hasFaults || !IsHeld) break;
            StopFaults();   // nothing happens to a paused job any more, and the operators go home
        }

        if (!IsOver) throw NotLive("nothing is left to happen, and a job has not ended");
        CheckLeaks();
        return new FederationResult(Steps, Trace.Hash, Processes.Sum(static process => process.Crashes), [.. Jobs.Select(static job => job.Checks.Conclude())], _table);
    }

    private void CrashAll(ImmutableArray<SimulatedIdentity> crashed)
    {
        for (int i = 0; i < crashed.Length; i++)
        {
            if (crashed[i].Leader is { IsUp: true } leader) Crash(leader, TimeSpan.FromSeconds(1 + i));
        }
    }

    /// <summary>
    /// Leases are renewed for ever. When nothing else has been owed for longer than anything can be under way (obligations have timers; work and messages that were delayed do not), the
    /// candidates are told to stop.
    /// </summary>
    private void StandDownOnceQuiet(ref DateTimeOffset? quietSince)
    {
        bool isQuiet = Processes.All(static process => process is { IsUp: true, Timers: <= 0 })
            && Identities.All(static identity => !identity.IsContended || identity.Processes.Any(static process => process.IsLeading));
        if (!isQuiet)
        {
            quietSince = null;
            return;
        }

        quietSince ??= _simulation.Now;
        if (_simulation.Now - quietSince < _scenario.DelayMax + TimeSpan.FromSeconds(1) || Processes.Any(static process => process.Dispatcher!.Pending > 0)) return;
        foreach (SimulatedProcess process in Processes)
        {
            if (process is not { System: { } system, Candidate: { } candidate }) continue;
            (process.Candidate, process.IsLeading) = (null, false);
            system.Stop(candidate);
        }
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

        if (_ready.Count > 0 && !Stalls()) _ready[_simulation.Below(_ready.Count)].Dispatcher!.RunOne();
        else if (!_simulation.RunOne() && _ready.Count == 0) return false;
        CrashTheDoomed();
        if (Trace.Step % StatusEvery == 0)
            foreach (SimulatedJob job in Jobs) job.Checks.CheckStatus();
        _context.AfterStep();
        return true;
    }

    /// <summary>Where a site has left for good nothing ever comes to rest: its share of the coordinator's obligations stays open. Enough when all others are met, and a while has passed.</summary>
    private bool IsAtRest()
    {
        if (_hasFaults || !AreSitesGone || !IsSettled) return false;
        _settledAt ??= _simulation.Now;
        TimeSpan slowestWork = new(_scenario.Timings.RoundDeadline.Ticks * 4);   // a straggler's, which may have begun before the faults stopped: it waits, and its outcome does
        return _simulation.Now - _settledAt > slowestWork + TimeSpan.FromSeconds(10);
    }

    private FederationViolationException NotLive(string what) => _context.Violation(FederationCheck.Liveness, what);

    /// <summary>No timer, actor or received update is left over, but for what is owed to those who have left.</summary>
    private void CheckLeaks()
    {
        foreach (SimulatedProcess process in Processes.Where(static process => process.IsUp))
        {
            bool mayOwe = AreSitesGone && process.Identity == Coordinator;
            _context.Require(FederationCheck.Leak, process.Timers <= 0 || mayOwe, $"timers are left over: {Busy()}");
            int candidates = process.Candidate is null ? 0 : 1, nodes = process.Identity.IsContended && !process.IsLeading ? 0 : Jobs.Length;
            int expected = candidates + (nodes * ActorsOfANode);
            _context.Require(FederationCheck.Leak, process.System!.Actors().Length == expected, $"{process.Name} has {process.System!.Actors().Length} actors and should have {expected}");
            if (!AreSitesGone && (process.IsLeading || !process.Identity.IsContended)) process.Epochs.AtRest((job, leader) => Find(job)!.Checks.EpochKnown(process.Identity.Address, leader));
            if (process.Identity.Leader != process) continue;   // what a leader of yesterday has received it forgets when it leads again
            foreach (SimulatedJob job in Jobs)
            {
                foreach (string entry in process.Inbox(job.Id).Entries)
                    _context.Require(FederationCheck.Leak, isKept: false, $"{process.Name} still holds the received update {entry} of {job.Id}");
            }
        }
    }

    private string Busy() => string.Join(", ", Processes.Where(static process => process.Timers > 0).Select(static process => $"{process.Name} ({process.Timers})"));
}
