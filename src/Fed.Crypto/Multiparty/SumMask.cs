using Fed.Crypto.Packing;
using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Multiparty;

/// <summary>
/// The public polynomials a_l of one attempt at a sum, one for each ciphertext: what contributors multiply their parts of the secret by, and openers the parts that they hold of those. They follow from key, round, sum, attempt
/// and layout, so nobody chooses them, and no two attempts have one in common.
/// </summary>
public sealed class SumMask
{
    private readonly byte[] _seed;
    private readonly RnsRing _ring;

    /// <summary>Of an attempt.</summary>
    /// <param name="key">The key of the round.</param>
    /// <param name="round">The sum and attempt.</param>
    /// <param name="layout">The layout of all vectors.</param>
    public SumMask(CollectivePublicKey key, SumRound round, PackingLayout layout)
    {
        _ring = layout.Profile.Ring;
        Id = new FieldHash("fedactors/sum-mask/1").Add(key.Id).Add(round.AttemptId).Add(layout.Hash.AsSpan()).Close();
        _seed = Id.ToArray();
    }

    /// <summary>Names the polynomials, and is what they are grown from (<see cref="Expansion"/>, with the index of the ciphertext in the label).</summary>
    public Hash256 Id { get; }

    /// <summary>Writes a_l.</summary>
    /// <param name="index">l.</param>
    /// <param name="a">Receives the polynomial in NTT form.</param>
    public void Write(int index, Span<ulong> a) => Expansion.Uniform(_seed, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"fedactors/sum-mask-polynomial/1/{index}"), _ring, a);
}
