using System.Runtime.CompilerServices;

namespace Fed.Crypto.Ring;

/// <content>Cooley-Tukey, from whole rows down to neighbours.</content>
internal sealed partial class VectorNtt<TArithmetic, TLanes, TVector>
{
    public override void Forward(Span<ulong> row)
    {
        ref double start = ref Start(row);
        int blocks = 1 << _firstLayers, pass = 1;
        if (blocks == 2) ForwardTwo<Residues>(ref start);
        else ForwardFour<Residues>(ref start, 1, reduce: false);
        for (; blocks < TailBlocks; blocks *= 4) ForwardFour<Lazy>(ref start, blocks, _reduces[pass++]);
        ForwardTail(ref start, _reduces[pass]);
    }

    /// <summary>The first layer alone, where the number of layers is odd.</summary>
    [MethodImpl(Kernel.Loop)]
    private void ForwardTwo<TIn>(ref double row) where TIn : struct, IForm
    {
        TArithmetic arithmetic = TArithmetic.Create(_q);
        Twiddle<TVector> w = _roots.Block(1);
        ref double lower = ref Unsafe.Add(ref row, _n / 2);
        for (nuint i = 0; i < (nuint)_n / 2; i += (nuint)TLanes.Count)
        {
            TVector a = Load<TIn>(arithmetic, ref row, i), b = Load<TIn>(arithmetic, ref lower, i);
            arithmetic.Forward(ref a, ref b, w);
            TLanes.Store(a, ref row, i);
            TLanes.Store(b, ref lower, i);
        }
    }

    /// <summary>Two layers: that of <paramref name="blocks"/> blocks and that of twice as many.</summary>
    [MethodImpl(Kernel.Loop)]
    private void ForwardFour<TIn>(ref double row, int blocks, bool reduce) where TIn : struct, IForm
    {
        TArithmetic arithmetic = TArithmetic.Create(_q);
        nuint quarter = (nuint)(_n / (4 * blocks));
        for (int block = 0; block < blocks; block++)
        {
            Twiddle<TVector> w = _roots.Block(blocks + block), v0 = _roots.Block(2 * (blocks + block)), v1 = _roots.Block((2 * (blocks + block)) + 1);
            ref double r0 = ref Unsafe.Add(ref row, 4 * quarter * (nuint)block);
            ref double r1 = ref Unsafe.Add(ref r0, quarter);
            ref double r2 = ref Unsafe.Add(ref r1, quarter);
            ref double r3 = ref Unsafe.Add(ref r2, quarter);
            for (nuint i = 0; i < quarter; i += (nuint)TLanes.Count)
            {
                TVector a = Load<TIn>(arithmetic, ref r0, i), b = Load<TIn>(arithmetic, ref r1, i);
                TVector c = Load<TIn>(arithmetic, ref r2, i), d = Load<TIn>(arithmetic, ref r3, i);
                ForwardButterflies(arithmetic, ref a, ref b, ref c, ref d, w, v0, v1, reduce);
                TLanes.Store(a, ref r0, i);
                TLanes.Store(b, ref r1, i);
                TLanes.Store(c, ref r2, i);
                TLanes.Store(d, ref r3, i);
            }
        }
    }

    /// <summary>The last layers: two between four vectors, the others within them.</summary>
    [MethodImpl(Kernel.Loop)]
    private void ForwardTail(ref double row, bool reduce)
    {
        TArithmetic arithmetic = TArithmetic.Create(_q);
        nuint count = (nuint)TLanes.Count, lanes = 0;
        int blocks = TailBlocks;
        for (int block = 0; block < blocks; block++, row = ref Unsafe.Add(ref row, 4 * count))
        {
            Twiddle<TVector> w = _roots.Block(blocks + block), v0 = _roots.Block(2 * (blocks + block)), v1 = _roots.Block((2 * (blocks + block)) + 1);
            TVector a = TLanes.Load(ref row, 0), b = TLanes.Load(ref row, count), c = TLanes.Load(ref row, 2 * count), d = TLanes.Load(ref row, 3 * count);
            ForwardButterflies(arithmetic, ref a, ref b, ref c, ref d, w, v0, v1, reduce);
            ForwardLanes(arithmetic, ref a, ref b, lanes);
            lanes += (nuint)(LaneLayers * TLanes.Count);
            ForwardLanes(arithmetic, ref c, ref d, lanes);
            lanes += (nuint)(LaneLayers * TLanes.Count);
            Store<Residues>(arithmetic, a, ref row, 0);
            Store<Residues>(arithmetic, b, ref row, count);
            Store<Residues>(arithmetic, c, ref row, 2 * count);
            Store<Residues>(arithmetic, d, ref row, 3 * count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ForwardButterflies(
        in TArithmetic arithmetic, ref TVector a, ref TVector b, ref TVector c, ref TVector d, Twiddle<TVector> w, Twiddle<TVector> v0, Twiddle<TVector> v1, bool reduce)
    {
        if (reduce)
        {
            // c and d become products at once.
            a = arithmetic.Reduce(a);
            b = arithmetic.Reduce(b);
        }
        arithmetic.Forward(ref a, ref c, w);
        arithmetic.Forward(ref b, ref d, w);
        arithmetic.Forward(ref a, ref b, v0);
        arithmetic.Forward(ref c, ref d, v1);
    }

    /// <summary>The layers within vectors: exchanges bring the partners of each layer into the same lane of two vectors, and at last all back to their places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ForwardLanes(in TArithmetic arithmetic, ref TVector a, ref TVector b, nuint lanes)
    {
        nuint count = (nuint)TLanes.Count;
        if (TLanes.Count == 8)
        {
            Exchange(ref a, ref b, 4);
            arithmetic.Forward(ref a, ref b, _roots.Lanes(lanes));
            lanes += count;
        }
        Exchange(ref a, ref b, 2);
        arithmetic.Forward(ref a, ref b, _roots.Lanes(lanes));
        Exchange(ref a, ref b, 1);
        arithmetic.Forward(ref a, ref b, _roots.Lanes(lanes + count));
        Exchange(ref a, ref b, 1);
        Exchange(ref a, ref b, 2);
        if (TLanes.Count == 8) Exchange(ref a, ref b, 4);
    }
}
