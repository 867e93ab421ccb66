using System.Collections.Immutable;
using Fed.TestKit.Federation.Faults;
using Fed.TestKit.Stores;
using Fed.TestKit.Transport;

namespace Fed.TestKit.Federation;

/// <content>Aim: most moments of a job pass in a few steps, so that faults at an even rate seldom meet them. While a job stands in the one that the scenario names, all of its faults strike more often.</content>
public sealed partial class SimulatedFederation
{
    private const int RaisedTimes = 10;   // a moment of ten steps is then struck about as often as a collection of a hundred
    private const int LoweredTimes = 6;
    private const int GentleTimes = 20, GentleWindows = 3;
    private const int RaisedPercentMax = 10, RaisedLinkPercentMax = 60;

    private const int HeldPerThousand = 30;

    private readonly ImmutableArray<SimulatedIdentity> _odd;
    private readonly List<SimulatedProcess> _held = [];
    private bool _isAimed, _isGentle;
    private TimeSpan _inEarnestAt;

    /// <summary>When the last fault strikes: so long after they begin to strike in earnest; where that moment does not come, while faults last, some time later all the same.</summary>
    private TimeSpan FaultsEnd => _isGentle ? new TimeSpan(_scenario.FaultsFor.Ticks * GentleWindows) : _inEarnestAt + _scenario.FaultsFor;

    private void TakeAim()
    {
        if (_isGentle && !StandsIn(JobMoment.Approving))
        {
            (_isGentle, _inEarnestAt) = (false, Trace.Elapsed);
            SetRates();
        }

        if (_scenario.AimsAt is not { } moment) return;
        HoldBack();
        if (_isAimed == StandsIn(moment)) return;
        _isAimed = !_isAimed;
        if (_isAimed) LetGo();
        SetRates();
    }

    private void SetRates()
    {
        _transport.Faults = Raised(_scenario.Links);
        foreach (SimulatedProcess process in Processes) SetFaults(process, isOn: true);
    }

    /// <summary>A site that does not behave stands still in the middle of a collection, and does what it was about to do when the moment has come.</summary>
    private void HoldBack()
    {
        if (_odd.IsEmpty || _scenario.PausesPer10K == 0 || !(StandsIn(JobMoment.Collecting) || StandsIn(JobMoment.Advertising)) || !_dice.IsStruck(FaultKind.Pause, HeldPerThousand, 1000)) return;
        SimulatedProcess site = _odd[_dice.Below(FaultKind.Pause, _odd.Length)].Leader;
        if (!site.IsUp || site.IsPaused) return;
        Pause(site, _scenario.FaultsFor);
        _held.Add(site);
    }

    private void LetGo()
    {
        foreach (SimulatedProcess site in _held) Wake(site);
        _held.Clear();
    }

    /// <summary>True while a job stands in a moment. One that has ended stays there: it counts only when all have.</summary>
    private bool StandsIn(JobMoment moment)
    {
        if (moment == JobMoment.Ending) return IsOver;
        foreach (SimulatedJob job in Jobs)
        {
            if (job.Checks.Moment == moment) return true;
        }

        return false;
    }

    /// <summary>A rate as it is now: low at first where the scenario says so; where nothing aims as it was drawn; else raised in the moment, and lowered before it, so that the job gets there while faults last.</summary>
    private int Raised(int rate, int outOf = 1000)
    {
        if (rate == 0) return rate;
        if (_isGentle && !_isAimed) return (rate + GentleTimes - 1) / GentleTimes;
        if (_scenario.AimsAt is null) return rate;
        return _isAimed ? Math.Max(rate, Math.Min(rate * RaisedTimes, outOf * RaisedPercentMax / 100)) : (rate + LoweredTimes - 1) / LoweredTimes;
    }

    private StoreFaults Raised(StoreFaults faults) => faults with { FailPermille = Raised(faults.FailPermille), ConflictPermille = Raised(faults.ConflictPermille) };

    private LinkFaults Raised(LinkFaults faults)
    {
        if (_scenario.AimsAt is null && !_isGentle) return faults;
        int raised(int permille) => _isGentle && !_isAimed ? permille / GentleTimes : _isAimed ? Math.Min(permille * RaisedTimes, 10 * RaisedLinkPercentMax) : permille / LoweredTimes;
        return faults with { LossPermille = raised(faults.LossPermille), DuplicatePermille = raised(faults.DuplicatePermille), ReorderPermille = raised(faults.ReorderPermille) };
    }
}
