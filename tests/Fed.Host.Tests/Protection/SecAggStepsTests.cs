using System.Buffers.Binary;
using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Cluster.Identity;
using Fed.Host.Protection;
using Fed.Vectors;
using Xunit;

namespace Fed.Host.Tests.Protection;

/// <summary>The ceremony's port over the library of secure aggregation: sums to the bit, drop-outs, and what is refused.</summary>
public sealed class SecAggStepsTests : IDisposable
{
    private const int Words = 700_001;   // in ring 32 two pieces of 1 MiB and a rest

    private static readonly ImmutableArray<SiloId> Silos = [new("alpha"), new("beta"), new("delta"), new("gamma")];
    private static readonly ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Nothing = ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>.Empty;

    private readonly ImmutableDictionary<SiloId, LocalSigner> _signers = Silos.ToImmutableDictionary(static silo => silo, static _ => LocalSigner.CreateEphemeral());
    private readonly Dictionary<SiloId, byte[]> _secrets = [];
    private Dictionary<SiloId, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> _dealt = [];
    private ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> _adverts = ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>.Empty;

    [Theory]
    [InlineData(RingWidth.Ring32, 4)]
    [InlineData(RingWidth.Ring64, 4)]
    [InlineData(RingWidth.Ring32, 3)]
    [InlineData(RingWidth.Ring64, 3)]
    public void The_opened_sum_is_that_of_the_contributors(RingWidth ring, int contributing)
    {
        CeremonyContext context = Context(ring);
        Share(context);
        ImmutableSortedSet<SiloId> contributors = [.. Silos.Take(contributing)];
        byte[] masked = new byte[(ring == RingWidth.Ring32 ? Words : 1000) * (int)ring / 8], plain = new byte[masked.Length];
        foreach (SiloId silo in contributors)
        {
            byte[] vector = Vector(silo, masked.Length);
            RingSum.Add(ring, plain, vector);
            byte[] upload = Masked(context, silo, vector);
            Assert.NotEqual(vector, upload);
            RingSum.Add(ring, masked, upload);
        }

        // Of four contributors one gives out nothing: the threshold is enough.
        using MemoryStream sum = new();
        UnmaskOutcome outcome = Steps(Silos[0]).Unmask(Request(context, contributors, contributors.Take(context.Threshold)), new MemoryStream(masked), sum);
        Assert.True(outcome.IsOpened);
        Assert.Empty(outcome.Liars);
        Assert.Equal(plain, sum.ToArray());
    }

    [Fact]
    public void Fewer_shares_than_the_threshold_open_nothing()
    {
        CeremonyContext context = Context(RingWidth.Ring32);
        Share(context);
        foreach (SiloId silo in Silos) Masked(context, silo, Vector(silo, 8));
        using MemoryStream sum = new();
        Assert.False(Steps(Silos[0]).Unmask(Request(context, [.. Silos], Silos.Take(context.Threshold - 1)), new MemoryStream(new byte[8]), sum).IsOpened);
        Assert.Equal(0, sum.Length);
    }

