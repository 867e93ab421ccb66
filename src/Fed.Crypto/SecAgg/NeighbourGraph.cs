using System.Buffers.Binary;
using System.Collections.Immutable;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.SecAgg;

/// <summary>Who shares masks and secrets with whom, fixed for a job: everybody with everybody, or a circulant graph on a permutation that follows from the nonces of all sites.</summary>
/// <remarks>The circulant graph joins the k / 2 places before and after on the permuted ring (Harary 1962); k sites have to go before it can fall apart.</remarks>
public sealed class NeighbourGraph
{
    private readonly ImmutableArray<SiteSet> _neighbours;

    private NeighbourGraph(bool isComplete, int degree, ImmutableArray<SiteSet> neighbours, Hash256 id) => (IsComplete, Degree, _neighbours, Id) = (isComplete, degree, neighbours, id);

    /// <summary>Whether everybody is everybody's neighbour.</summary>
    public bool IsComplete { get; }

    /// <summary>Neighbours of each site.</summary>
    public int Degree { get; }

    /// <summary>Number of sites.</summary>
    public int Sites => _neighbours.Length;

    /// <summary>Hash over everything that made the graph.</summary>
    public Hash256 Id { get; }

    /// <summary>The complete graph.</summary>
    public static NeighbourGraph Complete(int sites)
    {
        SiteSet all = SiteSet.All(sites);
        return new NeighbourGraph(true, sites - 1, [.. Enumerable.Range(0, sites).Select(i => all.Except(SiteSet.Of(sites, [i])))], new FieldHash("fedactors/secagg/complete-graph/1").Add(sites).Close());
    }

    /// <summary>The graph on a job's sites, or on those of them that take part in a sum.</summary>
    /// <param name="seed">The job's, from <see cref="GraphSeed.Of"/>: nobody could choose it.</param>
    /// <param name="roster">The sites.</param>
    /// <param name="degree">k, even and below n - 1, from <see cref="SecAggParameters.Degree"/>.</param>
    /// <exception cref="InvalidParametersException">The degree is odd, below 2 or not below n - 1.</exception>
    public static NeighbourGraph FromSeed(Hash256 seed, SecAggRoster roster, int degree)
    {
        if (degree < 2 || degree % 2 != 0 || degree >= roster.Count - 1) throw new InvalidParametersException($"a sparse graph of degree {degree} on {roster.Count} sites: the degree is even and from 2 to {roster.Count - 2}");
        return Circulant(roster.Count, degree, new FieldHash("fedactors/secagg/sparse-graph/1").Add(seed).Add(roster.Hash).Add(degree).Close());
    }

    /// <summary>A site's neighbours.</summary>
    public SiteSet NeighboursOf(int site) => _neighbours[site];

    /// <summary>Who holds shares of a site's secrets: its neighbours, and on the complete graph the site too, so that any t sites open.</summary>
    public SiteSet HoldersOf(int site) => IsComplete ? SiteSet.All(Sites) : _neighbours[site];

    /// <summary>Whether the sites of a set reach one another over sites of the set.</summary>
    public bool Connects(SiteSet set)
    {
        if (set.Count == 0) return false;
        if (IsComplete) return true;
        bool[] reached = new bool[Sites];
        Stack<int> open = new([set.First()]);
        reached[open.Peek()] = true;
        int count = 0;
        while (open.TryPop(out int site))
        {
            count++;
            foreach (int neighbour in _neighbours[site])
                if (!reached[neighbour] && set.Contains(neighbour))
                {
                    reached[neighbour] = true;
                    open.Push(neighbour);
                }
        }
        return count == set.Count;
    }

    internal static NeighbourGraph Circulant(int sites, int degree, Hash256 seed)
    {
        int[] ring = Permutation(sites, seed), place = new int[sites];
        for (int i = 0; i < sites; i++) place[ring[i]] = i;
        IEnumerable<int> Around(int site) => Enumerable.Range(1, degree / 2).SelectMany(step => new[] { ring[(place[site] + step) % sites], ring[(place[site] - step + sites) % sites] });
        return new NeighbourGraph(false, degree, [.. Enumerable.Range(0, sites).Select(site => SiteSet.Of(sites, Around(site)))], seed);
    }

    // Fisher and Yates, each index uniform by refusing the uneven rest of 2^64.
    private static int[] Permutation(int sites, Hash256 seed)
    {
        using AesCtrStream stream = new(seed.ToArray());
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        int[] order = [.. Enumerable.Range(0, sites)];
        for (int i = sites - 1; i > 0; i--)
        {
            ulong count = (ulong)i + 1, uneven = (0 - count) % count, draw;
            do
            {
                stream.Fill(bytes);
                draw = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            }
            while (draw < uneven);
            int other = (int)(draw % count);
            (order[i], order[other]) = (order[other], order[i]);
        }
        return order;
    }
}
