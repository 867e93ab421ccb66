using BenchmarkDotNet.Attributes;
using Fed.Crypto.Ring;

namespace Fed.Benchmarks.Crypto;

/// <summary>Transforms and lazy sums under BenchmarkDotNet: time with its spread, and allocated bytes (none).</summary>
[MemoryDiagnoser]
public class RingMicroBenchmarks
{
    private NttTables _tables = null!;
    private ResidueAccumulator _sum = null!;
    private ulong[] _row = [], _summand = [], _closed = [];
    private byte[] _packed = [];

    /// <summary>Degree of the ring.</summary>
    [Params(4096, 8192)]
    public int N { get; set; }

    /// <summary>Bits of the prime: one size for each path of the transform.</summary>
    [Params(49, 60)]
    public int Bits { get; set; }

    /// <summary>Makes the tables and random rows.</summary>
    [GlobalSetup]
    public void Setup()
    {
        RnsRing ring = new(N, PrimeSearch.Create(N, Bits));
        _tables = ring.Tables(0);
        _row = RingRows.Residues(ring, 1);
        _summand = [.. _row];
        _closed = new ulong[N];
        _packed = new byte[ResiduePacking.PackedBytes(ring)];
        ResiduePacking.Pack(ring, _row, _packed);
        _sum = new ResidueAccumulator(ring, polys: 1);
    }

    /// <summary>Coefficients to evaluations.</summary>
    [Benchmark]
    public void Forward() => _tables.Forward(_row);

    /// <summary>Evaluations to coefficients.</summary>
    [Benchmark]
    public void Inverse() => _tables.Inverse(_row);

    /// <summary>Eight summands of whole words, and the reduction at the end.</summary>
    [Benchmark(OperationsPerInvoke = 8)]
    public void Add()
    {
        for (int i = 0; i < 8; i++) _sum.Add(_summand);
        _sum.Close(_closed);
    }

    /// <summary>Eight packed summands, and the reduction at the end.</summary>
    [Benchmark(OperationsPerInvoke = 8)]
    public void AddPacked()
    {
        for (int i = 0; i < 8; i++) _sum.AddPacked(_packed);
        _sum.Close(_closed);
    }
}
