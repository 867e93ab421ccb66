using Fed.Actors.Persistence;

namespace Fed.Actors.Protocol;

/// <summary>A model that a round of a job left.</summary>
/// <param name="Round">The round.</param>
/// <param name="State">SHA-256 of the server state after it, which holds the model: a blob of the coordinator's.</param>
/// <param name="ModelSha256">Hash of the model's parameters, by which reports name it.</param>
public sealed record ModelNote(int Round, Digest State, string ModelSha256);

/// <summary>The models of a job that every site keeps.</summary>
/// <param name="Last">Of the last committed round.</param>
/// <param name="Best">Of the round whose model was best; null where the program does not say how good a model is.</param>
public sealed record JobModels(ModelNote Last, ModelNote? Best)
{
    /// <summary>The blobs, each once.</summary>
    public ImmutableArray<Digest> Blobs() => Best is { } best && best.State != Last.State ? [Last.State, best.State] : [Last.State];
}
