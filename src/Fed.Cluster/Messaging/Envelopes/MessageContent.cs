using System.Buffers;
using Fed.Actors.Protocol;

namespace Fed.Cluster.Messaging.Envelopes;

/// <summary>Protocol messages as the content of envelopes.</summary>
internal static class MessageContent
{
    public static EnvelopeContent Of(ProtocolMessage message)
    {
        ArrayBufferWriter<byte> body = new(1024);
        ProtocolSerializers.Messages.Write(message, body);
        (string kind, int version) = ProtocolSerializers.Messages.Describe(message);
        return new EnvelopeContent(kind, version, body.WrittenMemory);
    }

    /// <summary>Reads what an envelope says.</summary>
    /// <exception cref="EnvelopeException">It is no message, or one of another job than the envelope says.</exception>
    public static ProtocolMessage Read(OpenedEnvelope envelope)
    {
        EnvelopeContent content = envelope.Content;
        if (ProtocolSerializers.Messages.NewestVersion(content.Kind) is not { } newest || content.Version > newest || content.Version < 1)
            throw new EnvelopeException(EnvelopeRefusal.UnknownContent, $"{envelope.By} said '{content.Kind}' of version {content.Version}, which this program does not know");
        ProtocolMessage message;
        try
        {
            message = ProtocolSerializers.Messages.Read(content.Kind, content.Version, content.Body.Span);
        }
        catch (Exception damaged) when (damaged is JournalFormatException or ArgumentException or InvalidOperationException)
        {
            throw new EnvelopeException(EnvelopeRefusal.BadContent, $"{envelope.By} said '{content.Kind}' in a form that cannot be read", damaged);
        }

        bool isOfJob = message.Job == envelope.Header.Job && (message is not ProtocolMessage.ProposePlan propose || propose.Plan.Job == message.Job);
        return isOfJob ? message : throw new EnvelopeException(EnvelopeRefusal.BadContent, $"{envelope.By} said '{content.Kind}' of another job than its envelope says");
    }
}
