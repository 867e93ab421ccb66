using System.Collections.Immutable;
using Fed.Crypto.Ring;

namespace Fed.Crypto.Multiparty;

/// <summary>The t holders who open together. It is fixed before the first share: each share carries the Lagrange factor of its set.</summary>
public sealed class ActiveSet
{
    private ActiveSet(Roster roster, ImmutableArray<int> members)
    {
        (Roster, Members) = (roster, members);
        FieldHash statement = new("fedactors/active-set/1");
        statement.Add(roster.Hash);
        foreach (int member in members) statement.Add(member);
        Hash = statement.Close();
    }

    /// <summary>The holders that the members are of.</summary>
    public Roster Roster { get; }

    /// <summary>Places in the roster, rising.</summary>
    public ImmutableArray<int> Members { get; }

    /// <summary>Hash over roster and members.</summary>
    public Hash256 Hash { get; }

    /// <summary>Takes t holders by name.</summary>
    /// <exception cref="RefusedException">Not exactly t different holders of this key.</exception>
    public static ActiveSet Create(KeyCeremony ceremony, IEnumerable<string> names)
    {
        ImmutableArray<int> members = [.. names.Select(ceremony.Roster.IndexOf).Order()];
        if (members.Length != ceremony.Threshold || members.Distinct().Count() != members.Length)
            throw new RefusedException($"an active set of {members.Distinct().Count()} holders ({members.Length} named): exactly {ceremony.Threshold} open together");
        return new ActiveSet(ceremony.Roster, members);
    }

    /// <summary>The fewest sets of t holders that together have everyone: neighbours in the roster; the last set reaches back for members.</summary>
    public static ImmutableArray<ActiveSet> Cover(Roster roster, int threshold)
    {
        ImmutableArray<ActiveSet>.Builder sets = ImmutableArray.CreateBuilder<ActiveSet>();
        for (int first = 0; first < roster.Count; first += threshold)
            sets.Add(new ActiveSet(roster, [.. Enumerable.Range(Math.Min(first, roster.Count - threshold), threshold)]));
        return sets.ToImmutable();
    }

    /// <summary>The point at which the sharing polynomials are evaluated for a party: its place plus 1.</summary>
    internal static ulong PointOf(int party) => (ulong)party + 1;

    /// <summary>The party's Lagrange factor at zero, modulo a prime: the product over the other members k of a_k / (a_k - a_j).</summary>
    internal ulong Lagrange(int party, Modulus q)
    {
        ulong numerator = 1, denominator = 1, own = PointOf(party);
        foreach (int member in Members)
        {
            if (member == party) continue;
            numerator = q.Multiply(numerator, PointOf(member));
            denominator = q.Multiply(denominator, q.Subtract(PointOf(member), own));
        }
        return q.Multiply(numerator, q.Inverse(denominator));
    }
}
