using Fed.Crypto.Multiparty;

namespace Fed.Crypto.SecAgg;

/// <summary>The randomness of a job's graphs, made by all sites that committed to a nonce: as long as one of them is honest nobody chooses it.</summary>
public static class GraphSeed
{
    /// <summary>Checks commitments and nonces and puts them together.</summary>
    /// <param name="job">The job.</param>
    /// <param name="roster">Its sites.</param>
    /// <param name="commitments">At most one of each site, all known before any nonce was shown; and of enough sites that no second set of commitments can be shown in its place: the caller's duty.</param>
    /// <param name="nonces">One of each site that committed.</param>
    /// <param name="verifier">Checks signatures.</param>
    /// <exception cref="RefusedException">One is missing, double or unsigned, or a nonce is not the one committed to. Who breaks the ceremony off buys a new draw: a coordinator counts such draws.</exception>
    public static Hash256 Of(string job, SecAggRoster roster, IReadOnlyCollection<GraphCommitment> commitments, IReadOnlyCollection<GraphNonce> nonces, ITranscriptSigner verifier)
    {
        SortedDictionary<int, Hash256> committed = [], shown = [];
        foreach (GraphCommitment commitment in commitments)
        {
            if (!commitment.IsSigned(job, roster, verifier)) throw new RefusedException($"the commitment of '{roster.NameOf(commitment.Site)}' is not signed by it for this job");
            if (!committed.TryAdd(commitment.Site, commitment.Hash)) throw new RefusedException($"'{roster.NameOf(commitment.Site)}' has two commitments");
        }
        foreach (GraphNonce nonce in nonces)
        {
            if (!committed.TryGetValue(nonce.Site, out Hash256 hash) || hash != nonce.HashFor(job, roster)) throw new RefusedException($"the nonce of '{roster.NameOf(nonce.Site)}' is not the one it committed to");
            if (!shown.TryAdd(nonce.Site, nonce.Value)) throw new RefusedException($"'{roster.NameOf(nonce.Site)}' has two nonces");
        }
        foreach (int site in committed.Keys)
            if (!shown.ContainsKey(site)) throw new RefusedException($"the nonce of '{roster.NameOf(site)}' is missing: the graph is made by all {committed.Count} sites that committed or not at all");
        FieldHash seed = new FieldHash("fedactors/secagg/graph-seed/1").Add(job).Add(roster.Hash);
        foreach ((int site, Hash256 nonce) in shown) seed.Add(site).Add(nonce);
        return seed.Close();
    }
}
