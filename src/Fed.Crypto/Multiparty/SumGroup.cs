using System.Collections.Immutable;

namespace Fed.Crypto.Multiparty;

/// <summary>Those contributors of a sum whose vectors are encrypted for one attempt: their parts of the secret meet the polynomials of that attempt.</summary>
/// <param name="Round">The sum and attempt.</param>
/// <param name="Parties">In the ordinal order of the sites.</param>
public sealed record SumGroup(SumRound Round, ImmutableArray<string> Parties);
