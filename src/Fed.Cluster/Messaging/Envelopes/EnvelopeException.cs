namespace Fed.Cluster.Messaging.Envelopes;

/// <summary>An envelope is refused. The message names who and why, and nothing of the content.</summary>
public sealed class EnvelopeException(EnvelopeRefusal refusal, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Why, to be counted.</summary>
    public EnvelopeRefusal Refusal { get; } = refusal;
}
