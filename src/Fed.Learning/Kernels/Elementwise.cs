using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Fed.Learning.Kernels;

/// <summary>Sums and products of spans of one length, place by place. Allocates nothing.</summary>
internal static class Elementwise
{
    /// <summary><c>y += alpha * x</c>, fused.</summary>
    public static void AddScaled<T>(T alpha, ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => LaneLoop.Run<T, AddScaledKernel<T>>(Same(x, y), new(alpha, x, y));

    /// <summary><c>y += x</c>.</summary>
    public static void Add<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => LaneLoop.Run<T, AddScaledKernel<T>>(Same(x, y), new(T.One, x, y));

    /// <summary><c>y *= x</c>.</summary>
    public static void Multiply<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => LaneLoop.Run<T, MultiplyKernel<T>>(Same(x, y), new(x, y));

    /// <summary><c>y *= factor</c>.</summary>
    public static void Scale<T>(T factor, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => LaneLoop.Run<T, ScaleKernel<T>>(y.Length, new(factor, y));

    /// <summary>Adds each row of a matrix to a vector, first row first.</summary>
    /// <param name="matrix">Shape <c>[rows, vector.Length]</c>.</param>
    /// <param name="vector">The sums.</param>
    public static void AddRows<T>(ReadOnlySpan<T> matrix, Span<T> vector)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (vector.Length == 1)
        {
            T sum = vector[0];
            foreach (T entry in matrix) sum += entry;
            vector[0] = sum;
            return;
        }
        for (int start = 0; start < matrix.Length; start += vector.Length) Add(matrix.Slice(start, vector.Length), vector);
    }

    /// <summary>Makes each row of a matrix a vector.</summary>
    /// <param name="vector">The row.</param>
    /// <param name="matrix">Shape <c>[rows, vector.Length]</c>.</param>
    public static void SetRows<T>(ReadOnlySpan<T> vector, Span<T> matrix)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (vector.Length == 1) matrix.Fill(vector[0]);
        else
            for (int start = 0; start < matrix.Length; start += vector.Length) vector.CopyTo(matrix[start..]);
    }

    /// <summary>Length of two spans, which must be one.</summary>
    internal static int Same<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y) => x.Length == y.Length ? x.Length : throw new ArgumentException($"lengths differ: {x.Length}, {y.Length}");

    internal readonly ref struct AddScaledKernel<T>(T alpha, ReadOnlySpan<T> x, Span<T> y) : ILaneKernel<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly T _alpha = alpha;
        private readonly ref T _x = ref MemoryMarshal.GetReference(x);
        private readonly ref T _y = ref MemoryMarshal.GetReference(y);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<TLanes>(int offset)
            where TLanes : struct, ILanes<TLanes, T> =>
            TLanes.MultiplyAdd(TLanes.All(_alpha), TLanes.Load(in _x, offset), TLanes.Load(in _y, offset)).Store(ref _y, offset);
    }

    internal readonly ref struct MultiplyKernel<T>(ReadOnlySpan<T> x, Span<T> y) : ILaneKernel<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ref T _x = ref MemoryMarshal.GetReference(x);
        private readonly ref T _y = ref MemoryMarshal.GetReference(y);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<TLanes>(int offset)
            where TLanes : struct, ILanes<TLanes, T> => (TLanes.Load(in _x, offset) * TLanes.Load(in _y, offset)).Store(ref _y, offset);
    }

    internal readonly ref struct ScaleKernel<T>(T factor, Span<T> y) : ILaneKernel<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly T _factor = factor;
        private readonly ref T _y = ref MemoryMarshal.GetReference(y);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<TLanes>(int offset)
            where TLanes : struct, ILanes<TLanes, T> => (TLanes.Load(in _y, offset) * TLanes.All(_factor)).Store(ref _y, offset);
    }
}
