using System.Text.Json.Serialization;
using Fed.Learning.Algorithms.FedAvg;
using Fed.Learning.Algorithms.FedSgd;

namespace Fed.Learning.Algorithms;

/// <summary>The chosen algorithm with its settings, as the plan carries it.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "name")]
[JsonDerivedType(typeof(FedAvgOptions), "fedavg")]
[JsonDerivedType(typeof(FedSgdOptions), "fedsgd")]
public abstract record AlgorithmOptions
{
    /// <summary>True when the algorithm sums gradients of the objective, so that a gradient norm may stop the job.</summary>
    [JsonIgnore]
    public virtual bool SumsGradients => false;

    /// <summary>Makes the algorithm.</summary>
    /// <exception cref="ArgumentException">A setting is out of range; the message says which and what is possible.</exception>
    public abstract IFederatedAlgorithm Create();
}
