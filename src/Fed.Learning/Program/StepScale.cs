using System.Numerics;
using System.Numerics.Tensors;
using Fed.Learning.Metrics;
using Fed.Learning.Models;

namespace Fed.Learning.Program;

/// <summary>
/// Adaptive steps: a training entry of block b travels in the plan's step times 2^e_b. The exponents e_b are state of the server, are sent with the model, and follow from the sum that the
/// round before opened, so every site and every replay knows them. Values are divided by 2^e_b before the grid and sums multiplied after it, which is exact: the grid itself, its bounds and
/// its capacity stay the plan's.
/// </summary>
/// <remarks>
/// Shared exponents are block floating point; that a range follows the data by summed feedback is the idea of adaptive clipping (Andrew, Thakkar, McMahan, Ramaswamy 2021, NeurIPS, arXiv
/// 1905.03871). We sum how far blocks reach in the place of indicators, so that a range is found in one round and not by a search: see <see cref="Next"/>.
/// </remarks>
internal sealed class StepScale
{
    /// <summary>The count segment that sums, for each block, how far the sites' entries reach.</summary>
    public const string ReachSegment = "reach";

    /// <summary>A reach of so much is the whole range of the round's grid, 2^10.</summary>
    public const int WholeRange = 1 << RangeLog2;

    /// <summary>Exponents stay within +-this, so that scaled steps stay far inside float64.</summary>
    public const int ExponentMax = 64;

    private const int RangeLog2 = 10;
    private const int HeadroomLog2 = 1;
    private const int NarrowingMax = 2;
    private const int FigureExponent = 8;

    private readonly ImmutableArray<Block> _blocks;
    private readonly long _reachMax;

    /// <summary>Divides the training segments into blocks: one as long as the model by the model's own, any other is one block.</summary>
    /// <param name="segments">The algorithm's segments, which stand first in the schema of the training sum.</param>
    /// <param name="model">The model.</param>
    /// <param name="grid">The plan's grids.</param>
    public StepScale(ReadOnlySpan<Segment> segments, IModelShape model, GridOptions grid)
    {
        ImmutableArray<Block>.Builder blocks = ImmutableArray.CreateBuilder<Block>();
        int offset = 0;
        foreach (Segment segment in segments)
        {
            if (segment.Kind == SegmentKind.Training)
            {
                int start = offset;
                foreach ((string name, int length) in Parts(segment, model))
                {
                    blocks.Add(new Block(name, start, length, segment, segment.Length == model.Parameters));
                    start += length;
                }
            }
            offset += segment.Length;
        }
        _blocks = blocks.ToImmutable();
        _reachMax = grid.Count(ReachSegment, Count).Limit;
    }

    /// <summary>How many blocks.</summary>
    public int Count => _blocks.Length;

    /// <summary>The exponents of the first round: the plan's own steps for entries of the model, wider ones for figures beside it, whose size nobody knows yet (FedNova's steps, a loss).</summary>
    public long[] Initial => [.. _blocks.Select(static block => block.IsOfModel ? 0L : FigureExponent)];

    /// <summary>Puts a site's entries into the round's steps.</summary>
    /// <param name="exponents">The round's, shape <c>[Count]</c>.</param>
    /// <param name="weight">The site's weight, which the grid will apply.</param>
    /// <param name="values">The local vector, changed in place.</param>
    /// <param name="reach">Receives what this site adds to the summed reach, shape <c>[Count]</c>: its largest |entry| in 1/1024 of the range, rounded up, at most what a count holds.</param>
    public void Divide(ReadOnlySpan<long> exponents, double weight, Span<double> values, Span<double> reach)
    {
        for (int b = 0; b < _blocks.Length; b++)
        {
            Block block = _blocks[b];
            Span<double> entries = values.Slice(block.Offset, block.Length);
            Scale(entries, -exponents[b]);
            double largest = Math.Abs(TensorPrimitives.MaxMagnitude<double>(entries)) * (block.Segment.Weighted ? weight : 1);
            reach[b] = Math.Min(Math.Ceiling(largest / (block.Segment.Limit * block.Segment.Step) * WholeRange), _reachMax);
        }
    }

    /// <summary>The inverse for a whole vector: what was contributed, in the plan's units.</summary>
    public void Multiply(ReadOnlySpan<long> exponents, Span<double> values) => Multiply(exponents, 0, values);

    /// <summary>The same for a part of a vector.</summary>
    /// <param name="exponents">The round's.</param>
    /// <param name="offset">Where the part starts in the vector.</param>
    /// <param name="values">The part, changed in place; begins and ends with blocks.</param>
    public void Multiply(ReadOnlySpan<long> exponents, int offset, Span<double> values)
    {
        for (int b = 0; b < _blocks.Length; b++)
            if (_blocks[b].Offset >= offset && _blocks[b].Offset < offset + values.Length)
                Scale(values.Slice(_blocks[b].Offset - offset, _blocks[b].Length), exponents[b]);
    }

    /// <summary>The exponents of the next round. A range is to hold twice the sum of what the sites' largest entries were: no single site reaches further than all together.</summary>
    /// <param name="exponents">The round's.</param>
    /// <param name="reach">The opened sum of the sites' reaches; above the range where entries were clipped. 0 tells nothing, and leaves a block as it is.</param>
    /// <remarks>
    /// With R the range, the next one is the smallest power of two times it that is at least 2 sum_k max |x_k|. It depends on the sum alone, narrows at most fourfold a round (a quiet round may
    /// be followed by a lively one) and widens at once, up to 128-fold on ring 32. Integers only.
    /// </remarks>
    public static long[] Next(ReadOnlySpan<long> exponents, ReadOnlySpan<long> reach)
    {
        long[] next = new long[exponents.Length];
        for (int b = 0; b < next.Length; b++)
        {
            int ceilingLog2 = reach[b] <= 1 ? 0 : BitOperations.Log2((ulong)(reach[b] - 1)) + 1;
            int shift = reach[b] == 0 ? 0 : Math.Max(ceilingLog2 + HeadroomLog2 - RangeLog2, -NarrowingMax);
            next[b] = Math.Clamp(exponents[b] + shift, -ExponentMax, ExponentMax);
        }
        return next;
    }

    /// <summary>The steps of a round by block, for its report.</summary>
    public IEnumerable<KeyValuePair<string, double>> Metrics(long[] exponents) =>
        _blocks.Select((block, b) => KeyValuePair.Create(MetricNames.StepPrefix + block.Name, Math.ScaleB(block.Segment.Step, (int)exponents[b])));

    private static IEnumerable<(string Name, int Length)> Parts(Segment segment, IModelShape model) =>
        segment.Length == model.Parameters && model.Blocks.Length > 1
            ? model.Blocks.Select(block => ($"{segment.Name}.{block.Name}", block.Length))
            : [(segment.Name, segment.Length)];

    // Exact: a power of two changes exponents only.
    private static void Scale(Span<double> values, long exponent)
    {
        if (exponent != 0) TensorPrimitives.Multiply(values, Math.ScaleB(1, (int)exponent), values);
    }

    private sealed record Block(string Name, int Offset, int Length, Segment Segment, bool IsOfModel);
}
