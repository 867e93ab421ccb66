using System.Collections.Immutable;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Multiparty;

/// <summary>The public polynomial a of a ceremony, grown from a seed to which every holder contributed behind a commitment: nobody chose it, and it belongs to this ceremony alone.</summary>
/// <remarks>
/// Two samples -a s + e of one (s, a) differ by errors only, so a party answers one a once. The label names job, epoch, purpose and roster through <see cref="KeyCeremony.Id"/>, and each ceremony
/// draws its own s.
/// </remarks>
public sealed class CommonRandomPolynomial
{
    private readonly ulong[] _evaluations;

    internal CommonRandomPolynomial(KeyCeremony ceremony, IEnumerable<ReadOnlyMemory<byte>> parts)
    {
        FieldHash statement = new("fedactors/common-random-seed/1");
        statement.Add(ceremony.Id);
        foreach (ReadOnlyMemory<byte> part in parts) statement.Add(part.Span);
        Seed = [.. statement.Close().ToArray()];
        Label = LabelOf(ceremony);
        _evaluations = new ulong[ceremony.Ring.Words];
        Expansion.Uniform(Seed.AsSpan(), Label, ceremony.Ring, _evaluations);
    }

    /// <summary>What the seed of a ceremony is expanded for.</summary>
    internal static string LabelOf(KeyCeremony ceremony) => $"fedactors/common-random-polynomial/1/{ceremony.Id}";

    /// <summary>32 bytes: the hash over all parts.</summary>
    public ImmutableArray<byte> Seed { get; }

    /// <summary>What the seed is expanded for (<see cref="Expansion"/>).</summary>
    public string Label { get; }

    /// <summary>a in NTT form.</summary>
    public ReadOnlySpan<ulong> Evaluations => _evaluations;
}
