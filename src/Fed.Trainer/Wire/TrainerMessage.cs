using System.Text.Json.Serialization;
using Fed.Learning.External;

namespace Fed.Trainer.Wire;

/// <summary>What a trainer answers. Progress may come before any answer, as often as it likes.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Hello), "hello")]
[JsonDerivedType(typeof(Capabilities), "capabilities")]
[JsonDerivedType(typeof(Parameters), "parameters")]
[JsonDerivedType(typeof(Ready), "ready")]
[JsonDerivedType(typeof(Progress), "progress")]
[JsonDerivedType(typeof(Result), "result")]
[JsonDerivedType(typeof(Metrics), "metrics")]
[JsonDerivedType(typeof(Error), "error")]
internal abstract record TrainerMessage
{
    private protected TrainerMessage()
    {
    }

    /// <summary>Number of the question.</summary>
    public required long Id { get; init; }

    /// <summary>True when a frame of tensors follows.</summary>
    public bool Payload { get; init; }

    /// <summary>The trainer speaks this version.</summary>
    public sealed record Hello(int Protocol, string Name) : TrainerMessage;

    /// <summary>The model's tensors, and what the training can do beyond plain steps: <c>correction</c>, <c>proximal</c>, <c>optimizer</c>, <c>penalty</c>.</summary>
    public sealed record Capabilities(ImmutableArray<ExternalTensor> Tensors, ImmutableArray<string> Abilities) : TrainerMessage;

    /// <summary>The first parameters, in the tensors.</summary>
    public sealed record Parameters : TrainerMessage;

    /// <summary>The rows are in memory.</summary>
    public sealed record Ready : TrainerMessage;

    /// <summary>A sign of life: how far, and for people at the site where the training is.</summary>
    public sealed record Progress(double? Percent = null, int? Epoch = null, int? Batch = null, double? Loss = null) : TrainerMessage;

    /// <summary>The training is done: the tensors hold the parameters, or their change. Steps taken, rows seen, mean loss of the last pass.</summary>
    public sealed record Result(string Form, int Steps, long Samples, double? Loss = null) : TrainerMessage;

    /// <summary>Sums over the rows; of two classes the tensor <c>scores</c> [2, bins] (I64) holds the histogram.</summary>
    public sealed record Metrics(TrainerTally Test, TrainerTally Train) : TrainerMessage;

    /// <summary>The trainer cannot do what was asked, and lives on.</summary>
    public sealed record Error(string Message) : TrainerMessage;
}
