using Fed.Vectors;

namespace Fed.Crypto.SecAgg;

/// <summary>What a plan asks of secure aggregation; unchecked. <see cref="SecAggParameters.Create"/> finds the parameters that give it, or says what is nearest to it.</summary>
/// <param name="Sites">n: sites of the roster.</param>
/// <param name="Colluding">c: sites assumed to tell the server everything they know. gamma = c / n.</param>
/// <param name="Dropouts">d: sites that may drop out after they have advertised keys. delta = d / n.</param>
/// <param name="Ring">Width of a word of the summed vectors.</param>
public sealed record SecAggDemand(int Sites, int Colluding, int Dropouts, RingWidth Ring)
{
    /// <summary>The plan's smallest number of contributors; 0 leaves it to the parameters.</summary>
    public int ContributorsMin { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Sites} sites, {Colluding} colluding, {Dropouts} drop-outs{(ContributorsMin > 0 ? $", at least {ContributorsMin} contributors" : "")}";
}
