using System.Text.Json.Serialization;
using Fed.Learning.Training;

namespace Fed.Trainer.Wire;

/// <summary>What a site asks of its trainer, one at a time. <c>payload</c> announces that a frame of tensors follows.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Hello), "hello")]
[JsonDerivedType(typeof(Capabilities), "capabilities")]
[JsonDerivedType(typeof(Init), "init")]
[JsonDerivedType(typeof(Data), "data")]
[JsonDerivedType(typeof(Train), "train")]
[JsonDerivedType(typeof(Evaluate), "evaluate")]
[JsonDerivedType(typeof(Stop), "stop")]
internal abstract record HostMessage
{
    private protected HostMessage()
    {
    }

    /// <summary>Number of the question; its answers carry it.</summary>
    public required long Id { get; init; }

    /// <summary>True when a frame of tensors follows.</summary>
    public bool Payload { get; init; }

    /// <summary>Opens the conversation. Answer: hello.</summary>
    public sealed record Hello(int Protocol, string Trainer) : HostMessage;

    /// <summary>What is to be learnt: <c>regression</c>, <c>two-classes</c> or <c>classes</c>, from which features, with the plan's settings. Answer: capabilities.</summary>
    public sealed record Capabilities(string Task, int Classes, ImmutableArray<string> Features, ImmutableSortedDictionary<string, string> Settings) : HostMessage;

    /// <summary>The parameters to start from, please. Answer: parameters.</summary>
    public sealed record Init(string Seed) : HostMessage;

    /// <summary>Rows <c>First</c> to <c>First + Rows</c> of the part's <c>Total</c>: tensors <c>x</c> [rows, features] and <c>y</c> [rows]. Answer: ready.</summary>
    public sealed record Data(string Part, int First, int Rows, int Total) : HostMessage;

    /// <summary>One round's training from the parameters in the tensors, <c>correction/NAME</c> being added to the gradient of NAME. Answer: result.</summary>
    public sealed record Train(int Round, int Steps, int BatchSize, double LearningRate, double Proximal, double L2, string Seed, OptimizerOptions? Optimizer = null) : HostMessage;

    /// <summary>Sums at the parameters in the tensors; of two classes a histogram of the test rows' logits too, over -LogitMax to LogitMax. Answer: metrics.</summary>
    public sealed record Evaluate(int Bins, double LogitMax) : HostMessage;

    /// <summary>The end: the trainer exits.</summary>
    public sealed record Stop : HostMessage;
}
