using System.Collections.Immutable;
using System.Numerics;
using Fed.Crypto.Packing;
using Fed.Crypto.Ring;

namespace Fed.Crypto.Multiparty;

/// <summary>A contributor's evaluations of its own ciphertexts at the points of a challenge, signed. The evaluations of a sum are the sums of the evaluations: whoever adds them up has checked every word of the sum.</summary>
/// <remarks>
/// All words of a site modulo one prime, its ciphertexts in order, are the coefficients of one polynomial over the prime field. Two different ones of degree below D agree
/// at a random point with probability below D/q (Schwartz, Zippel), at k points below (D/q)^k; k is chosen so that this is below 2^-100.
/// </remarks>
/// <param name="Party">The contributor.</param>
/// <param name="Evaluations">Shape [prime, point].</param>
/// <param name="Signature">The contributor's, over challenge, name and evaluations.</param>
public sealed record SumFingerprint(string Party, ImmutableArray<ulong> Evaluations, ReadOnlyMemory<byte> Signature)
{
    private const string Purpose = "fedactors/sum-fingerprint/3";
    private const int ErrorLog2 = 100;

    /// <summary>Evaluates a site's own ciphertexts.</summary>
    /// <param name="ticket">What the site committed to.</param>
    /// <param name="challenge">From the openers' nonces.</param>
    /// <param name="ciphertexts">The site's ciphertexts, read once in order.</param>
    /// <param name="signer">The site's signing key.</param>
    /// <exception cref="RefusedException">The sum cannot be tied to the site's round, or the ciphertexts are not those it committed to.</exception>
    public static SumFingerprint Answer(ContributionTicket ticket, SumChallenge challenge, IEnumerable<ReadOnlyMemory<byte>> ciphertexts, ITranscriptSigner signer)
    {
        challenge.Statement.RequireFor(ticket);
        ulong[] evaluations = Evaluate(challenge, ciphertexts, ticket.Own);
        return new SumFingerprint(ticket.Own.Party, [.. evaluations], signer.Sign(Purpose, Covered(challenge, ticket.Own.Party, evaluations)));
    }

    /// <summary>Whether the contributors' evaluations add up to those of the sum.</summary>
    /// <exception cref="RefusedException">They do not, or one is missing or wrongly signed.</exception>
    internal static void Require(
        SumChallenge challenge,
        IReadOnlyCollection<SumFingerprint> fingerprints,
        IReadOnlyDictionary<string, IEnumerable<ReadOnlyMemory<byte>>> gone,
        IEnumerable<ReadOnlyMemory<byte>> sums,
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> signingKeys,
        ITranscriptSigner verifier)
    {
        RnsRing ring = challenge.Statement.Layout.Profile.Ring;
        int points = PointsOf(challenge.Statement.Layout);
        ulong[] total = new ulong[ring.Moduli.Length * points];
        foreach (Contribution contribution in challenge.Statement.Contributions)
        {
            if (gone.TryGetValue(contribution.Party, out IEnumerable<ReadOnlyMemory<byte>>? ciphertexts))
            {
                Add(Evaluate(challenge, ciphertexts, contribution));
                continue;
            }

            SumFingerprint[] own = [.. fingerprints.Where(f => f.Party == contribution.Party)];
            if (own.Length != 1 || own[0].Evaluations.Length != total.Length) throw new RefusedException($"the fingerprint of '{contribution.Party}' is missing, double or of a wrong length");
            if (!signingKeys.TryGetValue(contribution.Party, out ReadOnlyMemory<byte> key) || !verifier.Verify(Purpose, Covered(challenge, contribution.Party, own[0].Evaluations.AsSpan()), own[0].Signature.Span, key.Span))
                throw new RefusedException($"the fingerprint of '{contribution.Party}' is not signed by it for this sum");
            Add(own[0].Evaluations.AsSpan());
        }

        if (!Evaluate(challenge, sums).AsSpan().SequenceEqual(total))
            throw new RefusedException($"the sum for {challenge.Statement.Round} is not the sum of its contributions: their fingerprints do not add up to its own");

        void Add(ReadOnlySpan<ulong> evaluations)
        {
            for (int i = 0; i < total.Length; i++)
            {
                Modulus q = ring.Moduli[i / points];
                total[i] = q.Add(total[i], q.Reduce(evaluations[i]));
            }
        }
    }

    /// <summary>k, for the least prime: the fewest points with (D/q)^k below 2^-100, D the words of a vector per prime.</summary>
    internal static int PointsOf(PackingLayout layout)
    {
        BigInteger degree = (BigInteger)layout.Profile.N * layout.Ciphertexts, q = layout.Profile.Ring.Moduli.Min(static m => m.Value);
        int points = 1;
        while (BigInteger.Pow(degree, points) << ErrorLog2 >= BigInteger.Pow(q, points)) points++;
        return points;
    }

    private static ulong[] Evaluate(SumChallenge challenge, IEnumerable<ReadOnlyMemory<byte>> ciphertexts, Contribution? contribution = null)
    {
        SumEvaluation evaluation = new(challenge, contribution);
        foreach (ReadOnlyMemory<byte> ciphertext in ciphertexts) evaluation.Add(ciphertext.Span);
        return evaluation.Close();
    }

    private static byte[] Covered(SumChallenge challenge, string party, ReadOnlySpan<ulong> evaluations)
    {
        FieldHash statement = new FieldHash(Purpose).Add(challenge.Seed).Add(party);
        foreach (ulong evaluation in evaluations) statement.Add((long)evaluation);
        return statement.Close().ToArray();
    }
}
