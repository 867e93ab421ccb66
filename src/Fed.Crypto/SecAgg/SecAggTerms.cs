using Fed.Crypto.Multiparty;

namespace Fed.Crypto.SecAgg;

/// <summary>What holds for a whole job: parameters, roster and graph, from the plan that a silo approved and never from a message of a round.</summary>
public sealed class SecAggTerms
{
    private SecAggTerms(SecAggParameters parameters, SecAggRoster roster, NeighbourGraph graph)
    {
        (Parameters, Roster, Graph) = (parameters, roster, graph);
        Id = new FieldHash("fedactors/secagg/terms/1").Add(roster.Hash).Add(graph.Id).Add(parameters.Sites).Add(parameters.Colluding).Add(parameters.Degree).Add(parameters.Threshold)
            .Add(parameters.Signatures).Add(parameters.ContributorsMin).Close();
    }

    /// <summary>The checked parameters.</summary>
    public SecAggParameters Parameters { get; }

    /// <summary>The sites.</summary>
    public SecAggRoster Roster { get; }

    /// <summary>Who shares with whom.</summary>
    public NeighbourGraph Graph { get; }

    /// <summary>Hash over all of it but the ring: one keystream serves words of either width, and the plan, whose hash is in the context, says which.</summary>
    public Hash256 Id { get; }

    /// <summary>Terms on the complete graph.</summary>
    /// <inheritdoc cref="Create(SecAggParameters, SecAggRoster, NeighbourGraph)" path="/exception"/>
    public static SecAggTerms Create(SecAggParameters parameters, SecAggRoster roster) => Create(parameters, roster, NeighbourGraph.Complete(roster.Count));

    /// <summary>Puts parameters, roster and graph together.</summary>
    /// <exception cref="InvalidParametersException">They are not of one job: another number of sites or another degree.</exception>
    public static SecAggTerms Create(SecAggParameters parameters, SecAggRoster roster, NeighbourGraph graph)
    {
        if (parameters.Sites != roster.Count || graph.Sites != roster.Count) throw new InvalidParametersException($"parameters for {parameters.Sites} sites and a graph of {graph.Sites} do not fit a roster of {roster.Count}");
        if (parameters.Degree != graph.Degree) throw new InvalidParametersException($"the parameters ask for degree {parameters.Degree}, the graph has {graph.Degree}");
        return new SecAggTerms(parameters, roster, graph);
    }
}
