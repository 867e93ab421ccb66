using Fed.Crypto.Packing;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Multiparty;

/// <summary>The key pair of an outside receiver, to whom the holders can switch a sum. Disposing wipes the secret.</summary>
public sealed class ReceiverKey : IDisposable
{
    private readonly RlweSecretKey _secret;

    private ReceiverKey(PackingProfile profile, IEntropy entropy)
    {
        _secret = RlweSecretKey.Generate(profile.Ring, entropy);
        byte[] seed = new byte[AesCtrStream.SeedBytes];
        entropy.Fill(seed);
        ulong[] a = new ulong[profile.Ring.Words], b = new ulong[profile.Ring.Words];
        Expansion.Uniform(seed, ReceiverPublicKey.Label, profile.Ring, a);
        using IRandomStream stream = AesCtrStream.Fresh(entropy);
        RlweSample.Share(profile.Ring, a, _secret.Evaluations, stream, b);
        Public = new ReceiverPublicKey(profile, seed, b);
    }

    /// <summary>The public half.</summary>
    public ReceiverPublicKey Public { get; }

    /// <summary>Draws a key pair.</summary>
    /// <param name="profile">The profile of the sums to be received.</param>
    /// <param name="entropy">The operating system's generator, <see cref="SystemEntropy.Instance"/>.</param>
    public static ReceiverKey Generate(PackingProfile profile, IEntropy entropy) => new(profile, entropy);

    /// <summary>Opens a switched ciphertext.</summary>
    /// <param name="layout">The layout of the sum.</param>
    /// <param name="switched">From <see cref="CollectiveOpening.Switch"/>.</param>
    /// <param name="values">Receives the sums, as many as <see cref="PackingLayout.ValuesOf"/> says of the ciphertext's index.</param>
    /// <returns>Index and number of summands, as the header says.</returns>
    /// <exception cref="SealFormatException">The bytes are no ciphertext of this layout and receiver, or of an index that carries another number of values.</exception>
    /// <exception cref="OpeningInconsistentException">A share was wrong, or what was summed was not honest.</exception>
    /// <remarks>The receivers' part of the error, about 2^12, is lost in the bound B of the holders' smudging, about 2^59.</remarks>
    public PackedHeader Open(PackingLayout layout, ReadOnlySpan<byte> switched, Span<long> values)
    {
        PackedFormat format = new(layout, Public.Id.ToArray());
        PackedHeader header = format.Read(switched);
        if (header.Form != PackedForm.Ciphertext) throw new SealFormatException($"a {header.Form} is no switched ciphertext");
        format.RequireValues(header.Index, values.Length);
        RnsRing ring = layout.Profile.Ring;
        using SecretBuffer<ulong> opened = new(ring.Words);
        ulong[] second = new ulong[ring.Words];
        format.Unpack(switched, 0, opened.Span);
        format.Unpack(switched, 1, second);
        ring.MultiplyAdd(second, _secret.Evaluations, opened.Span);
        using SumDecoder decoder = new(layout, header.Summands);
        decoder.Decode(header.Index, opened.Span, values);
        return header;
    }

    /// <inheritdoc/>
    public void Dispose() => _secret.Dispose();

    /// <summary>Never the secret.</summary>
    public override string ToString() => "<redacted>";
}
