using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Fed.Vectors;

/// <summary>How many entries of a block did not fit.</summary>
/// <param name="Outside">Finite or infinite entries beyond the range.</param>
/// <param name="Odd">Entries that are not a number, or not whole in a segment that counts.</param>
internal readonly record struct GridTally(long Outside, long Odd)
{
    /// <summary>True when every entry fitted.</summary>
    public bool IsClean => Outside == 0 && Odd == 0;
}

/// <summary>The arithmetic of one segment's grid, vectorised with a scalar twin that gives the same bits.</summary>
internal readonly struct GridBlock
{
    // Adding 1.5 * 2^52 puts a whole number below 2^51 into the lower mantissa bits: conversion by one addition and one subtraction, exact, also where the CPU has none.
    private const double Shift = 6755399441055744;
    private const int FastBitsMax = 52;

    private readonly double _weight;
    private readonly double _scale;
    private readonly double _bound;
    private readonly bool _wholeOnly;
    private readonly bool _infiniteIsOdd;
    private readonly bool _isFast;

    /// <summary>Prepares a segment's constants.</summary>
    public GridBlock(Segment segment, double weight)
    {
        _weight = segment.Weighted ? weight : 1;
        _scale = Math.ScaleB(1, segment.FractionBits);
        // Above 53 bits the limit is no float64; the largest one below it bounds the range instead.
        _bound = segment.Bits > 54 ? Math.BitDecrement((double)segment.Limit) : segment.Limit;
        _wholeOnly = segment.Kind == SegmentKind.Count;
        _infiniteIsOdd = segment.Kind == SegmentKind.Training;
        _isFast = Vector256.IsHardwareAccelerated && segment.Bits <= FastBitsMax;
    }

    /// <summary>True when a value lies beyond the range.</summary>
    public bool IsOutside(double value) => Math.Abs(value * _weight * _scale) > _bound;

    /// <summary>Reals to grid integers. Entries beyond the range are cut to it and tallied.</summary>
    /// <param name="values">The reals.</param>
    /// <param name="draws">One random word an entry for stochastic rounding; empty for nearest-even.</param>
    /// <param name="grid">Receives the integers.</param>
    public GridTally Quantise(ReadOnlySpan<double> values, ReadOnlySpan<ulong> draws, Span<long> grid)
    {
        int vectorised = _isFast ? values.Length - values.Length % Vector256<double>.Count : 0;
        GridTally head = QuantiseVector(values[..vectorised], draws.IsEmpty ? draws : draws[..vectorised], grid);
        GridTally tail = QuantiseScalar(values[vectorised..], draws.IsEmpty ? draws : draws[vectorised..], grid[vectorised..]);
        return new GridTally(head.Outside + tail.Outside, head.Odd + tail.Odd);
    }

    /// <summary>The scalar twin: one entry at a time.</summary>
    internal GridTally QuantiseScalar(ReadOnlySpan<double> values, ReadOnlySpan<ulong> draws, Span<long> grid)
    {
        long outside = 0, odd = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double x = values[i];
            double scaled = x * _weight * _scale;
            if (Math.Abs(scaled) > _bound) outside++;
            if (double.IsNaN(x) || (_infiniteIsOdd && double.IsInfinity(x))) odd++;
            scaled = double.IsNaN(scaled) ? 0 : Math.Min(Math.Max(scaled, -_bound), _bound);
            double floor = Math.Floor(scaled);
            if (_wholeOnly && floor != scaled) odd++;
            double whole = draws.IsEmpty ? Math.Round(scaled, MidpointRounding.ToEven)
                : CounterRandom.ToUnit(draws[i]) < scaled - floor ? floor + 1 : floor;
            grid[i] = (long)whole;
        }
        return new GridTally(outside, odd);
    }

    /// <summary>Four entries at a time; for at most 52 bits.</summary>
    internal GridTally QuantiseVector(ReadOnlySpan<double> values, ReadOnlySpan<ulong> draws, Span<long> grid)
    {
        Vector256<double> weight = Vector256.Create(_weight), scale = Vector256.Create(_scale), high = Vector256.Create(_bound), low = -high;
        Vector256<double> infinity = Vector256.Create(double.PositiveInfinity), shift = Vector256.Create(Shift);
        Vector256<long> outside = default, odd = default;
        ref double source = ref MemoryMarshal.GetReference(values);
        ref ulong words = ref MemoryMarshal.GetReference(draws);
        ref long target = ref MemoryMarshal.GetReference(grid[..values.Length]);
        bool isStochastic = !draws[..(draws.IsEmpty ? 0 : values.Length)].IsEmpty;
        for (nuint i = 0; i < (nuint)values.Length; i += (nuint)Vector256<double>.Count)
        {
            Vector256<double> x = Vector256.LoadUnsafe(ref source, i);
            Vector256<double> scaled = x * weight * scale;
            outside -= Vector256.GreaterThan(Vector256.Abs(scaled), high).AsInt64();
            Vector256<long> isNumber = Vector256.Equals(x, x).AsInt64();
            odd += isNumber + Vector256<long>.One;
            if (_infiniteIsOdd) odd -= Vector256.Equals(Vector256.Abs(x), infinity).AsInt64();
            scaled = Vector256.Min(Vector256.Max(scaled & isNumber.AsDouble(), low), high);
            Vector256<double> floor = Vector256.Floor(scaled);
            if (_wholeOnly) odd += Vector256.Equals(floor, scaled).AsInt64() + Vector256<long>.One;
            Vector256<double> whole;
            if (isStochastic) whole = floor + (Vector256.LessThan(CounterRandom.ToUnit(Vector256.LoadUnsafe(ref words, i)), scaled - floor) & Vector256<double>.One);
            else whole = Vector256.Round(scaled, MidpointRounding.ToEven);
            ((whole + shift).AsInt64() - shift.AsInt64()).StoreUnsafe(ref target, i);
        }
        return new GridTally(Vector256.Sum(outside), Vector256.Sum(odd));
    }

    /// <summary>Grid integers back to reals, with the weight divided out.</summary>
    public void Dequantise(ReadOnlySpan<long> grid, Span<double> reals)
    {
        double step = 1 / _scale;
        int i = 0;
        Vector256<double> steps = Vector256.Create(step), weights = Vector256.Create(_weight), shift = Vector256.Create(Shift);
        for (; _isFast && i <= grid.Length - Vector256<long>.Count; i += Vector256<long>.Count)
            (((Vector256.Create(grid[i..]) + shift.AsInt64()).AsDouble() - shift) * steps / weights).CopyTo(reals[i..]);
        for (; i < grid.Length; i++) reals[i] = grid[i] * step / _weight;
    }
}
