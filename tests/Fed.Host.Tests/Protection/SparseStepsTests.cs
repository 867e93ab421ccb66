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

/// <summary>The ceremony's port above 100 sites: the graph that nonces draw, and a sum over it that loses a tenth of its sites.</summary>
public sealed class SparseStepsTests : IDisposable
{
    private const int Sites = 104, Dropouts = 11, Bytes = 64;

    private static readonly ImmutableArray<SiloId> Silos = [.. Enumerable.Range(0, Sites).Select(static i => new SiloId($"site-{i:D3}"))];
    private static readonly ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Nothing = ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>.Empty;
    private static readonly GraphContext Job = new(new JobId("job"), Digest.Of("plan"u8), Silos);

    private readonly ImmutableArray<LocalSigner> _signers = [.. Silos.Select(static _ => LocalSigner.CreateEphemeral())];

    [Fact]
    public void A_tenth_may_drop_out_after_sharing_and_each_site_deals_with_its_neighbours_alone()
    {
        SecAggSteps steps = Steps(0);
        CeremonyContext context = Context() with { Graph = Drawn() };
        Dictionary<SiloId, byte[]> secrets = [];
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> adverts = Nothing;
        for (int i = 0; i < Sites; i++)
        {
            (secrets[Silos[i]], byte[] advert) = Steps(i).AdvertiseKeys(context, Silos[i]);
            adverts = adverts.Add(Silos[i], advert);
        }

        Dictionary<SiloId, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> dealt = [];
        foreach (SiloId silo in Silos)
        {
            ImmutableSortedSet<SiloId> holders = steps.HoldersOf(context, silo);
            Assert.InRange(holders.Count, 2, Sites / 2);
            ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> known = adverts.Where(pair => pair.Key == silo || holders.Contains(pair.Key)).ToImmutableSortedDictionary();
            (secrets[silo], dealt[silo]) = steps.ShareKeys(context, silo, secrets[silo], known, Nothing);
            Assert.True(holders.SetEquals(dealt[silo].Keys));
        }

        ImmutableSortedSet<SiloId> everybody = [.. Silos], contributors = [.. Silos.Where(static (_, i) => i % 10 != 4)];
        byte[] masked = new byte[Bytes], plain = new byte[Bytes];
        Dictionary<SiloId, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> received = [];
        foreach (SiloId silo in contributors)
        {
            received[silo] = steps.HoldersOf(context, silo).ToImmutableSortedDictionary(static dealer => dealer, dealer => dealt[dealer][silo]);
            (secrets[silo], _) = steps.ReceiveShares(context, silo, secrets[silo], received[silo]);
            byte[] vector = [.. Enumerable.Range(0, Bytes).Select(i => (byte)(i * (silo.Value[^1] - '0' + 1)))];
            RingSum.Add(RingWidth.Ring32, plain, vector);
            using MemoryBlob upload = new();
            steps.MaskInput(context, silo, secrets[silo], everybody, new MemoryStream(vector), upload);
            RingSum.Add(RingWidth.Ring32, masked, upload.Bytes);
        }

        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> released = contributors.ToImmutableSortedDictionary(
            static silo => silo, silo => (ReadOnlyMemory<byte>)steps.ReleaseShares(context, silo, secrets[silo], everybody, contributors, contributors));
        UnmaskRequest request = new(context, adverts, everybody, contributors, received.ToImmutableSortedDictionary(), released);
        using MemoryStream sum = new();
        Assert.True(steps.Unmask(request, new MemoryStream(masked), sum).IsOpened);
        Assert.Equal(plain, sum.ToArray());
    }

    [Fact]
    public void A_nonce_that_was_not_committed_to_draws_no_graph_and_its_site_is_named()
    {
        SecAggSteps steps = Steps(0);
        (byte[] Nonce, byte[] Commitment)[] drawn = [.. Silos.Select((silo, i) => Steps(i).DrawNonce(Job, silo))];
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> commitments = Of(drawn.Select(static pair => pair.Commitment)), nonces = Of(drawn.Select(static pair => pair.Nonce));
        Digest seed = steps.GraphSeed(Job, commitments, nonces);
        Assert.Equal(seed, Steps(7).GraphSeed(Job, commitments, nonces));
        byte[] other = [.. nonces[Silos[5]].Span];
        other[^1] ^= 1;
        Assert.Contains("'site-005'", Assert.Throws<CeremonyException>(() => steps.GraphSeed(Job, commitments, nonces.SetItem(Silos[5], other))).Message, StringComparison.Ordinal);
        Assert.Contains("'site-005'", Assert.Throws<CeremonyException>(() => steps.GraphSeed(Job, commitments, nonces.Remove(Silos[5]))).Message, StringComparison.Ordinal);
        Assert.Contains("'site-005'", Assert.Throws<CeremonyException>(() => steps.GraphSeed(Job, commitments.SetItem(Silos[5], commitments[Silos[6]]), nonces)).Message, StringComparison.Ordinal);
        Assert.Throws<CeremonyException>(() => steps.GraphSeed(Job with { Plan = Digest.Of("another"u8) }, commitments, nonces));
    }

    [Fact]
    public void Without_a_graph_nothing_is_said()
    {
        Assert.Throws<CeremonyException>(() => Steps(0).AdvertiseKeys(Context(), Silos[0]));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (LocalSigner signer in _signers) signer.Dispose();
    }

    private static CeremonyContext Context() =>
        new(Job.Job, new CollectionId(1, 1, "training"), Job.Plan, Digest.Of("base"u8), Digest.Of("roster"u8), [.. Silos], new SecAggPlan(3, 0, 3), RingWidth.Ring32) { Needed = Sites - Dropouts };

    private static ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Of(IEnumerable<byte[]> values) =>
        Silos.Zip(values).ToImmutableSortedDictionary(static pair => pair.First, static pair => (ReadOnlyMemory<byte>)pair.Second);

    private Digest Drawn()
    {
        (byte[] Nonce, byte[] Commitment)[] drawn = [.. Silos.Select((silo, i) => Steps(i).DrawNonce(Job, silo))];
        return Steps(0).GraphSeed(Job, Of(drawn.Select(static pair => pair.Commitment)), Of(drawn.Select(static pair => pair.Nonce)));
    }

    private SecAggSteps Steps(int site) => new(_signers[site], address => _signers[Silos.IndexOf(new SiloId(address.Value["silo/".Length..]))].PublicKey);
}
