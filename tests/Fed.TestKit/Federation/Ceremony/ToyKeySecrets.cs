using System.Collections.Immutable;
using System.Text.Json;

namespace Fed.TestKit.Federation.Ceremony;

/// <summary>What a holder of a toy key keeps.</summary>
internal sealed record ToyKeySecrets(ulong Agreement, ulong Part, ulong Secret)
{
    /// <summary>The common a, once the parts of its seed are known; else 0.</summary>
    public ulong Common { get; init; }

    /// <summary>b = a times the joint secret, once the shares are known; else 0.</summary>
    public ulong Public { get; init; }

    /// <summary>The holder's part of the joint secret: the sum of what was dealt to it.</summary>
    public ulong Held { get; init; }

    /// <summary>The holders' public agreement keys.</summary>
    public ImmutableSortedDictionary<string, ulong> Adverts { get; init; } = ImmutableSortedDictionary<string, ulong>.Empty;

    /// <summary>What the holders committed to, last.</summary>
    public ImmutableSortedDictionary<string, ulong> Commitments { get; init; } = ImmutableSortedDictionary<string, ulong>.Empty;

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);

    public static ToyKeySecrets Read(ReadOnlyMemory<byte> bytes) => JsonSerializer.Deserialize<ToyKeySecrets>(bytes.Span) ?? throw new InvalidDataException("no secrets");

    /// <inheritdoc/>
    public override string ToString() => "<redacted>";
}
