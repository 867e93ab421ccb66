using System.Runtime.CompilerServices;

namespace Fed.Crypto.Ring;

/// <content>Gentleman-Sande, from neighbours up to whole rows.</content>
internal sealed partial class VectorNtt<TArithmetic, TLanes, TVector>
{
    public override void Inverse(Span<ulong> row)
    {
        ref double start = ref Start(row);
        InverseHead(ref start);
        int blocks = TailBlocks;
        for (; blocks > 4; blocks /= 4) InverseFour(ref start, blocks / 4);
        if (blocks == 4) InverseLastFour(ref start);
        else InverseLastTwo(ref start);
    }

    /// <summary>The first layers: those within vectors, then two between four vectors.</summary>
    [MethodImpl(Kernel.Loop)]
    private void InverseHead(ref double row)
    {
        TArithmetic arithmetic = TArithmetic.Create(_q);
        nuint count = (nuint)TLanes.Count, lanes = 0;
        int blocks = TailBlocks;
        for (int block = 0; block < blocks; block++, row = ref Unsafe.Add(ref row, 4 * count))
        {
            Twiddle<TVector> w = _inverseRoots.Block(blocks + block), v0 = _inverseRoots.Block(2 * (blocks + block)), v1 = _inverseRoots.Block((2 * (blocks + block)) + 1);
            TVector a = Load<Residues>(arithmetic, ref row, 0), b = Load<Residues>(arithmetic, ref row, count);
            TVector c = Load<Residues>(arithmetic, ref row, 2 * count), d = Load<Residues>(arithmetic, ref row, 3 * count);
            InverseLanes(arithmetic, ref a, ref b, lanes);
            lanes += (nuint)(LaneLayers * TLanes.Count);
            InverseLanes(arithmetic, ref c, ref d, lanes);
            lanes += (nuint)(LaneLayers * TLanes.Count);
            InverseButterflies(arithmetic, ref a, ref b, ref c, ref d, w, v0, v1);
            a = arithmetic.Reduce(a);
            b = arithmetic.Reduce(b);
            TLanes.Store(a, ref row, 0);
            TLanes.Store(b, ref row, count);
            TLanes.Store(c, ref row, 2 * count);
            TLanes.Store(d, ref row, 3 * count);
        }
    }

    /// <summary>The layers within vectors. In units of q their values are bounded by 1, 2, then (reduced) 1.26, at eight lanes 2.5 and (reduced) 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void InverseLanes(in TArithmetic arithmetic, ref TVector a, ref TVector b, nuint lanes)
    {
        nuint count = (nuint)TLanes.Count, second = TLanes.Count == 8 ? lanes + count : lanes;
        if (TLanes.Count == 8) Exchange(ref a, ref b, 4);
        Exchange(ref a, ref b, 2);
        Exchange(ref a, ref b, 1);
        arithmetic.Inverse(ref a, ref b, _inverseRoots.Lanes(second + count));
        Exchange(ref a, ref b, 1);
        arithmetic.Inverse(ref a, ref b, _inverseRoots.Lanes(second));
        a = arithmetic.Reduce(a);
        Exchange(ref a, ref b, 2);
        if (TLanes.Count != 8) return;
        arithmetic.Inverse(ref a, ref b, _inverseRoots.Lanes(lanes));
        a = arithmetic.Reduce(a);
        Exchange(ref a, ref b, 4);
    }

