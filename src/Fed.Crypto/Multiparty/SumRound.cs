namespace Fed.Crypto.Multiparty;

/// <summary>Which sum of a federation is meant.</summary>
/// <param name="Job">The job.</param>
/// <param name="Round">The round within the job.</param>
/// <param name="Sum">The sum within the round: a round may have several (training, indicators).</param>
/// <param name="Attempt">The attempt at the round. Attempts open the same contributors or nothing.</param>
public sealed record SumRound(string Job, long Round, string Sum, int Attempt)
{
    /// <summary>Names the sum over all attempts.</summary>
    internal Hash256 SumId => new FieldHash("fedactors/sum/1").Add(Job).Add(Round).Add(Sum).Close();

    /// <summary>Names the attempt.</summary>
    internal Hash256 AttemptId => new FieldHash("fedactors/sum-attempt/1").Add(SumId).Add(Attempt).Close();

    /// <inheritdoc/>
    public override string ToString() => $"sum '{Sum}' of round {Round}, attempt {Attempt}, of job '{Job}'";
}
