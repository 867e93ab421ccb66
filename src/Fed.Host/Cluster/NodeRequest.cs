using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fed.Host.Cluster;

/// <summary>What an operator can ask of whoever leads.</summary>
internal enum RequestKind
{
    /// <summary>Begin this job.</summary>
    Submit,

    /// <summary>Ask for no further round of a job.</summary>
    Pause,

    /// <summary>Go on with a job.</summary>
    Resume,

    /// <summary>End a job.</summary>
    Cancel,
}

/// <summary>A request, as its envelope has it.</summary>
/// <param name="Id">Its name: a job that it begins is named for it, and asked again it changes nothing.</param>
/// <param name="Kind">What is asked.</param>
/// <param name="At">When: an old one is refused, whoever took it from where.</param>
internal sealed record NodeRequest(string Id, RequestKind Kind, DateTimeOffset At)
{
    /// <summary>A request that is older than this is refused.</summary>
    public static TimeSpan AgeMax { get; } = TimeSpan.FromMinutes(10);

    /// <summary>Which job; null for a new one.</summary>
    public string? Job { get; init; }

    /// <summary>Why, in the asker's words; null where nothing was said.</summary>
    public string? Reason { get; init; }

    /// <summary>The plan of a new job; null else.</summary>
    public string? Plan { get; init; }

    /// <summary>Canonical JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, RequestJson.Default.NodeRequest);

    /// <summary>Reads one.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static NodeRequest FromJson(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, RequestJson.Default.NodeRequest) ?? throw new JsonException("the request is null");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(NodeRequest))]
internal sealed partial class RequestJson : JsonSerializerContext;