    /// <summary>
    /// Two layers between four vectors. In units of q, values bounded by B give sums of sums bounded by 4B, which the caller reduces (a and b), and products bounded by
    /// <c>1/2 + 0.19·4B</c> (primes of 50 bits): from 1.3 that stays below 1.95 for all passes of the largest degree, and 4B below 8.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InverseButterflies(
        in TArithmetic arithmetic, ref TVector a, ref TVector b, ref TVector c, ref TVector d, Twiddle<TVector> w, Twiddle<TVector> v0, Twiddle<TVector> v1)
    {
        arithmetic.Inverse(ref a, ref b, v0);
        arithmetic.Inverse(ref c, ref d, v1);
        arithmetic.Inverse(ref a, ref c, w);
        arithmetic.Inverse(ref b, ref d, w);
    }

    [MethodImpl(Kernel.Loop)]
    private void InverseFour(ref double row, int blocks)
    {
        TArithmetic arithmetic = TArithmetic.Create(_q);
        nuint quarter = (nuint)(_n / (4 * blocks));
        for (int block = 0; block < blocks; block++)
        {
            Twiddle<TVector> w = _inverseRoots.Block(blocks + block), v0 = _inverseRoots.Block(2 * (blocks + block)), v1 = _inverseRoots.Block((2 * (blocks + block)) + 1);
            ref double r0 = ref Unsafe.Add(ref row, 4 * quarter * (nuint)block);
            ref double r1 = ref Unsafe.Add(ref r0, quarter);
            ref double r2 = ref Unsafe.Add(ref r1, quarter);
            ref double r3 = ref Unsafe.Add(ref r2, quarter);
            for (nuint i = 0; i < quarter; i += (nuint)TLanes.Count)
            {
                TVector a = TLanes.Load(ref r0, i), b = TLanes.Load(ref r1, i), c = TLanes.Load(ref r2, i), d = TLanes.Load(ref r3, i);
                InverseButterflies(arithmetic, ref a, ref b, ref c, ref d, w, v0, v1);
                TLanes.Store(arithmetic.Reduce(a), ref r0, i);
                TLanes.Store(arithmetic.Reduce(b), ref r1, i);
                TLanes.Store(c, ref r2, i);
                TLanes.Store(d, ref r3, i);
            }
        }
    }

    /// <summary>The last two layers and the division by the degree, which rides in the roots of the differences.</summary>
    [MethodImpl(Kernel.Loop)]
    private void InverseLastFour(ref double row)
    {
        TArithmetic arithmetic = TArithmetic.Create(_q);
        Twiddle<TVector> w = _lastRoot.Spread(), v0 = _inverseRoots.Block(2), v1 = _inverseRoots.Block(3), scale = _scale.Spread();
        nuint quarter = (nuint)(_n / 4);
        ref double r1 = ref Unsafe.Add(ref row, quarter);
        ref double r2 = ref Unsafe.Add(ref r1, quarter);
        ref double r3 = ref Unsafe.Add(ref r2, quarter);
        for (nuint i = 0; i < quarter; i += (nuint)TLanes.Count)
        {
            TVector a = TLanes.Load(ref row, i), b = TLanes.Load(ref r1, i), c = TLanes.Load(ref r2, i), d = TLanes.Load(ref r3, i);
            InverseButterflies(arithmetic, ref a, ref b, ref c, ref d, w, v0, v1);
            Store<Residues>(arithmetic, arithmetic.Product(a, scale), ref row, i);
            Store<Residues>(arithmetic, arithmetic.Product(b, scale), ref r1, i);
            Store<Residues>(arithmetic, c, ref r2, i);
            Store<Residues>(arithmetic, d, ref r3, i);
        }
    }

    /// <summary>The last layer alone, where the number of layers is odd.</summary>
    [MethodImpl(Kernel.Loop)]
    private void InverseLastTwo(ref double row)
    {
        TArithmetic arithmetic = TArithmetic.Create(_q);
        Twiddle<TVector> w = _lastRoot.Spread(), scale = _scale.Spread();
        ref double lower = ref Unsafe.Add(ref row, _n / 2);
        for (nuint i = 0; i < (nuint)_n / 2; i += (nuint)TLanes.Count)
        {
            TVector a = TLanes.Load(ref row, i), b = TLanes.Load(ref lower, i);
            arithmetic.Inverse(ref a, ref b, w);
            Store<Residues>(arithmetic, arithmetic.Product(a, scale), ref row, i);
            Store<Residues>(arithmetic, b, ref lower, i);
        }
    }
}
