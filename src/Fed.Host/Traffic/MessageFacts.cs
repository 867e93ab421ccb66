using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fed.Actors.Protocol;
using Fed.Host.Configuration;

namespace Fed.Host.Traffic;

/// <summary>What is counted of a message: its phase, its round, and how many bytes it has as JSON, the form in which journals keep the same values. On one machine messages travel as objects.</summary>
internal static class MessageFacts
{
    /// <summary>The phase of what goes to the aggregator.</summary>
    public const string Upload = "upload";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, IgnoreReadOnlyProperties = true, Converters = { new JsonStringEnumConverter() } };
    private static readonly ConcurrentDictionary<Type, PropertyInfo?> Rounds = [];

    /// <summary>The phase in the words of <c>rounds show</c>; a message that has no phase of its own is one by itself.</summary>
    public static string PhaseOf(ProtocolMessage message) => message switch
    {
        ProtocolMessage.ProposePlan or ProtocolMessage.PlanAnswer => "plan",
        ProtocolMessage.Invite or ProtocolMessage.Beat or ProtocolMessage.DeclineUpdate => "compute",
        ProtocolMessage.MaskInput or ProtocolMessage.UploadInput or ProtocolMessage.OfferUpdate or ProtocolMessage.UpdateAnswer => Upload,
        ProtocolMessage.ReprotectInput => "commit",
        ProtocolMessage.PrepareOpening => "challenge",
        ProtocolMessage.EvaluateSum => "evaluate",
        ProtocolMessage.VerifyOpening => "ready",
        ProtocolMessage.ReleaseOpening => "share",
        ProtocolMessage.ConfirmContributors => "confirm",
        ProtocolMessage.KeepModels or ProtocolMessage.ModelsKept => "models",
        ProtocolMessage.CloseRound or ProtocolMessage.RoundSettled => "close",
        ProtocolMessage.AnswerStep answer => Words(answer.Answer.Step.ToString()),
        _ => Words(message.GetType().Name),
    };

    /// <summary>The round of a message; null where it belongs to none.</summary>
    public static int? RoundOf(ProtocolMessage message) => message is ProtocolMessage.AnswerStep answer
        ? answer.Answer.Collection.Round
        : Rounds.GetOrAdd(message.GetType(), static type => type.GetProperty("Collection") ?? type.GetProperty("Round"))?.GetValue(message) switch
        {
            CollectionId collection => collection.Round,
            int round => round,
            _ => null,
        };

    /// <summary>Bytes of a message.</summary>
    public static long SizeOf(ProtocolMessage message)
    {
        using CountingStream count = new();
        JsonSerializer.Serialize(count, message, message.GetType(), Json);
        return count.Length;
    }

    private static string Words(string name) => Kebab.From(name).Replace('-', ' ');

    private sealed class CountingStream : Stream
    {
        private long _length;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _length;

        public override long Position { get => _length; set => throw new NotSupportedException(); }

        public override void Write(byte[] buffer, int offset, int count) => _length += count;

        public override void Write(ReadOnlySpan<byte> buffer) => _length += buffer.Length;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
