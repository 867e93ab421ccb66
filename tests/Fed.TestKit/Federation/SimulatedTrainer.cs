using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Vectors;

namespace Fed.TestKit.Federation;

/// <summary>How a site behaves.</summary>
public enum SiteBehaviour
{
    /// <summary>As it should.</summary>
    Honest,

    /// <summary>Takes longer than a round's deadline, now and then, while faults last.</summary>
    Straggler,

    /// <summary>Cannot contribute to some rounds.</summary>
    Declines,

    /// <summary>Its computation gives no number in some rounds.</summary>
    NotANumber,

    /// <summary>Its outbox hands out other bytes than its manifests name.</summary>
    Lies,

    /// <summary>Offers its updates under the hash of another schema.</summary>
    WrongSchema,

    /// <summary>Offers its updates under another round.</summary>
    WrongRound,

    /// <summary>Offers its updates under another attempt.</summary>
    WrongAttempt,

    /// <summary>Offers its updates as computed from another base or under another plan.</summary>
    WrongBase,

    /// <summary>Seals shares that some of the others cannot read.</summary>
    BadDeal,

    /// <summary>Releases shares that are none.</summary>
    BadShare,

    /// <summary>Computes something else each time it is asked, as a site with privacy noise does: only what its outbox keeps may ever leave.</summary>
    Noisy,
}

/// <summary>
/// A site's computation for the simulation: a vector of integers that follows from (job seed, site, round, sum), the broadcast and the promoted silo state. It belongs to the test, not to
/// the node: what it notes survives the node's crashes.
/// </summary>
public sealed class SimulatedTrainer(SiloId silo, SiteBehaviour behaviour, RingWidth ring) : ILocalComputation
{
    private readonly Dictionary<(int Round, string Sum), int> _count = [];
    private readonly Dictionary<Digest, long[]> _computed = [];

    /// <summary>The site.</summary>
    public SiloId Silo => silo;

    /// <summary>How it behaves.</summary>
    public SiteBehaviour Behaviour => behaviour;

    /// <summary>Called before each computation.</summary>
    public Action<LocalRequest>? Computing { get; set; }

    /// <summary>Called when the site does not do what it should.</summary>
    public Action<FaultKind>? Struck { get; set; }

    /// <summary>The integers of every contribution that was computed, by the hash of its grid vector.</summary>
    public IReadOnlyDictionary<Digest, long[]> Computed => _computed;

    /// <summary>How often each key was computed.</summary>
    public IReadOnlyDictionary<(int Round, string Sum), int> Count => _count;

    /// <inheritdoc/>
    public LocalResult Compute(LocalRequest request, Action<int> progressPercent, CancellationToken cancel)
    {
        Computing?.Invoke(request);
        int before = _count.GetValueOrDefault((request.Round, request.Sum));
        _count[(request.Round, request.Sum)] = before + 1;
        bool isBadDay = (request.Seed.Span[0] & 1) == 0;   // about half of all keys
        if (behaviour == SiteBehaviour.Declines && isBadDay)
        {
            Struck?.Invoke(FaultKind.Declined);
            throw new LocalComputationException("no rows today");
        }

        long[] integers = Vector(request.Seed.Span, request.Broadcast.Span, request.SiloState.GetValueOrDefault().Span, request.Schema.Length);
        if (behaviour == SiteBehaviour.Noisy) integers[0] += before;
        _computed[Digest.Of(Words(integers))] = integers;
        double[] values = Array.ConvertAll(integers, static value => (double)value);
        if (behaviour == SiteBehaviour.Straggler) Struck?.Invoke(FaultKind.Straggler);
        if (behaviour == SiteBehaviour.NotANumber && isBadDay)
        {
            Struck?.Invoke(FaultKind.NotANumber);
            values[^1] = double.NaN;
        }

        progressPercent(100);
        return new LocalResult(values, 1);
    }

    /// <inheritdoc/>
    public bool KeepsSiloState => true;

    /// <inheritdoc/>
    public byte[]? NextSiloState(LocalRequest request, LocalResult result, ReadOnlySpan<double> contributed) =>
        request.Sum == SumProgram.Training ? NextState(request.SiloState.GetValueOrDefault().Span, Array.ConvertAll(contributed.ToArray(), static value => (long)value)) : null;

    /// <summary>The integers that an honest site contributes.</summary>
    public static long[] Vector(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> broadcast, ReadOnlySpan<byte> state, int length)
    {
        byte[] key = SHA256.HashData([.. seed, .. broadcast, .. state]);
        SplitMix64 random = new(BinaryPrimitives.ReadUInt64LittleEndian(key));
        long[] vector = new long[length];
        for (int i = 0; i < length; i++) vector[i] = (long)(random.Next() >> 44) - (1 << 19);
        return vector;
    }

    /// <summary>The seed that the runtime must hand to a site: of (job seed, round, site, purpose) and nothing else.</summary>
    public static byte[] SeedOf(ulong jobSeed, int round, SiloId silo, string sum) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"fedactors/seed/1\n{jobSeed}\n{round}\n{silo}\n{sum}/compute"));

    /// <summary>The silo state that follows when a round commits with this contribution in it.</summary>
    public static byte[] NextState(ReadOnlySpan<byte> state, long[] contributed) => SHA256.HashData([.. state, .. OpenedBytes(contributed)]);

    private static byte[] OpenedBytes(long[] integers)
    {
        byte[] bytes = new byte[integers.Length * sizeof(long)];
        for (int i = 0; i < integers.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), integers[i]);
        return bytes;
    }

    private byte[] Words(long[] integers)
    {
        if (ring == RingWidth.Ring64) return OpenedBytes(integers);
        byte[] bytes = new byte[integers.Length * sizeof(int)];
        for (int i = 0; i < integers.Length; i++) BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), (int)integers[i]);
        return bytes;
    }
}
