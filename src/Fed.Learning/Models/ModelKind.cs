using System.Text.Json.Serialization;

namespace Fed.Learning.Models;

/// <summary>Which model is trained.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ModelKind>))]
public enum ModelKind
{
    /// <summary>A number from a weighted sum of features; loss: half the squared error.</summary>
    [JsonStringEnumMemberName("linear")]
    Linear,

    /// <summary>The odds of class 1 against class 0; loss: log-loss.</summary>
    [JsonStringEnumMemberName("logistic")]
    Logistic,

    /// <summary>The odds among several classes; loss: log-loss.</summary>
    [JsonStringEnumMemberName("softmax")]
    Softmax,

    /// <summary>Layers, as <see cref="Networks.NetworkOptions"/> say.</summary>
    [JsonStringEnumMemberName("network")]
    Network,

    /// <summary>One that a process of the site's trains, as <see cref="External.ExternalModel"/> says.</summary>
    [JsonStringEnumMemberName("external")]
    External,
}
