using System.Collections.Immutable;

namespace Fed.Crypto.Multiparty;

/// <summary>An opener's random number for the check of a sum, drawn after the sum was stated.</summary>
/// <param name="Opener">Who drew it.</param>
/// <param name="Nonce">32 bytes.</param>
/// <param name="Signature">The opener's, over statement and nonce.</param>
public sealed record OpenerNonce(string Opener, ReadOnlyMemory<byte> Nonce, ReadOnlyMemory<byte> Signature)
{
    internal const string Purpose = "fedactors/opener-nonce/1";

    internal static byte[] Covered(Hash256 statement, ActiveSet active, string opener, ReadOnlySpan<byte> nonce) =>
        new FieldHash(Purpose).Add(statement).Add(active.Hash).Add(opener).Add(nonce).Close().ToArray();
}

/// <summary>What a stated sum is checked at: points, or who re-adds what. It comes from the nonces of all openers, so that no aggregator knows it while it can still choose the sum.</summary>
public sealed class SumChallenge
{
    internal const int NonceBytes = 32;

    private SumChallenge(SumStatement statement, ActiveSet active, Hash256 seed) => (Statement, Active, Seed) = (statement, active, seed);

    /// <summary>The sum that is checked.</summary>
    public SumStatement Statement { get; }

    /// <summary>The openers.</summary>
    public ActiveSet Active { get; }

    /// <summary>Hash over statement and nonces.</summary>
    public Hash256 Seed { get; }

    /// <summary>Joins the nonces of all openers.</summary>
    /// <exception cref="RefusedException">A nonce is missing, double, of another length, or not signed by its opener for this statement and set.</exception>
    public static SumChallenge Join(SumStatement statement, ActiveSet active, IReadOnlyCollection<OpenerNonce> nonces, ITranscriptSigner verifier)
    {
        Dictionary<int, OpenerNonce> byParty = [];
        foreach (OpenerNonce nonce in nonces)
        {
            int party = active.Roster.IndexOf(nonce.Opener);
            if (!active.Members.Contains(party) || !byParty.TryAdd(party, nonce) || nonce.Nonce.Length != NonceBytes)
                throw new RefusedException($"the nonce of '{nonce.Opener}' is double, of a wrong length, or '{nonce.Opener}' is no opener");
            if (!verifier.Verify(OpenerNonce.Purpose, OpenerNonce.Covered(statement.Id, active, nonce.Opener, nonce.Nonce.Span), nonce.Signature.Span, active.Roster.Parties[party].SigningKey.AsSpan()))
                throw new RefusedException($"the nonce of '{nonce.Opener}' is not signed by it for this sum");
        }
        FieldHash seed = new FieldHash("fedactors/sum-challenge/1").Add(statement.Id).Add(active.Hash);
        foreach (int party in active.Members)
        {
            if (!byParty.TryGetValue(party, out OpenerNonce? nonce)) throw new RefusedException($"the nonce of '{active.Roster.Parties[party].Name}' is missing");
            seed.Add(nonce.Nonce.Span);
        }
        return new SumChallenge(statement, active, seed.Close());
    }

    /// <summary>The contributors who re-add an index: the first of all in the order of a hash over challenge, index and name.</summary>
    /// <param name="index">Index of a ciphertext.</param>
    /// <param name="count">How many.</param>
    public ImmutableArray<string> Assigned(int index, int count) =>
    [
        .. Statement.Contributions.Select(static c => c.Party)
            .OrderBy(party => new FieldHash("fedactors/assigned/1").Add(Seed).Add(index).Add(party).Close().ToString(), StringComparer.Ordinal)
            .Take(count),
    ];

    /// <summary>The indices that a contributor re-adds when c + 1 re-add each, rising.</summary>
    /// <param name="party">The contributor.</param>
    /// <param name="colluders">c.</param>
    public ImmutableArray<int> AssignedTo(string party, int colluders) => [.. Enumerable.Range(0, Statement.Sums.Length).Where(index => Assigned(index, colluders + 1).Contains(party))];
}
