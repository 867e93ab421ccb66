using System.Collections.Immutable;
using Fed.Crypto.Packing;

namespace Fed.Crypto.Multiparty;

/// <summary>What an aggregator says it has summed: whose contributions, and which ciphertexts came out. It is fixed before anybody draws a nonce to check it by.</summary>
public sealed class SumStatement
{
    /// <summary>States a sum.</summary>
    /// <param name="round">The sum and attempt.</param>
    /// <param name="layout">The layout of all vectors.</param>
    /// <param name="contributions">Those whose vectors are in the sum.</param>
    /// <param name="sums">Hashes of the summed ciphertexts, by index.</param>
    /// <exception cref="SealFormatException">The sums are not the layout's number of ciphertexts.</exception>
    /// <exception cref="RefusedException">A site contributes twice, or to another sum or a later attempt.</exception>
    public SumStatement(SumRound round, PackingLayout layout, IEnumerable<Contribution> contributions, IEnumerable<Hash256> sums)
    {
        (Round, Layout) = (round, layout);
        Contributions = [.. contributions.OrderBy(static c => c.Party, StringComparer.Ordinal)];
        Sums = [.. sums];
        if (Sums.Length != layout.Ciphertexts) throw new SealFormatException($"a sum of {Sums.Length} ciphertexts; a vector of this layout has {layout.Ciphertexts}");
        FieldHash names = new("fedactors/contributors/1"), statement = new("fedactors/sum-statement/3");
        statement.Add(round.AttemptId).Add(layout.Hash.AsSpan());
        for (int i = 0; i < Contributions.Length; i++)
        {
            if (i > 0 && Contributions[i].Party == Contributions[i - 1].Party) throw new RefusedException($"'{Contributions[i].Party}' is twice in the sum");
            if (Contributions[i].Round.Attempt > round.Attempt || Contributions[i].Round with { Attempt = round.Attempt } != round) throw new RefusedException($"the contribution of '{Contributions[i].Party}' is to {Contributions[i].Round}, and not to {round}");
            names.Add(Contributions[i].Party);
            statement.Add(Contributions[i].Party).Add(Contributions[i].Id);
        }
        foreach (Hash256 sum in Sums) statement.Add(sum);
        Groups = [.. Contributions.GroupBy(static c => c.Round).OrderBy(static group => group.Key.Attempt).Select(static group => new SumGroup(group.Key, [.. group.Select(static c => c.Party)]))];
        ContributorsId = names.Close();
        Id = statement.Close();
    }

    /// <summary>The sum and attempt.</summary>
    public SumRound Round { get; }

    /// <summary>The layout of all vectors.</summary>
    public PackingLayout Layout { get; }

    /// <summary>In the ordinal order of the sites.</summary>
    public ImmutableArray<Contribution> Contributions { get; }

    /// <summary>The contributors by the attempt that they encrypted for: of one attempt, but where the set is fixed and not all could encrypt anew.</summary>
    public ImmutableArray<SumGroup> Groups { get; }

    /// <summary>Hashes of the summed ciphertexts, by index.</summary>
    public ImmutableArray<Hash256> Sums { get; }

    /// <summary>Hash over the names of the contributors.</summary>
    public Hash256 ContributorsId { get; }

    /// <summary>Hash over round, layout, contributions and sums.</summary>
    public Hash256 Id { get; }

    /// <summary>Refuses a sum that cannot be tied to what this site took part in.</summary>
    /// <exception cref="RefusedException">Another round, a contribution that was not committed to before the uploads, this site's own missing, or too few.</exception>
    /// <exception cref="CapacityExceededException">More vectors than the layout holds: the opening could wrap around.</exception>
    internal void RequireFor(ContributionTicket ticket)
    {
        if (Round != ticket.List.Round) throw new RefusedException($"a sum for {Round}: this site takes part in {ticket.List.Round}");
        if (!Contributions.Any(c => c.Id == ticket.Own.Id)) throw new RefusedException($"the sum for {Round} lacks the contribution of '{ticket.Own.Party}': it is not opened here");
        if (Contributions.Length < ticket.ContributorsMin) throw new RefusedException($"{Contributions.Length} contributions in the sum for {Round}: the plan asks for at least {ticket.ContributorsMin}");
        if (Contributions.Length > Layout.Proof.Job.Summands) throw new CapacityExceededException($"{Contributions.Length} contributions in the sum for {Round}: the layout holds at most {Layout.Proof.Job.Summands}");
        foreach (Contribution contribution in Contributions)
            if (ticket.List.Of(contribution.Party)?.Id != contribution.Id)
                throw new RefusedException($"the contribution of '{contribution.Party}' in the sum for {Round} is not what it had committed to before the uploads began");
    }

    /// <summary>Names the opening of one index for the ledger and the signatures.</summary>
    internal ShareRequest Request(CollectivePublicKey key, ActiveSet active, int index, ShareKind kind, Hash256? receiver) => new(
        key.Id,
        ShareRequests.Factor(Groups.Select(group => (new SumMask(key, group.Round, Layout).Id, group.Parties)), index),
        ShareRequests.Use(kind, active, Layout, receiver),
        Round.SumId,
        ContributorsId,
        new FieldHash("fedactors/place/1").Add(Round.AttemptId).Add(index).Close());
}
