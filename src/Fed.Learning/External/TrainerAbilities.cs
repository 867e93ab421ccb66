namespace Fed.Learning.External;

/// <summary>What an algorithm or a plan may ask of the training at a site beyond plain steps. Our own models can do all of it; a trainer outside this program says what it can.</summary>
[Flags]
public enum TrainerAbilities
{
    /// <summary>Nothing: any way from w to w' will do.</summary>
    None = 0,

    /// <summary>Adds a given vector to every gradient (SCAFFOLD's c - c_k, FedDyn's -h_k).</summary>
    Correction = 1,

    /// <summary>Adds <c>mu * (w - start)</c> to every gradient.</summary>
    Proximal = 2,

    /// <summary>Follows the plan's optimiser: momentum, Adam, weight decay, clipping, schedule.</summary>
    Optimizer = 4,

    /// <summary>Adds the plan's penalty <c>l2/2 * |coefficients|^2</c> to the loss.</summary>
    Penalty = 8,
}
