using System.Text.Json;
using System.Text.Json.Serialization;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;
using Fed.Vectors;

namespace Fed.Actors.Shell;

/// <summary>What an aggregator needs to know to check and add ciphertexts, as a blob of the coordinator: what they are bound to, and what sites committed to.</summary>
internal sealed record EncryptionTicket(
    JobId Job,
    CollectionId Collection,
    Digest Plan,
    Digest Base,
    Digest Roster,
    CollectiveKey Key,
    ReadOnlyMemory<byte> PublicKey,
    CkksPlan Parameters,
    int Sites,
    int Rounds,
    int Attempts,
    SumPlan Sum,
    RingWidth Ring,
    ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Commitments)
{
    /// <summary>Of an attempt.</summary>
    public static EncryptionTicket Of(EncryptionContext context, SumPlan sum, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> commitments) => new(
        context.Job, context.Collection, context.Plan, context.Base, context.Roster, context.Key, context.PublicKey, context.Terms.Parameters, context.Terms.Sites, context.Terms.Rounds,
        context.Terms.Attempts, sum, context.Ring, commitments);

    /// <summary>What the port wants to know.</summary>
    public EncryptionContext ToContext() => new(Job, Collection, Plan, Base, Roster, Key, PublicKey, new EncryptionTerms(Parameters, Sites, Rounds, Attempts, Sum.ToSchema()), Ring);

    /// <summary>As bytes.</summary>
    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, EncryptionTicketJson.Default.EncryptionTicket);

    /// <summary>From bytes.</summary>
    /// <exception cref="JsonException">They are none.</exception>
    public static EncryptionTicket Read(byte[] bytes) => JsonSerializer.Deserialize(bytes, EncryptionTicketJson.Default.EncryptionTicket) ?? throw new JsonException("the terms of a sum are null");
}

[JsonSourceGenerationOptions(IgnoreReadOnlyProperties = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(EncryptionTicket))]
internal sealed partial class EncryptionTicketJson : JsonSerializerContext;
