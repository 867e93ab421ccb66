using System.Buffers.Binary;
using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Host.Tests.Protection;

/// <summary>One sum, from the vectors to the stated ciphertexts; its opening step by step.</summary>
internal sealed class CkksSum
{
    private readonly CkksSites _sites;

    public CkksSum(CkksSites sites, EncryptionContext context, IReadOnlyCollection<SiloId> contributors, CkksSum? earlier = null, IReadOnlyCollection<SiloId>? anew = null)
    {
        (_sites, Context) = (sites, context);
        foreach (SiloId silo in contributors)
        {
            if (earlier is not null && !anew!.Contains(silo))
            {
                (Uploads[silo], Commitments[silo]) = (earlier.Uploads[silo], earlier.Commitments[silo]);
                continue;
            }

            using Output upload = new();
            Commitments[silo] = sites.Steps(silo).Protect(context, silo, sites.Secrets[silo], new MemoryStream(Vector(silo)), upload);
            Uploads[silo] = upload.Bytes;
        }

        ISumAccumulator sum = sites.Steps(CkksSites.All[0]).CreateAccumulator(context);
        foreach (SiloId silo in contributors) sum.Add(new MemoryStream(Uploads[silo]));
        State(Written(sum), [.. contributors]);
    }

    /// <summary>The sum of some of the uploads, as an aggregator of a part makes it.</summary>
    public byte[] Part(params SiloId[] of)
    {
        ISumAccumulator sum = _sites.Steps(of[0]).CreateAccumulator(Context);
        foreach (SiloId silo in of) sum.Add(new MemoryStream(Uploads[silo]));
        return Written(sum);
    }

    /// <summary>A sum as it is written.</summary>
    public static byte[] Written(ISumAccumulator sum)
    {
        using Output output = new();
        sum.WriteTo(output);
        return output.Bytes;
    }

    public EncryptionContext Context { get; set; }

    public Dictionary<SiloId, byte[]> Uploads { get; } = [];

    public Dictionary<SiloId, byte[]> Commitments { get; } = [];

    public byte[] Total { get; private set; } = [];

    public StatedSum Stated { get; set; } = null!;

    public Dictionary<SiloId, byte[]> Nonces { get; } = [];

    public ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Given => Memory(Nonces);

    public Dictionary<SiloId, byte[]> Answers { get; } = [];

    public long[] Expected
    {
        get
        {
            long[] sum = new long[_sites.Schema.Length];
            foreach (SiloId silo in Stated.Contributors)
                for (int i = 0; i < sum.Length; i++) sum[i] += Value(silo, i);
            return sum;
        }
    }

    /// <summary>Says that these bytes are the sum of these contributors.</summary>
    public void State(byte[] total, ImmutableSortedSet<SiloId> contributors)
    {
        Total = total;
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> list = Commitments.ToImmutableSortedDictionary(static pair => pair.Key, static pair => (ReadOnlyMemory<byte>)pair.Value);
        Stated = new StatedSum(list, contributors, _sites.Steps(CkksSites.All[0]).State(Context, new MemoryStream(total)), [.. contributors.Take(_sites.Parameters.Threshold)]);
    }

    /// <summary>Nonces of the openers and answers of the contributors that are there.</summary>
    public CkksSum Challenge(params SiloId[] gone)
    {
        Nonces.Clear();
        Answers.Clear();
        foreach (SiloId silo in Stated.Openers) Nonces[silo] = _sites.Steps(silo).DrawNonce(Context, silo, Stated);
        foreach (SiloId silo in Stated.Contributors.Except(gone)) Answers[silo] = _sites.Steps(silo).Answer(Context, silo, Stated, Memory(Nonces), Assigned(silo));
        return this;
    }

    /// <summary>What an opener has.</summary>
    public SumEvidence Evidence(params SiloId[] gone) => new(Memory(Nonces), Memory(Answers), [.. gone], new MemoryStream(Total), Upload);

    public byte[] Share(SiloId opener, params SiloId[] gone)
    {
        using Output shares = new();
        _sites.Steps(opener).Share(Context, opener, _sites.Secrets[opener], Stated, Evidence(gone), _sites.Stores[opener], shares);
        return shares.Bytes;
    }

    public long[] Open(params SiloId[] gone) => Combine(Stated.Openers.ToDictionary(static silo => silo, silo => Share(silo, gone)));

    public long[] Combine(Dictionary<SiloId, byte[]> shares) =>
        _sites.Steps(CkksSites.All[0]).Combine(Context, Stated, new MemoryStream(Total), shares.ToImmutableSortedDictionary(static pair => pair.Key, static pair => (Stream)new MemoryStream(pair.Value)));

    /// <summary>What a contributor has: its own ciphertexts and, of the others', what is assigned to it.</summary>
    public CiphertextReader Assigned(SiloId self)
    {
        BlobParts? parts = _sites.Steps(self).AssignedParts(Context, self, Stated, Memory(Nonces));
        int count = _sites.Steps(self).CiphertextsOf(Context.Terms);
        return (silo, index) =>
        {
            if (silo == self) return Upload(silo, index);
            ReadOnlyMemory<byte> fetched = parts!.Value.Of(Uploads[silo]);
            return index == count ? fetched[^parts.Value.Tail..] : fetched.Slice(parts.Value.PlaceOf(index)!.Value, parts.Value.Length);
        };
    }

    public ReadOnlyMemory<byte> Upload(SiloId silo, int index)
    {
        int bytes = _sites.Steps(silo).CiphertextBytes(Context), count = _sites.Steps(silo).CiphertextsOf(Context.Terms);
        return index == count ? Uploads[silo].AsMemory(count * bytes) : Uploads[silo].AsMemory(index * bytes, bytes);
    }

    private byte[] Vector(SiloId silo)
    {
        byte[] words = new byte[_sites.Schema.Length * sizeof(long)];
        for (int i = 0; i < _sites.Schema.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(words.AsSpan(i * sizeof(long)), Value(silo, i));
        return words;
    }

    private long Value(SiloId silo, int i) => i < _sites.Values ? ((i * 31) + silo.Value[0]) % 65535 - 32767 : silo.Value[0] * (1L << 30);

    private static ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Memory(Dictionary<SiloId, byte[]> bytes) => bytes.ToImmutableSortedDictionary(static pair => pair.Key, static pair => (ReadOnlyMemory<byte>)pair.Value);

    private sealed class Output : IBlobWriter
    {
        private readonly MemoryStream _stream = new();

        public byte[] Bytes => _stream.ToArray();

        public void Write(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

        public Digest Commit() => Digest.Of(Bytes);

        public void Dispose() => _stream.Dispose();
    }
}
