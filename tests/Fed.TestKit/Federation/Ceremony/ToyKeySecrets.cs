using System.Collections.Immutable;
using System.Text.Json;

namespace Fed.TestKit.Federation.Ceremony;

/// <summary>What a holder of a toy key keeps.</summary>
/// <param name="Agreement">Opens what is dealt to it; 0 when that is done.</param>
/// <param name="Part">Its part of the common seed.</param>
/// <param name="Secret">Its summand of the joint secret, under which it encrypts.</param>
internal sealed record ToyKeySecrets(ulong Agreement, ulong Part, ulong Secret)
{
    /// <summary>The common a, once the parts of its seed are known; else 0.</summary>
    public ulong Common { get; init; }

    /// <summary>b = a times the joint secret, once the shares are known; else 0.</summary>
    public ulong Public { get; init; }

    /// <summary>By dealer, what was dealt to the holder: its part of each summand of the joint secret.</summary>
    public ImmutableSortedDictionary<string, ulong> Parts { get; init; } = ImmutableSortedDictionary<string, ulong>.Empty;

    /// <summary>The holder's part of the joint secret: the sum of what was dealt to it.</summary>
    public ulong Held() => Parts.Values.Aggregate(0UL, ToyField.Add);

    /// <summary>The holders' public agreement keys.</summary>
    public ImmutableSortedDictionary<string, ulong> Adverts { get; init; } = ImmutableSortedDictionary<string, ulong>.Empty;

    /// <summary>What the holders committed to, last.</summary>
    public ImmutableSortedDictionary<string, ulong> Commitments { get; init; } = ImmutableSortedDictionary<string, ulong>.Empty;

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);

    public static ToyKeySecrets Read(ReadOnlyMemory<byte> bytes) => JsonSerializer.Deserialize<ToyKeySecrets>(bytes.Span) ?? throw new InvalidDataException("no secrets");

    /// <inheritdoc/>
    public override string ToString() => "<redacted>";
}
