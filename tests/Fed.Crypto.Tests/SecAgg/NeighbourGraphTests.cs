using System.Collections.Immutable;
using Fed.Crypto.Multiparty;
using Fed.Crypto.SecAgg;
using Fed.Crypto.Tests.Sampling;

namespace Fed.Crypto.Tests.SecAgg;

/// <summary>The graph of a job: regular, connected, everybody's doing and nobody's choice.</summary>
public sealed class NeighbourGraphTests
{
    private const int Sites = 120, Degree = 10;

    private static readonly ImmutableArray<PlainSigner> Signers = [.. Enumerable.Range(0, Sites).Select(static i => new PlainSigner(i))];
    private static readonly SecAggRoster Roster = SecAggRoster.Create(Signers.Select(static (s, i) => new SecAggSite(Federation.Name(i), [.. s.PublicKey.Span])));
    private static readonly ImmutableArray<GraphNonce> Nonces = Draw(1);
    private static readonly ImmutableArray<GraphCommitment> Commitments = Commit("job", Nonces);

    [Fact]
    public void The_graph_is_regular_symmetric_and_connected()
    {
        NeighbourGraph graph = Make(Commitments, Nonces);
        Assert.False(graph.IsComplete);
        for (int site = 0; site < Sites; site++)
        {
            Assert.Equal(Degree, graph.NeighboursOf(site).Count);
            Assert.False(graph.NeighboursOf(site).Contains(site));
            Assert.Equal(graph.NeighboursOf(site), graph.HoldersOf(site));
            Assert.All(graph.NeighboursOf(site), other => Assert.True(graph.NeighboursOf(other).Contains(site)));
        }
        Assert.True(graph.Connects(SiteSet.All(Sites)));
    }

    [Fact]
    public void It_takes_as_many_drop_outs_as_neighbours_to_cut_the_graph()
    {
        NeighbourGraph graph = Make(Commitments, Nonces);
        Assert.False(graph.Connects(SiteSet.All(Sites).Except(graph.NeighboursOf(7))));   // site 7 stands alone
        Assert.True(graph.Connects(SiteSet.All(Sites).Except(SiteSet.Of(Sites, graph.NeighboursOf(7).Skip(1)))));
        Assert.False(graph.Connects(SiteSet.Of(Sites, [])));
    }

    [Fact]
    public void On_the_complete_graph_everybody_holds_a_share_of_everybody_including_itself()
    {
        NeighbourGraph graph = NeighbourGraph.Complete(5);
        Assert.Equal([0, 1, 3, 4], graph.NeighboursOf(2));
        Assert.Equal([0, 1, 2, 3, 4], graph.HoldersOf(2));
        Assert.True(graph.Connects(SiteSet.Of(5, [1, 4])));
    }

    [Fact]
    public void Every_nonce_changes_the_graph_and_the_job_does_too()
    {
        Hash256 id = Make(Commitments, Nonces).Id;
        Assert.Equal(id, Make([.. Commitments.Reverse()], [.. Nonces.Reverse()]).Id);
        ImmutableArray<GraphNonce> changed = Nonces.SetItem(77, Draw(2)[77]);
        Assert.NotEqual(id, Make(Commit("job", changed), changed).Id);
        Assert.NotEqual(id, NeighbourGraph.FromSeed(GraphSeed.Of("other job", Roster, Commit("other job", Nonces), Nonces, Signers[0]), Roster, Degree).Id);
    }

    [Fact]
    public void Neighbours_are_spread_evenly_over_the_sites()
    {
        // How far apart on the roster neighbours of 400 graphs stand: each distance as often as any other. Expected by symmetry of the permutation; deviations as Fit says.
        long[] distances = new long[59];
        for (int seed = 0; seed < 400; seed++)
        {
            NeighbourGraph graph = NeighbourGraph.Circulant(Sites, 2, Hash256.Of(BitConverter.GetBytes(seed)));
            foreach (int other in graph.NeighboursOf(seed % Sites))
                if ((other - (seed % Sites) + Sites) % Sites is int d && d != 60) distances[Math.Min(d, Sites - d) - 1]++;
        }
        Assert.True(Uniformity.Deviations(Enumerable.Chunk(distances.Take(56), 14).Select(static c => c.Sum()).ToArray()) < Fit.Alarm);
    }

    [Fact]
    public void Missing_double_unsigned_and_exchanged_nonces_are_refused()
    {
        GraphNonce other = Draw(3)[5];
        Refused("missing", Commitments, Nonces.RemoveAt(5));
        Refused("not the one it committed to", Commitments, Nonces.SetItem(5, other));
        Refused("not the one it committed to", Commitments.RemoveAt(5), Nonces);
        Refused("two nonces", Commitments, Nonces.Add(Nonces[5]));
        Refused("two commitments", Commitments.Add(Commitments[5]), Nonces);
        Refused("not signed by it", Commitments.SetItem(5, other.Commit("job", Roster, Signers[6])), Nonces.SetItem(5, other));
        Refused("not signed by it", Commit("other job", Nonces), Nonces);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(Sites)]
    public void A_degree_that_is_odd_or_not_sparse_is_refused(int degree) =>
        Assert.Throws<InvalidParametersException>(() => NeighbourGraph.FromSeed(GraphSeed.Of("job", Roster, Commitments, Nonces, Signers[0]), Roster, degree));

    [Fact]
    public void Terms_refuse_parts_of_different_jobs()
    {
        SecAggParameters ten = SecAggParameters.Create(new SecAggDemand(10, 0, 0, Fed.Vectors.RingWidth.Ring32)), many = SecAggParameters.Create(new SecAggDemand(Sites, 2, 2, Fed.Vectors.RingWidth.Ring32));
        Assert.Throws<InvalidParametersException>(() => SecAggTerms.Create(ten, Roster));
        Assert.Throws<InvalidParametersException>(() => SecAggTerms.Create(many, Roster));   // sparse parameters, complete graph
    }

    private static void Refused(string why, ImmutableArray<GraphCommitment> commitments, ImmutableArray<GraphNonce> nonces) =>
        Assert.Contains(why, Assert.Throws<RefusedException>(() => Make(commitments, nonces)).Message, StringComparison.Ordinal);

    private static NeighbourGraph Make(ImmutableArray<GraphCommitment> commitments, ImmutableArray<GraphNonce> nonces) => NeighbourGraph.FromSeed(GraphSeed.Of("job", Roster, commitments, nonces, Signers[0]), Roster, Degree);

    private static ImmutableArray<GraphNonce> Draw(int seed)
    {
        SeededEntropy entropy = new(seed);
        return [.. Enumerable.Range(0, Sites).Select(i => GraphNonce.Draw(Roster, Federation.Name(i), entropy))];
    }

    private static ImmutableArray<GraphCommitment> Commit(string job, ImmutableArray<GraphNonce> nonces) => [.. nonces.Select(n => n.Commit(job, Roster, Signers[n.Site]))];
}
