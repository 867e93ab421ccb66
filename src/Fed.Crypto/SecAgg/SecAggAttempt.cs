using Fed.Crypto.Multiparty;

namespace Fed.Crypto.SecAgg;

/// <summary>One attempt at one sum under the terms of its job: what every step of the ceremony is given, and what every key, ciphertext and signature of it is bound to.</summary>
public sealed class SecAggAttempt
{
    /// <summary>Puts terms and context together.</summary>
    /// <exception cref="InvalidParametersException">A name of the context is empty or overlong, or a number is negative.</exception>
    public SecAggAttempt(SecAggTerms terms, SecAggContext context)
    {
        context.Check();
        (Terms, Context) = (terms, context);
        Id = context.AddTo(new FieldHash("fedactors/secagg/attempt/1").Add(terms.Id)).Close();
        ShareCommitments = Statement("fedactors/secagg/share-commitment/1").Close();
    }

    /// <summary>What holds for the job.</summary>
    public SecAggTerms Terms { get; }

    /// <summary>Which sum and attempt.</summary>
    public SecAggContext Context { get; }

    /// <summary>Hash over both. Every field enters behind its length, so two different attempts have different ids.</summary>
    public Hash256 Id { get; }

    /// <summary>Begins the hashes of shares.</summary>
    internal Hash256 ShareCommitments { get; }

    internal SecAggParameters Parameters => Terms.Parameters;

    internal NeighbourGraph Graph => Terms.Graph;

    internal int Sites => Terms.Roster.Count;

    internal string Name(int site) => Terms.Roster.NameOf(site);

    /// <summary>Begins a statement about this attempt. The whole context stands in it, not only its hash.</summary>
    internal FieldHash Statement(string purpose) => Context.AddTo(new FieldHash(purpose).Add(Terms.Id));

    /// <summary>A statement about two sites of this attempt, in this order.</summary>
    internal FieldHash Statement(string purpose, int from, int to) => Statement(purpose).Add(Name(from)).Add(Name(to));

    /// <inheritdoc/>
    public override string ToString() => Context.ToString();
}
