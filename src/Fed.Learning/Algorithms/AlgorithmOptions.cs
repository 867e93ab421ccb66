using System.Reflection;
using System.Text.Json.Serialization;
using Fed.Learning.Algorithms.Cyclic;
using Fed.Learning.Algorithms.FedAvg;
using Fed.Learning.Algorithms.FedAvgM;
using Fed.Learning.Algorithms.FedDyn;
using Fed.Learning.Algorithms.FedNova;
using Fed.Learning.Algorithms.FedOpt;
using Fed.Learning.Algorithms.FedProx;
using Fed.Learning.Algorithms.FedSgd;
using Fed.Learning.Algorithms.Scaffold;
using Fed.Learning.External;

namespace Fed.Learning.Algorithms;

/// <summary>The chosen algorithm with its settings, as the plan carries it.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "name")]
[JsonDerivedType(typeof(CyclicOptions), "cyclic")]
[JsonDerivedType(typeof(FedAdagradOptions), "fedadagrad")]
[JsonDerivedType(typeof(FedAdamOptions), "fedadam")]
[JsonDerivedType(typeof(FedAvgOptions), "fedavg")]
[JsonDerivedType(typeof(FedAvgMOptions), "fedavgm")]
[JsonDerivedType(typeof(FedDynOptions), "feddyn")]
[JsonDerivedType(typeof(FedNovaOptions), "fednova")]
[JsonDerivedType(typeof(FedProxOptions), "fedprox")]
[JsonDerivedType(typeof(FedSgdOptions), "fedsgd")]
[JsonDerivedType(typeof(FedYogiOptions), "fedyogi")]
[JsonDerivedType(typeof(ScaffoldOptions), "scaffold")]
public abstract record AlgorithmOptions
{
    /// <summary>Its name in plans, settings and reports, such as <c>fedavg</c>.</summary>
    [JsonIgnore]
    public string Algorithm => (string)typeof(AlgorithmOptions).GetCustomAttributes<JsonDerivedTypeAttribute>().Single(known => known.DerivedType == GetType()).TypeDiscriminator!;

    /// <summary>True when the algorithm sums gradients of the objective, so that a gradient norm may stop the job.</summary>
    [JsonIgnore]
    public virtual bool SumsGradients => false;

    /// <summary>Rate of the steps along a gradient.</summary>
    [JsonIgnore]
    public abstract double LocalLearningRate { get; }

    /// <summary>True when sites may train by any optimiser; false where the algorithm's sums rely on plain gradient steps.</summary>
    [JsonIgnore]
    public virtual bool AllowsOptimizer => false;

    /// <summary>True when sites need loss or gradient at parameters of the algorithm's choice; false where a way from w to w' is enough.</summary>
    [JsonIgnore]
    public virtual bool NeedsObjective => false;

    /// <summary>True when blocks that the model marks as not shared stay at their sites; else no block may be so marked, since all would travel.</summary>
    [JsonIgnore]
    public virtual bool KeepsLocalBlocks => false;

    /// <summary>What the local training must be able to do beyond plain steps.</summary>
    [JsonIgnore]
    public virtual TrainerAbilities Needs => TrainerAbilities.None;

    /// <summary>True when a round's sum is one site's vector, so that no protection can hide it: plain, and in simulation only.</summary>
    [JsonIgnore]
    public virtual bool IsOneSiteARound => false;

    /// <summary>Makes the algorithm.</summary>
    /// <exception cref="ArgumentException">A setting is out of range; the message says which and what is possible.</exception>
    public abstract IFederatedAlgorithm Create();
}