    [Fact]
    public void Wrong_shares_are_laid_to_who_released_them_and_the_sum_opens_by_the_others()
    {
        CeremonyContext context = Context(RingWidth.Ring32);
        Share(context);
        byte[] masked = new byte[64], plain = new byte[64];
        foreach (SiloId silo in Silos)
        {
            RingSum.Add(RingWidth.Ring32, plain, Vector(silo, 64));
            RingSum.Add(RingWidth.Ring32, masked, Masked(context, silo, Vector(silo, 64)));
        }

        UnmaskRequest request = Request(context, [.. Silos], Silos);
        byte[] wrong = request.Released[Silos[2]].ToArray();
        wrong[^1] ^= 1;   // its share of the last site's seed
        foreach (ReadOnlyMemory<byte> lie in new[] { wrong, request.Released[Silos[1]], new byte[] { 1, 2, 3 } })
        {
            UnmaskRequest lied = request with { Released = request.Released.SetItem(Silos[2], lie) };
            using MemoryStream sum = new();
            UnmaskOutcome outcome = Steps(Silos[0]).Unmask(lied, new MemoryStream(masked), sum);
            Assert.Equal((true, 1), (outcome.IsOpened, outcome.Liars.Count));
            Assert.Contains(Silos[2], outcome.Liars);
            Assert.Equal(plain, sum.ToArray());

            // With one honest site fewer there are too few right shares: nothing is opened, and the liar is still named.
            using MemoryStream nothing = new();
            outcome = Steps(Silos[0]).Unmask(lied with { Released = lied.Released.Remove(Silos[3]) }, new MemoryStream(masked), nothing);
            Assert.Equal((false, 1), (outcome.IsOpened, outcome.Liars.Count));
            Assert.Equal(0, nothing.Length);
        }
    }

