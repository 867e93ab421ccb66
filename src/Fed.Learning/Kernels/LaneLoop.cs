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

/// <summary>Runs a kernel over all places, at the width of the processor; the rest one by one. Lanes do not meet, so the bits are the same at every width.</summary>
internal static class LaneLoop
{
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
        int i = 0;
        for (; i <= length - TLanes.Count; i += TLanes.Count) kernel.At<TLanes>(i);
        for (; i < length; i++) kernel.At<Lanes1<T>>(i);
    }
}
