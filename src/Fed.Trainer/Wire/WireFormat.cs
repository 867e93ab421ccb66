using System.Text.Json;
using System.Text.Json.Serialization;
using Fed.Learning.External;
using Fed.Learning.Models;

namespace Fed.Trainer.Wire;

/// <summary>The protocol's version and words, and how messages become JSON.</summary>
internal static class WireFormat
{
    /// <summary>Version of the protocol.</summary>
    public const int Protocol = 1;

    /// <summary>A result that holds parameters.</summary>
    public const string Parameters = "parameters";

    /// <summary>A result that holds their change.</summary>
    public const string Change = "change";

    /// <summary>What comes before the name of a tensor of gradients' corrections.</summary>
    public const string Correction = "correction/";

    /// <summary>Training rows.</summary>
    public const string TrainPart = "train";

    /// <summary>Test rows.</summary>
    public const string TestPart = "test";

    private static readonly ImmutableArray<(ModelTask Task, string Word)> Tasks = [(ModelTask.Regression, "regression"), (ModelTask.TwoClasses, "two-classes"), (ModelTask.Classes, "classes")];

    private static readonly ImmutableArray<(TrainerAbilities Ability, string Word)> Abilities =
    [
        (TrainerAbilities.Correction, "correction"), (TrainerAbilities.Proximal, "proximal"), (TrainerAbilities.Optimizer, "optimizer"), (TrainerAbilities.Penalty, "penalty"),
    ];

    /// <summary>A task's word.</summary>
    public static string WordOf(ModelTask task) => Tasks.First(known => known.Task == task).Word;

    /// <summary>The task of a word.</summary>
    /// <exception cref="FrameException">There is none.</exception>
    public static ModelTask TaskOf(string word) => Tasks.FirstOrDefault(known => known.Word == word) is { Word: not null } known ? known.Task : throw new FrameException($"there is no task '{word}'");

    /// <summary>The words of some abilities.</summary>
    public static ImmutableArray<string> WordsOf(TrainerAbilities abilities) => [.. Abilities.Where(known => abilities.HasFlag(known.Ability)).Select(static known => known.Word)];

    /// <summary>The abilities of some words; a word of a later version is none.</summary>
    public static TrainerAbilities AbilitiesOf(IEnumerable<string> words) => Abilities.Where(known => words.Contains(known.Word, StringComparer.Ordinal)).Aggregate(TrainerAbilities.None, static (all, known) => all | known.Ability);

    /// <summary>A message as a frame's payload.</summary>
    public static byte[] ToBytes(HostMessage message) => JsonSerializer.SerializeToUtf8Bytes(message, WireJson.Default.HostMessage);

    /// <inheritdoc cref="ToBytes(HostMessage)"/>
    public static byte[] ToBytes(TrainerMessage message) => JsonSerializer.SerializeToUtf8Bytes(message, WireJson.Default.TrainerMessage);

    /// <summary>Reads a site's message.</summary>
    /// <exception cref="FrameException">It is none.</exception>
    public static HostMessage HostMessageOf(ReadOnlyMemory<byte> json) => Read(json, WireJson.Default.HostMessage);

    /// <summary>Reads a trainer's message.</summary>
    /// <exception cref="FrameException">It is none.</exception>
    public static TrainerMessage TrainerMessageOf(ReadOnlyMemory<byte> json) => Read(json, WireJson.Default.TrainerMessage);

    private static T Read<T>(ReadOnlyMemory<byte> json, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json.Span, type) ?? throw new FrameException("it sent a message that is null");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new FrameException($"it sent a message that is none of the protocol: {e.Message}", e);
        }
    }
}

/// <summary>Source-generated JSON of the messages. What later versions add is skipped; numbers that JSON cannot say ("NaN") come as text.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, AllowOutOfOrderMetadataProperties = true, MaxDepth = 8,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(HostMessage))]
[JsonSerializable(typeof(TrainerMessage))]
[JsonSerializable(typeof(TrainerMessage.Hello), TypeInfoPropertyName = "TrainerHello")]
[JsonSerializable(typeof(TrainerMessage.Capabilities), TypeInfoPropertyName = "TrainerCapabilities")]
internal sealed partial class WireJson : JsonSerializerContext;