    [Fact]
    public void What_a_site_tells_another_arrives_with_its_shares_and_nobody_changes_it()
    {
        CeremonyContext context = Context(RingWidth.Ring32);
        Dictionary<SiloId, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> dealt = Deal(context, Nothing.Add(Silos[0], new byte[] { 1, 2, 3 }));
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> mine = For(Silos[0], dealt);
        (_, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> notes) = Steps(Silos[0]).ReceiveShares(context, Silos[0], _secrets[Silos[0]], mine);
        Assert.Equal(Silos.Skip(1), notes.Keys);
        Assert.All(notes.Values, static note => Assert.Equal(new byte[] { 1, 2, 3 }, note.ToArray()));
        byte[] changed = mine[Silos[1]].ToArray();
        changed[^1] ^= 1;   // the note stands last, in the open
        Assert.Contains("'beta'", Assert.Throws<CeremonyException>(() => Receive(context, mine.SetItem(Silos[1], changed))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Adverts_fit_messages_and_are_told_from_other_bytes_sites_and_attempts()
    {
        CeremonyContext context = Context(RingWidth.Ring32);
        (_, byte[] advert) = Steps(Silos[0]).AdvertiseKeys(context, Silos[0]);
        Assert.True(advert.Length <= CeremonyLimits.AdvertBytesMax);
        Assert.True(Steps(Silos[1]).IsAdvert(context, Silos[0], advert));
        Assert.False(Steps(Silos[1]).IsAdvert(context, Silos[1], advert));
        Assert.False(Steps(Silos[1]).IsAdvert(context with { Base = Digest.Of("another"u8) }, Silos[0], advert));
        Assert.False(Steps(Silos[1]).IsAdvert(context, Silos[0], advert.AsSpan(1)));
        for (int i = 0; i < advert.Length; i++)
        {
            advert[i] ^= 1;
            Assert.False(Steps(Silos[1]).IsAdvert(context, Silos[0], advert));
            advert[i] ^= 1;
        }
    }

    [Fact]
    public void Shares_of_another_base_model_or_for_another_site_are_refused()
    {
        CeremonyContext context = Context(RingWidth.Ring32);
        Dictionary<SiloId, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> dealt = Deal(context);
        Assert.All(dealt, static bundle => Assert.All(bundle.Value.Values, static share => Assert.True(share.Length <= CeremonyLimits.SealedShareBytesMax)));
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> mine = For(Silos[0], dealt);
        Assert.NotEmpty(Receive(context, mine));
        Assert.Throws<CeremonyException>(() => Receive(context with { Base = Digest.Of("another"u8) }, mine));
        Assert.Throws<CeremonyException>(() => Receive(context, mine.SetItem(Silos[1], dealt[Silos[1]][Silos[2]])));
        Assert.Contains("another site", Assert.Throws<CeremonyException>(() => Receive(context, mine.SetItem(Silos[1], mine[Silos[2]]))).Message, StringComparison.Ordinal);
        byte[] damaged = mine[Silos[1]].ToArray();
        damaged[^3] ^= 1;   // of the seal: behind it stands the length of an empty note
        Assert.Contains("'beta'", Assert.Throws<CeremonyException>(() => Receive(context, mine.SetItem(Silos[1], damaged))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_sites_keys_and_lists_without_the_site_are_refused()
    {
        CeremonyContext context = Context(RingWidth.Ring32);
        Advertise(context);
        Assert.Throws<CeremonyException>(() => Steps(Silos[0]).ShareKeys(context, Silos[0], _secrets[Silos[0]], _adverts.SetItem(Silos[1], _adverts[Silos[2]]), Nothing));
        Share(context);
        Assert.Throws<CeremonyException>(() => Steps(Silos[0]).ReleaseShares(context, Silos[0], _secrets[Silos[0]], [.. Silos], [.. Silos.Skip(1)], [.. Silos.Skip(1)]));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (LocalSigner signer in _signers.Values) signer.Dispose();
    }

    private static CeremonyContext Context(RingWidth ring) =>
        new(new JobId("job"), new CollectionId(2, 1, "training"), Digest.Of("plan"u8), Digest.Of("base"u8), Digest.Of("roster"u8), [.. Silos], new SecAggPlan(1, 3, 3), ring);

    private static byte[] Vector(SiloId silo, int bytes)
    {
        byte[] vector = new byte[bytes];
        for (int i = 0; i < bytes; i += 4) BinaryPrimitives.WriteInt32LittleEndian(vector.AsSpan(i), (i * 31) ^ (silo.Value[0] << 20));
        return vector;
    }

    private static ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> For(SiloId silo, Dictionary<SiloId, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> dealt) =>
        dealt.ToImmutableSortedDictionary(static d => d.Key, d => d.Value[silo]);

    private SecAggSteps Steps(SiloId self) => new(_signers[self], address => _signers.First(pair => NodeAddress.Silo(pair.Key.Value) == address).Value.PublicKey);

    private byte[] Receive(CeremonyContext context, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> shares) => Steps(Silos[0]).ReceiveShares(context, Silos[0], _secrets[Silos[0]], shares).Secrets;

    private byte[] Masked(CeremonyContext context, SiloId silo, byte[] vector)
    {
        using MemoryBlob upload = new();
        Steps(silo).MaskInput(context, silo, _secrets[silo], [.. Silos], new MemoryStream(vector), upload);
        return upload.Bytes;
    }

    private UnmaskRequest Request(CeremonyContext context, ImmutableSortedSet<SiloId> contributors, IEnumerable<SiloId> releasing) => new(
        context, _adverts, [.. Silos], contributors, Silos.ToImmutableSortedDictionary(static silo => silo, silo => For(silo, _dealt)),
        releasing.ToImmutableSortedDictionary(static silo => silo, silo => (ReadOnlyMemory<byte>)Steps(silo).ReleaseShares(context, silo, _secrets[silo], [.. Silos], contributors, contributors)));

    private void Advertise(CeremonyContext context)
    {
        foreach (SiloId silo in Silos)
        {
            (_secrets[silo], byte[] advert) = Steps(silo).AdvertiseKeys(context, silo);
            _adverts = _adverts.SetItem(silo, advert);
        }
    }

    private Dictionary<SiloId, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> Deal(
        CeremonyContext context, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>? notes = null)
    {
        Advertise(context);
        Dictionary<SiloId, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> dealt = [];
        foreach (SiloId silo in Silos) (_secrets[silo], dealt[silo]) = Steps(silo).ShareKeys(context, silo, _secrets[silo], _adverts, notes ?? Nothing);
        return dealt;
    }

    private void Share(CeremonyContext context)
    {
        _dealt = Deal(context);
        foreach (SiloId silo in Silos) (_secrets[silo], _) = Steps(silo).ReceiveShares(context, silo, _secrets[silo], For(silo, _dealt));
    }
}
