using Fed.Learning.Program;

namespace Fed.Learning.Algorithms.Cyclic;

/// <summary>One site a round trains the model on from where the site before left it: <c>w = w_k</c>. What passes from hand to hand is a single site's model.</summary>
/// <remarks>
/// Cyclical weight transfer of Chang et al. 2018, JAMIA, doi:10.1093/jamia/ocy017. It is FedAvg with one invited site and server rate 1, so rounds, replay and audit are the ordinary ones.
/// </remarks>
internal sealed class CyclicAlgorithm(CyclicOptions options) : ChangeAlgorithm(options)
{
    /// <inheritdoc/>
    public override ServerUpdate Next(ServerTask task) => task.Sum.Contributors == 1
        ? new(Moved(task.Parameters, 1, task.Sum.Mean(Change)), task.State, null)
        : throw new ProgramException($"cyclic transfer takes one site a round, but {task.Sum.Contributors} contributed; the plan must invite one.");
}
