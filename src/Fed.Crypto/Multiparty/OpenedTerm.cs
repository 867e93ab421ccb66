using System.Collections.Immutable;

namespace Fed.Crypto.Multiparty;

/// <summary>Writes a public polynomial in NTT form.</summary>
internal delegate void PolynomialWriter(Span<ulong> poly);

/// <summary>What an opening multiplies: a public polynomial, and the holders whose parts of the secret it meets.</summary>
/// <param name="Dealers">Places in the roster: what a holder has is the sum of what these dealt it.</param>
/// <param name="Polynomial">The polynomial.</param>
internal sealed record OpenedTerm(ImmutableArray<int> Dealers, PolynomialWriter Polynomial);
