using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Fed.Crypto.Ring;

/// <summary>The kernels at one vector width. Layers go two at a time through registers; the last ones, whose pairs lie within a vector, four or five at a time.</summary>
internal sealed class DoubleNtt<TLanes, TVector> : DoubleNtt
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private static readonly int LaneLayers = BitOperations.Log2((uint)TLanes.Count);

    private readonly int _n;
    private readonly double _q, _inverse;
    private readonly double[] _roots, _inverseRoots, _laneRoots, _inverseLaneRoots;
    private readonly double _degreeInverse, _degreeInverseRoot;
    private readonly bool[] _reduces;   // by forward pass

    public DoubleNtt(int n, Modulus q, ulong root)
    {
        _n = n;
        _q = q.Value;
        _inverse = 1.0 / q.Value;
        ulong[] roots = NttTables.ReversedPowers(n, q, root), inverseRoots = NttTables.ReversedPowers(n, q, q.Inverse(root));
        _roots = Array.ConvertAll(roots, Centre);
        _inverseRoots = Array.ConvertAll(inverseRoots, Centre);
        _laneRoots = LaneRoots(_roots);
        _inverseLaneRoots = LaneRoots(_inverseRoots);
        ulong degreeInverse = q.Inverse(q.Reduce((ulong)n));
        _degreeInverse = Centre(degreeInverse);
        _degreeInverseRoot = Centre(q.Multiply(degreeInverse, inverseRoots[1]));
        _reduces = Schedule();

        double Centre(ulong residue) => residue > q.Value / 2 ? -(double)(q.Value - residue) : residue;
    }

    public override void Forward(Span<ulong> row) => Forward<Words>(ref Start(MemoryMarshal.Cast<ulong, double>(row)));

    public override void Forward(Span<double> row) => Forward<Doubles>(ref Start(row));

    public override void Inverse(Span<ulong> row) => Inverse<Words>(ref Start(MemoryMarshal.Cast<ulong, double>(row)));

    public override void Inverse(Span<double> row) => Inverse<Doubles>(ref Start(row));

    private ref double Start(Span<double> row)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(row.Length, _n);
        return ref MemoryMarshal.GetReference(row);
    }

    /// <summary>Layers before the tail.</summary>
    private int HeadLayers => BitOperations.Log2((uint)_n) - LaneLayers - 2;

    private void Forward<TFormat>(ref double row) where TFormat : struct, IFormat
    {
        int blocks = 1, pass = 0;
        if (HeadLayers % 2 == 1)
        {
            ForwardTwo<TFormat>(ref row);
            blocks = 2;
            pass = 1;
        }
        else
        {
            ForwardFour<TFormat>(ref row, 1, reduce: false);
            blocks = 4;
            pass = 1;
        }
        for (; blocks < _n / (4 * TLanes.Count); blocks *= 4) ForwardFour<Doubles>(ref row, blocks, _reduces[pass++]);
        ForwardTail<TFormat>(ref row, _reduces[pass]);
    }

    /// <summary>The first layer alone, where the number of layers is odd.</summary>
    private void ForwardTwo<TIn>(ref double row) where TIn : struct, IFormat
    {
        TVector q = TLanes.Create(_q), inverse = TLanes.Create(_inverse), w = TLanes.Create(_roots[1]);
        ref double lower = ref Unsafe.Add(ref row, _n / 2);
        for (nuint i = 0; i < (nuint)_n / 2; i += (nuint)TLanes.Count)
        {
            TVector a = Load<TIn>(ref row, i), b = Product(Load<TIn>(ref lower, i), w, q, inverse);
            TLanes.Store(TLanes.Add(a, b), ref row, i);
            TLanes.Store(TLanes.Subtract(a, b), ref lower, i);
        }
    }

    /// <summary>Two layers: blocks and twice as many blocks.</summary>
    private void ForwardFour<TIn>(ref double row, int blocks, bool reduce) where TIn : struct, IFormat
    {
        TVector q = TLanes.Create(_q), inverse = TLanes.Create(_inverse);
        nuint quarter = (nuint)(_n / (4 * blocks));
        for (int block = 0; block < blocks; block++)
        {
            TVector w = TLanes.Create(_roots[blocks + block]);
            TVector v0 = TLanes.Create(_roots[(2 * blocks) + (2 * block)]), v1 = TLanes.Create(_roots[(2 * blocks) + (2 * block) + 1]);
            ref double r0 = ref Unsafe.Add(ref row, 4 * quarter * (nuint)block);
            ref double r1 = ref Unsafe.Add(ref r0, quarter);
            ref double r2 = ref Unsafe.Add(ref r1, quarter);
            ref double r3 = ref Unsafe.Add(ref r2, quarter);
            for (nuint i = 0; i < quarter; i += (nuint)TLanes.Count)
            {
                TVector a = Load<TIn>(ref r0, i), b = Load<TIn>(ref r1, i);
                if (reduce)
                {
                    a = Reduce(a, q, inverse);
                    b = Reduce(b, q, inverse);
                }
                TVector c = Product(Load<TIn>(ref r2, i), w, q, inverse), d = Product(Load<TIn>(ref r3, i), w, q, inverse);
                TVector e = TLanes.Add(a, c), f = Product(TLanes.Add(b, d), v0, q, inverse);
                TVector g = TLanes.Subtract(a, c), h = Product(TLanes.Subtract(b, d), v1, q, inverse);
                TLanes.Store(TLanes.Add(e, f), ref r0, i);
                TLanes.Store(TLanes.Subtract(e, f), ref r1, i);
                TLanes.Store(TLanes.Add(g, h), ref r2, i);
                TLanes.Store(TLanes.Subtract(g, h), ref r3, i);
            }
        }
    }

    /// <summary>The last layers, on four vectors in registers: two between vectors, the others within them.</summary>
    private void ForwardTail<TOut>(ref double row, bool reduce) where TOut : struct, IFormat
    {
        TVector q = TLanes.Create(_q), inverse = TLanes.Create(_inverse);
        nuint count = (nuint)TLanes.Count;
        int blocks = _n / (4 * TLanes.Count);
        ref double laneRoots = ref MemoryMarshal.GetArrayDataReference(_laneRoots);
        ref double roots = ref MemoryMarshal.GetArrayDataReference(_roots);
        for (int block = 0; block < blocks; block++, row = ref Unsafe.Add(ref row, 4 * count))
        {
            TVector w = TLanes.Create(Unsafe.Add(ref roots, blocks + block));
            TVector v0 = TLanes.Create(Unsafe.Add(ref roots, (2 * blocks) + (2 * block))), v1 = TLanes.Create(Unsafe.Add(ref roots, (2 * blocks) + (2 * block) + 1));
            TVector a = TLanes.Load(ref row, 0), b = TLanes.Load(ref row, count);
            if (reduce)
            {
                a = Reduce(a, q, inverse);
                b = Reduce(b, q, inverse);
            }
            TVector c = Product(TLanes.Load(ref row, 2 * count), w, q, inverse), d = Product(TLanes.Load(ref row, 3 * count), w, q, inverse);
            TVector e = TLanes.Add(a, c), f = Product(TLanes.Add(b, d), v0, q, inverse);
            TVector g = TLanes.Subtract(a, c), h = Product(TLanes.Subtract(b, d), v1, q, inverse);
            ForwardLanes<TOut>(TLanes.Add(e, f), TLanes.Subtract(e, f), ref laneRoots, q, inverse, ref row);
            laneRoots = ref Unsafe.Add(ref laneRoots, LaneLayers * TLanes.Count);
            ForwardLanes<TOut>(TLanes.Add(g, h), TLanes.Subtract(g, h), ref laneRoots, q, inverse, ref Unsafe.Add(ref row, 2 * count));
            laneRoots = ref Unsafe.Add(ref laneRoots, LaneLayers * TLanes.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ForwardLanes<TOut>(TVector a, TVector b, ref double roots, TVector q, TVector inverse, ref double row) where TOut : struct, IFormat
    {
        nuint at = 0, count = (nuint)TLanes.Count;
        if (TLanes.Count == 8)
        {
            ForwardLayer(ref a, ref b, TLanes.Load(ref roots, 0), q, inverse, 4);
            at = count;
        }
        ForwardLayer(ref a, ref b, TLanes.Load(ref roots, at), q, inverse, 2);
        ForwardLayer(ref a, ref b, TLanes.Load(ref roots, at + count), q, inverse, 1);
        Exchange(ref a, ref b, 1);
        Exchange(ref a, ref b, 2);
        if (TLanes.Count == 8) Exchange(ref a, ref b, 4);
        Store<TOut>(Reduce(a, q, inverse), q, ref row, 0);
        Store<TOut>(Reduce(b, q, inverse), q, ref row, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ForwardLayer(ref TVector a, ref TVector b, TVector w, TVector q, TVector inverse, int piece)
    {
        Exchange(ref a, ref b, piece);
        TVector product = Product(b, w, q, inverse);
        b = TLanes.Subtract(a, product);
        a = TLanes.Add(a, product);
    }

    private void Inverse<TFormat>(ref double row) where TFormat : struct, IFormat
    {
        InverseHead<TFormat>(ref row);
        int blocks = _n / (4 * TLanes.Count);
        for (; blocks > 4; blocks /= 4) InverseFour<Doubles>(ref row, blocks / 4);
        if (blocks == 4) InverseFour<TFormat>(ref row, 1);
        else InverseTwo<TFormat>(ref row);
    }

    /// <summary>The first layers, on four vectors in registers.</summary>
    private void InverseHead<TIn>(ref double row) where TIn : struct, IFormat
    {
        TVector q = TLanes.Create(_q), inverse = TLanes.Create(_inverse);
        nuint count = (nuint)TLanes.Count;
        int blocks = _n / (4 * TLanes.Count);
        ref double laneRoots = ref MemoryMarshal.GetArrayDataReference(_inverseLaneRoots);
        ref double roots = ref MemoryMarshal.GetArrayDataReference(_inverseRoots);
        for (int block = 0; block < blocks; block++, row = ref Unsafe.Add(ref row, 4 * count))
        {
            TVector w = TLanes.Create(Unsafe.Add(ref roots, blocks + block));
            TVector v0 = TLanes.Create(Unsafe.Add(ref roots, (2 * blocks) + (2 * block))), v1 = TLanes.Create(Unsafe.Add(ref roots, (2 * blocks) + (2 * block) + 1));
            TVector a = Load<TIn>(ref row, 0), b = Load<TIn>(ref row, count), c = Load<TIn>(ref row, 2 * count), d = Load<TIn>(ref row, 3 * count);
            InverseLanes(ref a, ref b, ref laneRoots, q, inverse);
            laneRoots = ref Unsafe.Add(ref laneRoots, LaneLayers * TLanes.Count);
            InverseLanes(ref c, ref d, ref laneRoots, q, inverse);
            laneRoots = ref Unsafe.Add(ref laneRoots, LaneLayers * TLanes.Count);
            InverseButterflies(ref a, ref b, ref c, ref d, w, v0, v1, q, inverse);
            TLanes.Store(a, ref row, 0);
            TLanes.Store(b, ref row, count);
            TLanes.Store(c, ref row, 2 * count);
            TLanes.Store(d, ref row, 3 * count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InverseLanes(ref TVector a, ref TVector b, ref double roots, TVector q, TVector inverse)
    {
        nuint count = (nuint)TLanes.Count, at = TLanes.Count == 8 ? count : 0;
        if (TLanes.Count == 8) Exchange(ref a, ref b, 4);
        Exchange(ref a, ref b, 2);
        Exchange(ref a, ref b, 1);
        InverseLayer(ref a, ref b, TLanes.Load(ref roots, at + count), q, inverse);
        Exchange(ref a, ref b, 1);
        InverseLayer(ref a, ref b, TLanes.Load(ref roots, at), q, inverse);
        a = Reduce(a, q, inverse);
        Exchange(ref a, ref b, 2);
        if (TLanes.Count != 8) return;
        InverseLayer(ref a, ref b, TLanes.Load(ref roots, 0), q, inverse);
        a = Reduce(a, q, inverse);
        Exchange(ref a, ref b, 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InverseLayer(ref TVector a, ref TVector b, TVector w, TVector q, TVector inverse)
    {
        TVector difference = TLanes.Subtract(a, b);
        a = TLanes.Add(a, b);
        b = Product(difference, w, q, inverse);
    }

    /// <summary>Two layers between four vectors. From <c>B ≤ 2</c> it returns to <c>B ≤ 2</c>: sums of sums are reduced, the rest are products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InverseButterflies(ref TVector a, ref TVector b, ref TVector c, ref TVector d, TVector w, TVector v0, TVector v1, TVector q, TVector inverse)
    {
        InverseLayer(ref a, ref b, v0, q, inverse);
        InverseLayer(ref c, ref d, v1, q, inverse);
        InverseLayer(ref a, ref c, w, q, inverse);
        InverseLayer(ref b, ref d, w, q, inverse);
        a = Reduce(a, q, inverse);
        b = Reduce(b, q, inverse);
    }

    private void InverseFour<TOut>(ref double row, int blocks) where TOut : struct, IFormat
    {
        TVector q = TLanes.Create(_q), inverse = TLanes.Create(_inverse);
        nuint quarter = (nuint)(_n / (4 * blocks));
        for (int block = 0; block < blocks; block++)
        {
            TVector w = TLanes.Create(blocks == 1 ? _degreeInverseRoot : _inverseRoots[blocks + block]);
            TVector v0 = TLanes.Create(_inverseRoots[(2 * blocks) + (2 * block)]), v1 = TLanes.Create(_inverseRoots[(2 * blocks) + (2 * block) + 1]);
            TVector scale = TLanes.Create(_degreeInverse);
            ref double r0 = ref Unsafe.Add(ref row, 4 * quarter * (nuint)block);
            ref double r1 = ref Unsafe.Add(ref r0, quarter);
            ref double r2 = ref Unsafe.Add(ref r1, quarter);
            ref double r3 = ref Unsafe.Add(ref r2, quarter);
            for (nuint i = 0; i < quarter; i += (nuint)TLanes.Count)
            {
                TVector a = TLanes.Load(ref r0, i), b = TLanes.Load(ref r1, i), c = TLanes.Load(ref r2, i), d = TLanes.Load(ref r3, i);
                InverseButterflies(ref a, ref b, ref c, ref d, w, v0, v1, q, inverse);
                if (blocks == 1)
                {
                    a = Reduce(Product(a, scale, q, inverse), q, inverse);
                    b = Reduce(Product(b, scale, q, inverse), q, inverse);
                    c = Reduce(c, q, inverse);
                    d = Reduce(d, q, inverse);
                    Store<TOut>(a, q, ref r0, i);
                    Store<TOut>(b, q, ref r1, i);
                    Store<TOut>(c, q, ref r2, i);
                    Store<TOut>(d, q, ref r3, i);
                    continue;
                }
                TLanes.Store(a, ref r0, i);
                TLanes.Store(b, ref r1, i);
                TLanes.Store(c, ref r2, i);
                TLanes.Store(d, ref r3, i);
            }
        }
    }

    private void InverseTwo<TOut>(ref double row) where TOut : struct, IFormat
    {
        TVector q = TLanes.Create(_q), inverse = TLanes.Create(_inverse), w = TLanes.Create(_degreeInverseRoot), scale = TLanes.Create(_degreeInverse);
        ref double lower = ref Unsafe.Add(ref row, _n / 2);
        for (nuint i = 0; i < (nuint)_n / 2; i += (nuint)TLanes.Count)
        {
            TVector a = TLanes.Load(ref row, i), b = TLanes.Load(ref lower, i);
            Store<TOut>(Reduce(Product(TLanes.Add(a, b), scale, q, inverse), q, inverse), q, ref row, i);
            Store<TOut>(Reduce(Product(TLanes.Subtract(a, b), w, q, inverse), q, inverse), q, ref lower, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Product(TVector y, TVector w, TVector q, TVector inverse) => DoubleMath<TLanes, TVector>.Product(y, w, q, inverse);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Reduce(TVector value, TVector q, TVector inverse) => DoubleMath<TLanes, TVector>.Reduce(value, q, inverse);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Exchange(ref TVector a, ref TVector b, int piece) => (a, b) = (TLanes.Even(a, b, piece), TLanes.Odd(a, b, piece));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Load<TIn>(ref double row, nuint index) where TIn : struct, IFormat =>
        TIn.IsWords ? TLanes.FromWords(TLanes.Load(ref row, index)) : TLanes.Load(ref row, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TOut>(TVector value, TVector q, ref double row, nuint index) where TOut : struct, IFormat =>
        TLanes.Store(TOut.IsWords ? TLanes.ToWords(value, q) : value, ref row, index);

    /// <summary>Which forward passes reduce what they do not multiply, so that integers stay below 2^53.</summary>
    private bool[] Schedule()
    {
        double limit = Math.ScaleB(1, 53) / _q, slope = 1.51 * Math.ScaleB(_q, -53), bound = 1;
        List<bool> reduces = [];
        int head = HeadLayers % 2 == 1 ? 1 : 2;
        Plan(head);
        for (int layers = head; layers < HeadLayers; layers += 2) Plan(2);
        Plan(LaneLayers + 2);
        return [.. reduces];

        void Plan(int layers)
        {
            double lazy = After(layers, bound, bound), reduced = After(layers, 0.51, bound);
            reduces.Add(lazy > limit);
            bound = lazy > limit ? reduced : lazy;
            Debug.Assert(bound <= limit);
        }

        double After(int layers, double upper, double lower)
        {
            for (; layers > 0; layers--) upper = lower = upper + 0.5 + (slope * lower);
            return upper;
        }
    }

    /// <summary>The roots of the layers within vectors, lane by lane as <see cref="ForwardLanes"/> meets them.</summary>
    private double[] LaneRoots(double[] roots)
    {
        int count = TLanes.Count;
        double[] ordered = new double[_n / (2 * count) * LaneLayers * count];
        int at = 0;
        for (int start = 0; start < _n; start += 2 * count)
        {
            // The same exchanges on the indices say which element, and so which block, each lane holds.
            int[] a = [.. Enumerable.Range(start, count)], b = [.. Enumerable.Range(start + count, count)];
            for (int piece = count / 2; piece >= 1; piece /= 2)
            {
                for (int lane = 0; lane < count; lane++)
                {
                    if (lane / piece % 2 == 1) (a[lane], b[lane - piece]) = (b[lane - piece], a[lane]);
                }
                for (int lane = 0; lane < count; lane++) ordered[at++] = roots[(_n / (2 * piece)) + (a[lane] / (2 * piece))];
            }
        }
        return ordered;
    }

    private interface IFormat
    {
        static abstract bool IsWords { get; }
    }

    private readonly struct Words : IFormat
    {
        public static bool IsWords => true;
    }

    private readonly struct Doubles : IFormat
    {
        public static bool IsWords => false;
    }
}
