using Fed.Actors.Persistence;

namespace Fed.Actors.Protocol.Key;

/// <summary>A collective key as the protocol speaks of it: established by all its holders, each of whom has recomputed it.</summary>
/// <param name="Epoch">Counts the ceremonies of a job, from 1; never twice.</param>
/// <param name="Id">Names the public key: ciphertexts and shares carry it.</param>
/// <param name="PublicKey">Hash of the public key's bytes, a blob.</param>
/// <param name="Holders">Who holds a part of the secret.</param>
public sealed record CollectiveKey(int Epoch, Digest Id, Digest PublicKey, ImmutableSortedSet<SiloId> Holders)
{
    /// <summary>The same key by content; record equality would compare the holders by reference.</summary>
    public bool IsSameKey(CollectiveKey other) => this with { Holders = other.Holders } == other && Holders.SetEquals(other.Holders);
}
