using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Fed.Vectors;

/// <summary>Receives encoded bytes, piece by piece, in order. The piece is valid during the call only.</summary>
/// <param name="piece">At most <see cref="GridEncoder.PieceBytesMax"/> bytes.</param>
public delegate void PieceWriter(ReadOnlySpan<byte> piece);

/// <summary>What putting a vector on the grid gave.</summary>
/// <param name="Clipped">Training entries that were cut to the symmetric range.</param>
public readonly record struct GridOutcome(long Clipped);

/// <summary>
/// Puts a vector of reals on the plan's integer grid: weight, clip, round, ring word. Pure in its arguments: the same values, weight and seed give the same bytes
/// on every machine, whatever its vector width.
/// </summary>
public static class GridEncoder
{
    /// <summary>The longest piece that a <see cref="PieceWriter"/> gets.</summary>
    public const int PieceBytesMax = BlockEntries * sizeof(ulong);

    private const int BlockEntries = 8192;

    /// <summary>Encodes a vector as ring words, little-endian, in the order of the schema.</summary>
    /// <param name="schema">Segments and their grids.</param>
    /// <param name="ring">Width of a word: 4 or 8 bytes an entry.</param>
    /// <param name="values">Shape <c>[schema.Length]</c>; the entry of the clip count is ignored, its place is filled here.</param>
    /// <param name="weight">Multiplies weighted segments before the grid, in (0, 1].</param>
    /// <param name="seed">32 bytes that fix stochastic rounding.</param>
    /// <param name="output">Receives <c>schema.Length</c> words.</param>
    /// <param name="contributed">Shape <c>[schema.Length]</c>: receives what was contributed, de-quantised, the weight divided out; may alias <paramref name="values"/>. Empty where nobody wants it.</param>
    /// <param name="stage">Sees the integers before they are written; null for <see cref="GridStage.Identity"/>.</param>
    /// <exception cref="GridRangeException">An entry is not finite, or a statistic or count does not fit.</exception>
    /// <exception cref="ArgumentException">Lengths, weight or bits do not suit schema and ring.</exception>
    /// <remarks>Works through pooled blocks: a vector of any length costs the same memory. A range error may come after pieces were written; the caller discards them.</remarks>
    public static GridOutcome Encode(
        VectorSchema schema, RingWidth ring, ReadOnlySpan<double> values, double weight, ReadOnlySpan<byte> seed, PieceWriter output, Span<double> contributed, IGridStage? stage = null)
    {
        if (values.Length != schema.Length || (!contributed.IsEmpty && contributed.Length != schema.Length))
            throw new ArgumentException($"the schema has {schema.Length} entries, values {values.Length}, contributed {contributed.Length}", nameof(values));
        if (!(weight is > 0 and <= 1)) throw new ArgumentException($"a weight lies in (0, 1], not {weight}", nameof(weight));

        stage ??= GridStage.Identity;
        CounterRandom random = new(seed);
        long[] grid = ArrayPool<long>.Shared.Rent(BlockEntries);
        ulong[] words = ArrayPool<ulong>.Shared.Rent(BlockEntries);
        try
        {
            long clipped = 0;
            for (int s = 0; s < schema.Segments.Length; s++)
            {
                Segment segment = schema.Segments[s];
                if (segment.Bits > (int)ring) throw new ArgumentException($"segment '{segment.Name}' has {segment.Bits} bits, the ring {(int)ring}", nameof(ring));
                if (segment.Name == VectorSchema.ClippedSegment)
                {
                    grid[0] = clipped;
                    stage.Apply(segment, 0, grid.AsSpan(0, 1));
                    if (!contributed.IsEmpty) contributed[schema.Offsets[s]] = grid[0];
                    Write(ring, grid.AsSpan(0, 1), output);
                    continue;
                }
                GridBlock block = new(segment, weight);
                for (int start = 0; start < segment.Length; start += BlockEntries)
                {
                    int length = Math.Min(BlockEntries, segment.Length - start);
                    int offset = schema.Offsets[s] + start;
                    Span<ulong> draws = segment.Rounding == GridRounding.Stochastic ? words.AsSpan(0, length) : [];
                    random.Fill(offset, draws);
                    ReadOnlySpan<double> source = values.Slice(offset, length);
                    Span<long> target = grid.AsSpan(0, length);
                    GridTally tally = block.Quantise(source, draws, target);
                    if (!tally.IsClean) clipped += Settle(segment, block, source, start, tally);
                    stage.Apply(segment, start, target);
                    if (!contributed.IsEmpty) block.Dequantise(target, contributed.Slice(offset, length));
                    Write(ring, target, output);
                }
            }
            return new GridOutcome(clipped);
        }
        finally
        {
            ArrayPool<long>.Shared.Return(grid);
            ArrayPool<ulong>.Shared.Return(words);
        }
    }

    // Entries that did not fit are rare, so the exact reason is looked for again, one by one.
    private static long Settle(Segment segment, GridBlock block, ReadOnlySpan<double> source, int start, GridTally tally)
    {
        for (int i = 0; i < source.Length; i++)
        {
            if (!double.IsFinite(source[i])) throw new GridRangeException(segment.Name, start + i, "is not a finite number");
            if (segment.Kind == SegmentKind.Training) continue;
            if (block.IsOutside(source[i])) throw new GridRangeException(segment.Name, start + i, $"does not fit {segment.Bits} bits of step 2^-{segment.FractionBits}");
            if (segment.Kind == SegmentKind.Count && !double.IsInteger(source[i])) throw new GridRangeException(segment.Name, start + i, "is not a whole number");
        }
        return tally.Outside;
    }

    private static void Write(RingWidth ring, Span<long> grid, PieceWriter output)
    {
        if (ring == RingWidth.Ring64)
        {
            if (!BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(grid, grid);
            output(MemoryMarshal.AsBytes(grid));
            return;
        }
        // Narrowed in place: word i is written at or before the entry it comes from.
        Span<int> narrow = MemoryMarshal.Cast<long, int>(grid)[..grid.Length];
        int i = 0;
        for (; Vector256.IsHardwareAccelerated && i <= grid.Length - Vector256<int>.Count; i += Vector256<int>.Count)
        {
            Vector256<long> low = Vector256.Create<long>(grid[i..]), high = Vector256.Create<long>(grid[(i + Vector256<long>.Count)..]);
            Vector256.Narrow(low, high).CopyTo(narrow[i..]);
        }

        for (; i < narrow.Length; i++) narrow[i] = unchecked((int)grid[i]);
        if (!BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(narrow, narrow);
        output(MemoryMarshal.AsBytes(narrow));
    }
}
