using System.Globalization;
using System.Text;
using Fed.TestKit;
using Fed.TestKit.Federation;
using Fed.TestKit.Federation.Faults;

namespace Fed.Simulation;

/// <summary>What many schedules came to. Of fixed size, however many there are. Belongs to one thread.</summary>
/// <param name="protection">How their sums are protected.</param>
internal sealed class SimulationSummary(string protection)
{
    private const int SilosMax = 64, StepsClass = 250, StepsClasses = 4000;

    private readonly long[] _silos = new long[SilosMax + 1];
    private readonly long[] _steps = new long[StepsClasses];
    private readonly SortedDictionary<string, long> _failures = new(StringComparer.Ordinal);
    private readonly FaultTable _faults = new(protection);
    private readonly SortedDictionary<string, long> _ends = new(StringComparer.Ordinal);
    private long _ticks, _stepsTotal, _crashes, _rounds, _jobs, _jobsFailed, _failedOpen;

    /// <summary>Schedules so far, those that broke a promise included.</summary>
    public long Schedules { get; private set; }

    /// <summary>Schedules that broke a promise.</summary>
    public long Violations { get; private set; }

    /// <summary>Faults by kind and moment.</summary>
    public FaultTable Faults => _faults;

    public void Add(FederationScenario scenario, FederationResult result)
    {
        Schedules++;
        _silos[Math.Min(SilosMax, scenario.Sites.Length)]++;
        _steps[Math.Min(StepsClasses - 1, result.Steps / StepsClass)]++;
        _stepsTotal += result.Steps;
        _ticks += result.Elapsed.Ticks;
        _crashes += result.Crashes;
        _rounds += result.Rounds;
        _faults.Add(result.Faults);
        foreach (JobResult job in result.Jobs)
        {
            _jobs++;
            foreach (string reason in job.Failures) Count(_failures, reason);
            if (job.IsCompleted) continue;
            _jobsFailed++;
            if (job.Opened > 0) _failedOpen++;
            Count(_ends, job.Reason);
        }
    }

    public void AddViolation()
    {
        Schedules++;
        Violations++;
    }

    /// <summary>The whole summary.</summary>
    public string ToText(TimeSpan elapsed)
    {
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"schedules          {Schedules} in {elapsed.TotalSeconds:0.0} s, {Schedules / elapsed.TotalMinutes:0} a minute");
        text.AppendLine(CultureInfo.InvariantCulture, $"virtual hours      {TimeSpan.FromTicks(_ticks).TotalHours:0.0}");
        text.AppendLine(CultureInfo.InvariantCulture, $"steps              {_stepsTotal}, median {Median(_steps) * StepsClass} to {(Median(_steps) + 1) * StepsClass - 1}");
        text.AppendLine(CultureInfo.InvariantCulture, $"silos              median {Median(_silos)}");
        text.AppendLine(CultureInfo.InvariantCulture, $"jobs               {_jobs}: {_jobs - _jobsFailed} completed ({Percent(_jobs - _jobsFailed)} %), {_jobsFailed} failed with a reason, {_failedOpen} of them after a sum was opened");
        foreach ((string reason, long count) in _ends.OrderByDescending(static pair => pair.Value)) text.AppendLine(CultureInfo.InvariantCulture, $"{count,12}  {reason}");
        text.AppendLine(CultureInfo.InvariantCulture, $"rounds committed   {_rounds}");
        text.AppendLine(CultureInfo.InvariantCulture, $"failed             attempts and rounds, by reason:");
        foreach ((string reason, long count) in _failures.OrderByDescending(static pair => pair.Value)) text.AppendLine(CultureInfo.InvariantCulture, $"{count,12}  {reason}");
        text.AppendLine(CultureInfo.InvariantCulture, $"processes crashed  {_crashes}");
        text.AppendLine(CultureInfo.InvariantCulture, $"faults injected    {_faults.Total}");
        text.AppendLine();
        text.AppendLine(_faults.ToString());
        (FaultKind Kind, JobMoment Moment)[] empty = [.. _faults.Missing()];
        text.AppendLine(empty.Length == 0 ? "no empty cell" : $"empty cells: {string.Join(", ", empty.Select(static cell => $"{cell.Kind} {cell.Moment}"))}");
        text.AppendLine();
        text.Append(CultureInfo.InvariantCulture, $"violations         {Violations}");
        return text.ToString();
    }

    private long Percent(long part) => _jobs == 0 ? 0 : 100 * part / _jobs;

    private static void Count(SortedDictionary<string, long> counts, string reason)
    {
        string kind = KindOf(reason);
        counts[kind] = counts.GetValueOrDefault(kind) + 1;
    }

    /// <summary>A reason without its figures and names, so that equal ones are counted together.</summary>
    private static string KindOf(string reason)
    {
        StringBuilder kind = new(reason.Length);
        bool isQuoted = false;
        foreach (char c in reason)
        {
            if (c == '\'') isQuoted = !isQuoted;
            else if (isQuoted) continue;
            if (!char.IsAsciiDigit(c)) kind.Append(c);
            else if (kind.Length == 0 || kind[^1] != 'N') kind.Append('N');
        }

        int detail = kind.ToString().IndexOf(": ", StringComparison.Ordinal);
        return kind.Length > 100 ? kind.ToString(0, detail > 0 && detail < 100 ? detail : 100) : kind.ToString();
    }

    private static int Median(long[] classes)
    {
        long half = (classes.Sum() + 1) / 2, seen = 0;
        for (int i = 0; i < classes.Length; i++)
        {
            seen += classes[i];
            if (seen >= half) return i;
        }

        return 0;
    }
}
