using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fed.Actors.Protocol;
using Fed.Cluster.Messaging.Envelopes;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>Asks for pieces of a blob, or of parts of it.</summary>
internal sealed record BulkRequest(Guid Transfer, string Hash, BulkParts? Parts, bool WantsGrant, long[] Pieces);

/// <summary><see cref="BlobParts"/> in a request.</summary>
internal sealed record BulkParts(int Every, int Offset, int Length, int[]? Records, int Tail)
{
    /// <summary>Records that may be asked for one by one.</summary>
    public const int RecordsMax = 100_000;

    public static BulkParts Of(BlobParts parts) => new(parts.Every, parts.Offset, parts.Length, parts.Records.IsDefault ? null : [.. parts.Records], parts.Tail);

    /// <summary>The parts; null for such as cannot be.</summary>
    public BlobParts? Read()
    {
        bool isWithin = Every > 0 && Offset >= 0 && Length > 0 && Offset <= Every - Length && Tail >= 0;
        bool isRising = Records is null || (Records.Length <= RecordsMax && Records.All(static record => record >= 0) && Records.Zip(Records.Skip(1)).All(static pair => pair.First < pair.Second));
        return isWithin && isRising ? new BlobParts(Every, Offset, Length) { Records = Records is null ? default : [.. Records], Tail = Tail } : null;
    }
}

/// <summary>How the pieces come: under which name and key, and how many bytes there are in all; or why they do not.</summary>
internal sealed record BulkGrant(Guid Transfer, string Hash, long Length, Guid Stream, byte[] Key, string? Refusal);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(BulkRequest))]
[JsonSerializable(typeof(BulkGrant))]
internal sealed partial class BulkJson : JsonSerializerContext;

/// <summary>What is said about blobs, as content of envelopes, and the frames in which their pieces travel.</summary>
internal static class BulkContent
{
    /// <summary>Pieces in one request.</summary>
    public const int PiecesMax = 256;

    /// <summary>Envelopes need a job's name; blobs are named by their hash.</summary>
    public static readonly JobId Job = new("blobs");

    private const int Version = 1;

    public static EnvelopeContent Of(BulkRequest request) => new(EnvelopeRules.BulkRequest, Version, JsonSerializer.SerializeToUtf8Bytes(request, BulkJson.Default.BulkRequest));

    public static EnvelopeContent Of(BulkGrant grant) => new(EnvelopeRules.BulkGrant, Version, JsonSerializer.SerializeToUtf8Bytes(grant, BulkJson.Default.BulkGrant));

    /// <summary>Equal for equal parts.</summary>
    public static string NameOf(BulkParts? parts) => parts is null ? "" : JsonSerializer.Serialize(parts, BulkJson.Default.BulkParts);

    public static BulkRequest ReadRequest(OpenedEnvelope envelope)
    {
        BulkRequest request = Read(envelope, EnvelopeRules.BulkRequest, BulkJson.Default.BulkRequest);
        bool isValid = IsHash(request.Hash) && request.Parts?.Read() is not null == request.Parts is not null && request.Pieces.Length <= PiecesMax && request.Pieces.All(static piece => piece >= 0);
        return isValid ? request : throw new EnvelopeException(EnvelopeRefusal.BadContent, $"{envelope.By} asked for pieces of a blob that cannot be");
    }

    public static BulkGrant ReadGrant(OpenedEnvelope envelope)
    {
        BulkGrant grant = Read(envelope, EnvelopeRules.BulkGrant, BulkJson.Default.BulkGrant);
        return grant.Length >= 0 && (grant.Refusal is not null || grant.Key.Length == PieceFrame.KeyBytes)
            ? grant
            : throw new EnvelopeException(EnvelopeRefusal.BadContent, $"{envelope.By} granted a blob that cannot be");
    }

    private static bool IsHash(string text) => text.Length == 2 * Digest.Size && text.All(char.IsAsciiHexDigitLower);

    private static T Read<T>(OpenedEnvelope envelope, string kind, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> info)
        where T : class
    {
        if (envelope.Content.Kind != kind || envelope.Content.Version != Version)
            throw new EnvelopeException(EnvelopeRefusal.UnknownContent, $"{envelope.By} said '{envelope.Content.Kind}' of version {envelope.Content.Version} where blobs are spoken of");
        try
        {
            return JsonSerializer.Deserialize(envelope.Content.Body.Span, info) ?? throw new JsonException("nothing");
        }
        catch (Exception damaged) when (damaged is JsonException or FormatException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            throw new EnvelopeException(EnvelopeRefusal.BadContent, $"{envelope.By} said '{kind}' in a form that cannot be read", damaged);
        }
    }
}

/// <summary>
/// A piece on its way: "FEDP", the stream's name, the piece's number, a random nonce, and the bytes under AES-256-GCM with the stream's key, which only an envelope tells. All who fetch one blob share its stream, so that a piece is
/// published once for all of them.
/// </summary>
internal static class PieceFrame
{
    public const int KeyBytes = 32;
    private const int NonceAt = 28, NonceBytes = 12, TagBytes = 16, BodyAt = NonceAt + NonceBytes;
    public const int Overhead = BodyAt + TagBytes;

    private static ReadOnlySpan<byte> Magic => "FEDP"u8;

    public static bool IsPiece(ReadOnlySpan<byte> frame) => frame.StartsWith(Magic);

    /// <summary>Writes a frame around a piece that lies in it already, at <see cref="BodyOf"/>.</summary>
    public static void Seal(Span<byte> frame, Guid stream, long piece, AesGcm key)
    {
        Magic.CopyTo(frame);
        stream.TryWriteBytes(frame[4..]);
        BinaryPrimitives.WriteInt64LittleEndian(frame[20..], piece);
        RandomNumberGenerator.Fill(frame.Slice(NonceAt, NonceBytes));
        Span<byte> body = BodyOf(frame);
        key.Encrypt(frame.Slice(NonceAt, NonceBytes), body, body, frame[^TagBytes..], frame[..NonceAt]);
    }

    public static Span<byte> BodyOf(Span<byte> frame) => frame[BodyAt..^TagBytes];

    /// <summary>Stream and number of a piece; null where it is none.</summary>
    public static (Guid Stream, long Piece)? Name(ReadOnlySpan<byte> frame) =>
        frame.Length >= Overhead && frame.Length <= Overhead + IBulkTransfer.PieceBytes && IsPiece(frame) && BinaryPrimitives.ReadInt64LittleEndian(frame[20..]) is >= 0 and var piece
            ? (new Guid(frame.Slice(4, 16)), piece)
            : null;

    /// <summary>Decrypts into a buffer that is large enough; the number of bytes, or -1 where it was not encrypted under this key, or changed.</summary>
    public static int Open(ReadOnlySpan<byte> frame, AesGcm key, Span<byte> piece)
    {
        ReadOnlySpan<byte> body = frame[BodyAt..^TagBytes];
        try
        {
            key.Decrypt(frame.Slice(NonceAt, NonceBytes), body, frame[^TagBytes..], piece[..body.Length], frame[..NonceAt]);
            return body.Length;
        }
        catch (CryptographicException)
        {
            return -1;
        }
    }
}
