using Fed.Crypto.Multiparty;

namespace Fed.Crypto.SecAgg;

/// <summary>What one attempt at one sum is about. All of it enters every key derivation, every authenticated ciphertext and every signature: silos that mean different things get garbage from one another, never a leak.</summary>
/// <param name="Job">The job.</param>
/// <param name="Round">The round within the job, from 0.</param>
/// <param name="Sum">The sum within the round: start-up, indicators, training, evaluation.</param>
/// <param name="Attempt">The attempt at the round, from 0. Each has fresh keys.</param>
/// <param name="Plan">Hash of the plan that this silo approved.</param>
/// <param name="BaseModel">Hash of the model that this silo was given.</param>
/// <param name="Roster">Hash of the roster that this silo approved.</param>
public sealed record SecAggContext(string Job, long Round, string Sum, int Attempt, Hash256 Plan, Hash256 BaseModel, Hash256 Roster)
{
    /// <summary>The longest name of a job or sum, in characters.</summary>
    public const int NameLengthMax = 256;

    internal FieldHash AddTo(FieldHash statement) => statement.Add(Job).Add(Round).Add(Sum).Add(Attempt).Add(Plan).Add(BaseModel).Add(Roster);

    internal void Check()
    {
        if (Job.Length is 0 or > NameLengthMax) throw new InvalidParametersException($"a job's name has 1 to {NameLengthMax} characters, this one has {Job.Length}");
        if (Sum.Length is 0 or > NameLengthMax) throw new InvalidParametersException($"a sum's name has 1 to {NameLengthMax} characters, this one has {Sum.Length}");
        if (Round < 0 || Attempt < 0) throw new InvalidParametersException($"round {Round}, attempt {Attempt}: neither is below 0");
    }

    /// <inheritdoc/>
    public override string ToString() => $"sum '{Sum}' of round {Round}, attempt {Attempt}, of job '{Job}'";
}
