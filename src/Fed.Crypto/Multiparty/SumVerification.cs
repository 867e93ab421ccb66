namespace Fed.Crypto.Multiparty;

/// <summary>How the openers of a sum make sure that it is the sum of what was contributed.</summary>
public enum SumVerification
{
    /// <summary>
    /// Contributors sign evaluations of their own ciphertexts; a wrong sum passes with probability below 2^-100 if all of them evaluate honestly. A contributor in league with the aggregator can sign what
    /// makes any sum fit. A few hundred bytes a contributor.
    /// </summary>
    Fingerprint,

    /// <summary>Each index is added up again by c + 1 contributors chosen by hash. Right if at most c of them are in league with the aggregator.</summary>
    Assigned,

    /// <summary>Each opener adds everything up itself.</summary>
    Full,
}
