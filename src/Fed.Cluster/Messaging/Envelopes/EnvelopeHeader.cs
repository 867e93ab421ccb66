using Fed.Actors.Protocol;

namespace Fed.Cluster.Messaging.Envelopes;

/// <summary>What stands outside on an envelope, readable by whoever carries it, and signed.</summary>
/// <param name="Federation">Its federation.</param>
/// <param name="Job">The job that it is about.</param>
/// <param name="Sender">For whom it speaks, and under which leadership.</param>
/// <param name="Recipient">To whom.</param>
/// <param name="EffectId">The same each time that one process says the same to the same recipient, and otherwise without meaning.</param>
public sealed record EnvelopeHeader(string Federation, JobId Job, Origin Sender, NodeAddress Recipient, Guid EffectId);

/// <summary>What is inside.</summary>
/// <param name="Kind">What it is: the tag of a message, or of a request for a blob.</param>
/// <param name="Version">Version of its form.</param>
/// <param name="Body">The bytes.</param>
public readonly record struct EnvelopeContent(string Kind, int Version, ReadOnlyMemory<byte> Body);
