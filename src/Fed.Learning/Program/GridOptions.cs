using System.Text.Json.Serialization;

namespace Fed.Learning.Program;

/// <summary>The grids of a program's sums.</summary>
/// <param name="Ring">Ring of all sums of the plan.</param>
/// <param name="TrainingBits">Width of a training entry.</param>
/// <param name="TrainingFractionBits">Its step is 2^-this.</param>
/// <param name="Rounding">How training entries come onto the grid.</param>
/// <param name="CountBits">Width of a count: a site counts below 2^(this - 1).</param>
/// <param name="StatisticBits">Width of one digit of a statistic (see <see cref="StatisticCodec"/>).</param>
/// <param name="StatisticDigits">Digits of a statistic.</param>
/// <param name="StatisticFractionBits">The last digit's step is 2^-this.</param>
/// <param name="Step">Whether training steps follow the sums of earlier rounds; not in the plan's JSON where they are fixed.</param>
public sealed record GridOptions(
    RingWidth Ring, int TrainingBits, int TrainingFractionBits, GridRounding Rounding, int CountBits, int StatisticBits, int StatisticDigits, int StatisticFractionBits,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] StepRule Step = StepRule.Fixed)
{
    /// <summary>
    /// The defaults. Ring 64: training +-2^15 in steps of 2^-32; counts below 2^47; statistics +-2^38 in steps of 2^-56; up to 65,536 sites. Ring 32: training +-8 in steps of 2^-12;
    /// counts below 2^17; statistics +-2^39 in steps of 2^-51; up to 16,384 sites. Where steps adapt they begin at 2^-15 on ring 32: a range of +-1, widened in one round if need be.
    /// </summary>
    public static GridOptions For(RingWidth ring, GridRounding rounding = GridRounding.Stochastic, StepRule step = StepRule.Fixed) => ring == RingWidth.Ring64
        ? new(ring, 48, 32, rounding, 48, 48, 2, 56, step)
        : new(ring, 16, step == StepRule.Adaptive ? 15 : 12, rounding, 18, 16, 6, 51, step);

    /// <summary>A training segment on this grid.</summary>
    /// <param name="name">Name in the schema.</param>
    /// <param name="length">Entries.</param>
    public Segment Training(string name, int length) => new(name, [length], SegmentKind.Training, TrainingBits, TrainingFractionBits, Rounding, Weighted: true);

    /// <summary>A segment of exact counts.</summary>
    /// <param name="name">Name in the schema.</param>
    /// <param name="shape">Its dimensions.</param>
    public Segment Count(string name, params ReadOnlySpan<int> shape) => new(name, [.. shape], SegmentKind.Count, CountBits, 0, GridRounding.Nearest, Weighted: false);
}
