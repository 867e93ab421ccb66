using System.Globalization;
using System.Text;
using Fed.Actors.Protocol.Job;
using Fed.TestKit.Federation.Adversary;

namespace Fed.TestKit.Federation.Faults;

/// <summary>How often each fault struck in each moment of a job. Belongs to one thread.</summary>
/// <param name="protection">The plan's word for how sums are protected: which of a ceremony's moments and faults there are depends on it.</param>
public sealed class FaultTable(string protection) : IEquatable<FaultTable>
{
    private static readonly FaultKind[] AllKinds = Enum.GetValues<FaultKind>();
    private static readonly JobMoment[] AllMoments = Enum.GetValues<JobMoment>();

    private readonly long[] _counts = new long[((int)AllKinds.Max() + 1) * AllMoments.Length];

    /// <summary>The table's rows.</summary>
    public FaultKind[] Kinds { get; } = protection switch
    {
        SecAggPlan.Name => [.. AllKinds.Where(static kind => kind < FaultKind.ChosenSum)],
        CkksPlan.Name => [.. AllKinds.Where(static kind => kind <= FaultKind.TornWork || kind is FaultKind.BadDeal or FaultKind.BadShare || ServerLies.Encrypted.Contains(kind))],
        _ => [.. AllKinds.Where(static kind => kind <= FaultKind.TornWork)],
    };

    /// <summary>The table's columns.</summary>
    public JobMoment[] Moments { get; } = protection switch
    {
        SecAggPlan.Name => AllMoments,
        CkksPlan.Name => [.. AllMoments.Where(static moment => moment is not JobMoment.Sharing)],
        _ => [.. AllMoments.Where(static moment => moment is not (JobMoment.Advertising or JobMoment.Sharing or JobMoment.Confirming))],
    };

    /// <summary>How often a fault struck in a moment.</summary>
    public long this[FaultKind kind, JobMoment moment] => _counts[IndexOf(kind, moment)];

    /// <summary>All faults.</summary>
    public long Total => _counts.Sum();

    /// <summary>How often a fault struck at all.</summary>
    public long TotalOf(FaultKind kind) => Moments.Sum(moment => this[kind, moment]);

    /// <summary>Counts one.</summary>
    public void Count(FaultKind kind, JobMoment moment) => _counts[IndexOf(kind, moment)]++;

    /// <summary>Adds another table.</summary>
    public void Add(FaultTable other)
    {
        for (int i = 0; i < _counts.Length; i++) _counts[i] += other._counts[i];
    }

    /// <summary>Cells in which nothing struck, although it can.</summary>
    public IEnumerable<(FaultKind Kind, JobMoment Moment)> Missing() =>
        from kind in Kinds
        from moment in Moments
        where this[kind, moment] == 0 && ImpossibleFaults.Reason(kind, moment) is null
        select (kind, moment);

    /// <summary>The table for a person: one row per kind, one column per moment; <c>-</c> where a fault cannot strike, and the reasons below.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{"fault",-17}{"all",10}");
        foreach (JobMoment moment in Moments) text.Append(CultureInfo.InvariantCulture, $"{moment,12}");
        SortedSet<string> reasons = new(StringComparer.Ordinal);
        foreach (FaultKind kind in Kinds)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{kind,-17}{TotalOf(kind),10}");
            foreach (JobMoment moment in Moments)
            {
                string? reason = ImpossibleFaults.Reason(kind, moment);
                if (reason is not null) reasons.Add(reason);
                text.Append(CultureInfo.InvariantCulture, $"{(reason is not null && this[kind, moment] == 0 ? "-" : this[kind, moment].ToString(CultureInfo.InvariantCulture)),12}");
            }
        }

        foreach (string reason in reasons) text.Append(CultureInfo.InvariantCulture, $"\n-: {reason}");
        return text.ToString();
    }

    /// <inheritdoc/>
    public bool Equals(FaultTable? other) => other is not null && _counts.AsSpan().SequenceEqual(other._counts);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as FaultTable);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Total;

    private static int IndexOf(FaultKind kind, JobMoment moment) => ((int)kind * AllMoments.Length) + (int)moment;
}
