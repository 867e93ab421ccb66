using Fed.Vectors;

namespace Fed.Crypto.SecAgg;

/// <summary>Checked parameters: who shares with whom, how many shares open, how many signatures fix a list. There is no other way to have them than <see cref="Create"/>.</summary>
/// <remarks>
/// Complete graph (Bonawitz et al., CCS 2017, doi:10.1145/3133956.3133982) up to <see cref="CompleteMax"/> sites: everybody holds a share of everybody, t is the smallest with 2t &gt; n + c. Above, a random k-regular
/// graph (Bell et al., CCS 2020, doi:10.1145/3372297.3417885) with the smallest even k for which a t exists; where it would have to be more than half of the others, the complete graph again.
/// </remarks>
public sealed class SecAggParameters
{
    /// <summary>Up to so many sites everybody is everybody's neighbour.</summary>
    public const int CompleteMax = 100;

    private SecAggParameters(SecAggDemand demand, int degree, int threshold, int corruptNeighbours)
    {
        (Sites, Colluding, Dropouts, Ring) = (demand.Sites, demand.Colluding, demand.Dropouts, demand.Ring);
        (Degree, Threshold, CorruptNeighboursMax) = (degree, threshold, corruptNeighbours);
        Signatures = SignaturesFor(demand);
        ContributorsMin = Math.Max(FewestContributors(demand), Signatures);
    }

    /// <summary>n: sites of the roster.</summary>
    public int Sites { get; }

    /// <summary>c: sites assumed to collude with the server.</summary>
    public int Colluding { get; }

    /// <summary>Drop-outs for which the sum still opens; on a sparse graph with probability 1 - 2^-30 over the graph.</summary>
    public int Dropouts { get; }

    /// <summary>Width of a word.</summary>
    public RingWidth Ring { get; }

    /// <summary>k: neighbours of a site; n - 1 on the complete graph.</summary>
    public int Degree { get; }

    /// <summary>t: shares that give a secret.</summary>
    public int Threshold { get; }

    /// <summary>c': no site has more corrupt neighbours, except with probability below 2^-40; c on the complete graph.</summary>
    public int CorruptNeighboursMax { get; }

    /// <summary>Signatures over one list of contributors before a share leaves: twice as many exceed n + c, so two lists cannot both have them.</summary>
    public int Signatures { get; }

    /// <summary>The fewest contributors of a sum: what the plan says, at least 3, c + 2 and <see cref="Signatures"/>.</summary>
    public int ContributorsMin { get; }

    /// <summary>Whether everybody is everybody's neighbour. A site holds a share of its own secrets then too.</summary>
    public bool IsComplete => Degree == Sites - 1;

    /// <summary>Finds the parameters for a demand.</summary>
    /// <exception cref="InvalidParametersException">None meet it. The message says what stands against it and names the nearest demands that can be met.</exception>
    public static SecAggParameters Create(SecAggDemand demand)
    {
        RequireSense(demand);
        if (Obstacle(demand) is string obstacle) throw new InvalidParametersException($"no secure aggregation for {demand}: {obstacle}; {Nearest(demand)}");
        (int n, int c) = (demand.Sites, demand.Colluding);
        if (n > CompleteMax && SparseGraph.Find(n, c, demand.Dropouts) is (int degree, int threshold, int corrupt)) return new SecAggParameters(demand, degree, threshold, corrupt);
        return new SecAggParameters(demand, n - 1, SignaturesFor(demand), c);
    }

    private static void RequireSense(SecAggDemand demand)
    {
        if (demand.Sites is < SecAggRoster.SitesMin or > SecAggRoster.SitesMax) throw new InvalidParametersException($"{demand.Sites} sites: secure aggregation takes {SecAggRoster.SitesMin} to {SecAggRoster.SitesMax}; the nearest plan that holds has {Math.Clamp(demand.Sites, SecAggRoster.SitesMin, SecAggRoster.SitesMax)}");
        if (demand.Colluding < 0 || demand.Dropouts < 0 || demand.ContributorsMin < 0) throw new InvalidParametersException($"{demand}: no number is below 0");
        if (demand.Ring is not (RingWidth.Ring32 or RingWidth.Ring64)) throw new InvalidParametersException($"a ring of {(int)demand.Ring} bits: there are 32 and 64");
    }

    // What stands against a demand on any graph. What meets this has the complete graph at least.
    private static string? Obstacle(SecAggDemand demand)
    {
        int survivors = demand.Sites - demand.Dropouts, contributors = FewestContributors(demand), signatures = SignaturesFor(demand);
        return demand.Colluding > demand.Sites - 2 ? $"with {demand.Colluding} of {demand.Sites} sites on the server's side the sum hides no site from it"
            : signatures > survivors ? $"2t > n + c needs t = {signatures} and {survivors} sites survive"
            : contributors > survivors ? $"a sum needs {contributors} contributors and {survivors} sites survive"
            : null;
    }

    // A list is fixed, and on the complete graph a secret is shared, by a number of which two sets have an honest site in common: the same number for both.
    private static int SignaturesFor(SecAggDemand demand) => (demand.Sites + demand.Colluding) / 2 + 1;

    private static int FewestContributors(SecAggDemand demand) => Math.Max(Math.Max(demand.ContributorsMin, SecAggRoster.SitesMin), demand.Colluding + 2);

    private static string Nearest(SecAggDemand demand)
    {
        // Fewer drop-outs with the same collusion, less collusion with the same drop-outs, fewer contributors: one number changed at a time, by as little as will do; both if neither is enough.
        string[] found =
        [
            .. FirstThatHolds(demand.Dropouts, less => demand with { Dropouts = less }),
            .. FirstThatHolds(demand.Colluding, less => demand with { Colluding = less }),
            .. FirstThatHolds(demand.ContributorsMin, less => demand with { ContributorsMin = less }),
        ];
        if (found.Length == 0)
            found = [.. FirstThatHolds(Math.Min(demand.Colluding, demand.Sites - 2), less => demand with { Colluding = less, Dropouts = Math.Min(demand.Dropouts, demand.Sites - SignaturesFor(demand with { Colluding = less })), ContributorsMin = 0 })];
        return found.Length == 1 ? $"the nearest plan that holds has {found[0]}" : $"the nearest plans that hold have {string.Join(", or ", found)}";
    }

    private static IEnumerable<string> FirstThatHolds(int from, Func<int, SecAggDemand> demand)
    {
        for (int less = from; less >= 0; less--)
            if (Obstacle(demand(less)) is null) return [demand(less).ToString()];
        return [];
    }

    /// <inheritdoc/>
    public override string ToString() => IsComplete
        ? $"complete graph, n = {Sites}, t = {Threshold}, c = {Colluding}, at least {ContributorsMin} contributors"
        : $"sparse graph, n = {Sites}, k = {Degree}, t = {Threshold}, c = {Colluding} (at most {CorruptNeighboursMax} neighbours), at least {ContributorsMin} contributors, {Signatures} signatures";
}
