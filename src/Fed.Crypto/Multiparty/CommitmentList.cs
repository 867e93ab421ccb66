using System.Collections.Immutable;

namespace Fed.Crypto.Multiparty;

/// <summary>Who committed to what, fixed before the first upload: a site cannot make its contribution depend on what another has uploaded, and nobody can exchange one afterwards.</summary>
public sealed class CommitmentList
{
    /// <summary>Orders commitments by site.</summary>
    /// <param name="round">The sum and attempt.</param>
    /// <param name="commitments">One of each site.</param>
    /// <exception cref="RefusedException">A site has two commitments.</exception>
    public CommitmentList(SumRound round, IEnumerable<ContributionCommitment> commitments)
    {
        Round = round;
        Commitments = [.. commitments.OrderBy(static c => c.Party, StringComparer.Ordinal)];
        for (int i = 1; i < Commitments.Length; i++)
            if (Commitments[i].Party == Commitments[i - 1].Party) throw new RefusedException($"'{Commitments[i].Party}' has two commitments for {round}");
        FieldHash statement = new FieldHash("fedactors/commitment-list/1").Add(round.AttemptId);
        foreach (ContributionCommitment commitment in Commitments) statement.Add(commitment.Party).Add(commitment.Id);
        Id = statement.Close();
    }

    /// <summary>The sum and attempt.</summary>
    public SumRound Round { get; }

    /// <summary>In the ordinal order of the sites.</summary>
    public ImmutableArray<ContributionCommitment> Commitments { get; }

    /// <summary>Hash over round, sites and contributions.</summary>
    public Hash256 Id { get; }

    /// <summary>The commitment of a site, or null.</summary>
    internal ContributionCommitment? Of(string party) => Commitments.FirstOrDefault(c => c.Party == party);
}
