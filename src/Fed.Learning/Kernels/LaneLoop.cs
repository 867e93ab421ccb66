using System.Numerics;
using System.Runtime.Intrinsics;

namespace Fed.Learning.Kernels;

/// <summary>What is done at each place of some spans, independently of other places.</summary>
/// <typeparam name="T">An entry.</typeparam>
internal interface ILaneKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Works on as many entries as there are lanes, from <paramref name="offset"/> on.</summary>
    void At<TLanes>(int offset)
        where TLanes : struct, ILanes<TLanes, T>;
}

/// <summary>
/// Runs a kernel over all places, at the width of the processor and on several threads where there are many; the rest one by one. Places do not meet, so the bits are the same at every width and
/// for any number of threads.
/// </summary>
internal static class LaneLoop
{
    /// <summary>Entries of a part: 128 KiB of float32, about 10 us of a core at least.</summary>
    internal const int Piece = 1 << 15;

    public static void Run<T, TKernel>(int length, TKernel kernel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TKernel : struct, ILaneKernel<T>, allows ref struct
    {
        if (Vector512.IsHardwareAccelerated) Run<T, TKernel, Lanes512<T>>(length, kernel);
        else if (Vector256.IsHardwareAccelerated) Run<T, TKernel, Lanes256<T>>(length, kernel);
        else if (Vector128.IsHardwareAccelerated) Run<T, TKernel, Lanes128<T>>(length, kernel);
        else Run<T, TKernel, Lanes1<T>>(length, kernel);
    }

    /// <summary>At a given width.</summary>
    internal static void Run<T, TKernel, TLanes>(int length, TKernel kernel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TKernel : struct, ILaneKernel<T>, allows ref struct
        where TLanes : struct, ILanes<TLanes, T>
    {
        if (length < 2 * Piece) Run<T, TKernel, TLanes>(0, length, kernel);
        else ForkJoin.Run(new Pieces<T, TKernel, TLanes>(length, kernel));
    }

    private static void Run<T, TKernel, TLanes>(int start, int end, TKernel kernel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TKernel : struct, ILaneKernel<T>, allows ref struct
        where TLanes : struct, ILanes<TLanes, T>
    {
        int i = start;
        for (; i <= end - TLanes.Count; i += TLanes.Count) kernel.At<TLanes>(i);
        for (; i < end; i++) kernel.At<Lanes1<T>>(i);
    }

    private readonly ref struct Pieces<T, TKernel, TLanes>(int length, TKernel kernel) : IParts
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TKernel : struct, ILaneKernel<T>, allows ref struct
        where TLanes : struct, ILanes<TLanes, T>
    {
        private readonly TKernel _kernel = kernel;

        public int Parts => (length + Piece - 1) / Piece;

        public void Run(int part) => Run<T, TKernel, TLanes>(part * Piece, Math.Min(length, (part + 1) * Piece), _kernel);
    }
}
