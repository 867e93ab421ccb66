using Fed.Crypto.Packing;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Multiparty;

/// <summary>The public key of an outside receiver. Sums can be switched to it; no site can encrypt its vector under it.</summary>
public sealed class ReceiverPublicKey
{
    internal const string Label = "fedactors/receiver-public-key/1";

    private readonly byte[] _bytes;

    internal ReceiverPublicKey(PackingProfile profile, ReadOnlySpan<byte> seed, ReadOnlySpan<ulong> b)
    {
        Key = new RlwePublicKey(profile.Ring, seed, Label, b);
        Id = new Hash256(Key.Id.AsSpan());
        _bytes = new byte[AesCtrStream.SeedBytes + ResiduePacking.PackedBytes(profile.Ring)];
        seed.CopyTo(_bytes);
        ResiduePacking.Pack(profile.Ring, b, _bytes.AsSpan(AesCtrStream.SeedBytes));
    }

    internal RlwePublicKey Key { get; }

    /// <summary>Names the key: a hash over ring, a and b. The plan names a receiver by it.</summary>
    public Hash256 Id { get; }

    /// <summary>The seed of a, 32 bytes, then b, bit-packed.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Reads the key that a plan names.</summary>
    /// <param name="profile">The profile of the sums.</param>
    /// <param name="bytes">From <see cref="Bytes"/>.</param>
    /// <param name="expected">The id in the plan that this site approved.</param>
    /// <exception cref="SealFormatException">The bytes are no key of the profile.</exception>
    /// <exception cref="RefusedException">It is another key than the plan names.</exception>
    public static ReceiverPublicKey Read(PackingProfile profile, ReadOnlySpan<byte> bytes, Hash256 expected)
    {
        int length = AesCtrStream.SeedBytes + ResiduePacking.PackedBytes(profile.Ring);
        ulong[] b = new ulong[profile.Ring.Words];
        if (bytes.Length != length || !ResiduePacking.Unpack(profile.Ring, bytes[AesCtrStream.SeedBytes..], b)) throw new SealFormatException($"{bytes.Length} bytes are no receiver key of profile {profile.Name}, which has {length}");
        ReceiverPublicKey key = new(profile, bytes[..AesCtrStream.SeedBytes], b);
        return key.Id == expected ? key : throw new RefusedException($"the receiver's key is {key.Id}; the plan names {expected}");
    }
}
