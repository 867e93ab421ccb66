using System.Buffers.Binary;
using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Host.Crypto;
using Fed.Vectors;
using Xunit;

namespace Fed.Host.Tests.Crypto;

/// <summary>The ceremony's port over the library: sums to the bit, drop-outs, and what is refused.</summary>
public sealed class SecureAggregationTests
{
    private const int Words = 700_001, Threshold = 3;   // in ring 32 two pieces of 1 MiB and a rest

    private static readonly CeremonyContext Context = new(new JobId("job"), new CollectionId(2, 1, "training"), Digest.Of("plan"u8), Digest.Of("base"u8), Digest.Of("roster"u8));
    private static readonly ImmutableArray<SiloId> Silos = [new("alpha"), new("beta"), new("gamma"), new("delta")];

    private readonly SecureAggregation _steps = new();
    private readonly Dictionary<SiloId, byte[]> _secrets = [];
    private ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> _adverts = ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>.Empty;

    [Theory]
    [InlineData(RingWidth.Ring32, 4)]
    [InlineData(RingWidth.Ring64, 4)]
    [InlineData(RingWidth.Ring32, 3)]
    [InlineData(RingWidth.Ring64, 3)]
    public void The_opened_sum_is_that_of_the_contributors(RingWidth ring, int contributing)
    {
        Share(Context);
        int words = ring == RingWidth.Ring32 ? Words : 1000;
        ImmutableSortedSet<SiloId> contributors = [.. Silos.Take(contributing)];
        byte[] masked = new byte[words * RingSum.WordBytes(ring)], plain = new byte[masked.Length];
        foreach (SiloId silo in contributors)
        {
            byte[] vector = Vector(silo, masked.Length);
            RingSum.Add(ring, plain, vector);
            Output upload = new();
            _steps.MaskInput(Context, silo, _secrets[silo], ring, new MemoryStream(vector), upload);
            Assert.NotEqual(vector, upload.Bytes);
            RingSum.Add(ring, masked, upload.Bytes);
        }
        // One contributor gives out nothing: three of four are enough.
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> released = contributors.Take(Threshold).ToImmutableSortedDictionary(static s => s, s => (ReadOnlyMemory<byte>)_steps.ReleaseShares(Context, s, _secrets[s], contributors));
        using MemoryStream sum = new();
        _steps.Unmask(new UnmaskRequest(Context, _adverts, [.. Silos], contributors, Threshold, released, ring), new MemoryStream(masked), sum);
        Assert.Equal(plain, sum.ToArray());
    }

    [Fact]
    public void Fewer_shares_than_the_threshold_open_nothing()
    {
        Share(Context);
        ImmutableSortedSet<SiloId> all = [.. Silos];
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> released = Silos.Take(2).ToImmutableSortedDictionary(static s => s, s => (ReadOnlyMemory<byte>)_steps.ReleaseShares(Context, s, _secrets[s], all));
        Refused("fewer than 3 shares", () => _steps.Unmask(new UnmaskRequest(Context, _adverts, all, all, Threshold, released, RingWidth.Ring32), new MemoryStream(new byte[8]), new MemoryStream()));
    }

    [Fact]
    public void What_fits_messages_fits_and_adverts_are_told_from_other_bytes()
    {
        (_, byte[] advert) = _steps.AdvertiseKeys(Context, Silos[0]);
        Assert.True(advert.Length <= CeremonyLimits.AdvertBytesMax);
        Assert.True(_steps.IsAdvert(advert));
        Assert.False(_steps.IsAdvert(advert.AsSpan(1)));
        advert[70] ^= 1;
        Assert.False(_steps.IsAdvert(advert));              // the second key is off the curve
        Assert.All(Deal(Context), static dealt => Assert.All(dealt.Value.Values, static share => Assert.True(share.Length <= CeremonyLimits.SealedShareBytesMax)));
    }

    [Fact]
    public void Shares_of_another_base_model_or_for_another_site_are_refused()
    {
        Dictionary<SiloId, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> dealt = Deal(Context);
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> mine = For(Silos[0], dealt);
        CeremonyContext other = Context with { Base = Digest.Of("another"u8) };
        Refused("another attempt", () => _steps.ReceiveShares(other, Silos[0], _secrets[Silos[0]], mine));
        Refused("not sealed for 'alpha'", () => _steps.ReceiveShares(Context, Silos[0], _secrets[Silos[0]], mine.SetItem(Silos[1], dealt[Silos[1]][Silos[2]])));
        Refused("as another site", () => _steps.ReceiveShares(Context, Silos[0], _secrets[Silos[0]], mine.SetItem(Silos[1], mine[Silos[2]])));
        Refused("damaged", () => _steps.ReceiveShares(Context, Silos[0], _secrets[Silos[0]].AsMemory(0, 100), mine));
    }

    [Fact]
    public void Doubled_keys_a_minority_as_threshold_and_lists_without_the_site_are_refused()
    {
        Advertise(Context);
        ReadOnlyMemory<byte> secrets = _secrets[Silos[0]];
        Refused("stands twice", () => _steps.ShareKeys(Context, Silos[0], secrets, _adverts.SetItem(Silos[1], _adverts[Silos[0]]), Threshold));
        Refused("threshold of 2 of 4", () => _steps.ShareKeys(Context, Silos[0], secrets, _adverts, 2));
        Share(Context);
        Refused("missing from the list", () => _steps.ReleaseShares(Context, Silos[0], _secrets[Silos[0]], [.. Silos.Skip(1)]));
    }

    private static void Refused(string why, Action step) => Assert.Contains(why, Assert.Throws<CeremonyException>(step).Message, StringComparison.Ordinal);

    private static byte[] Vector(SiloId silo, int bytes)
    {
        byte[] vector = new byte[bytes];
        for (int i = 0; i < bytes; i += 4) BinaryPrimitives.WriteInt32LittleEndian(vector.AsSpan(i), (i * 31) ^ (silo.Value[0] << 20));
        return vector;
    }

    private void Advertise(CeremonyContext context)
    {
        foreach (SiloId silo in Silos)
        {
            (_secrets[silo], byte[] advert) = _steps.AdvertiseKeys(context, silo);
            _adverts = _adverts.SetItem(silo, advert);
        }
    }

    private Dictionary<SiloId, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> Deal(CeremonyContext context)
    {
        Advertise(context);
        Dictionary<SiloId, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> dealt = [];
        foreach (SiloId silo in Silos) (_secrets[silo], dealt[silo]) = _steps.ShareKeys(context, silo, _secrets[silo], _adverts, Threshold);
        return dealt;
    }

    private void Share(CeremonyContext context)
    {
        Dictionary<SiloId, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> dealt = Deal(context);
        foreach (SiloId silo in Silos) _secrets[silo] = _steps.ReceiveShares(context, silo, _secrets[silo], For(silo, dealt));
    }

    private static ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> For(SiloId silo, Dictionary<SiloId, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> dealt) =>
        dealt.Where(d => d.Key != silo).ToImmutableSortedDictionary(static d => d.Key, d => d.Value[silo]);

    private sealed class Output : IBlobWriter
    {
        private readonly MemoryStream _stream = new();

        public byte[] Bytes => _stream.ToArray();

        public void Write(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

        public Digest Commit() => Digest.Of(Bytes);

        public void Dispose() => _stream.Dispose();
    }
}
