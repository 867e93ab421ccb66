using System.Security.Cryptography;

namespace Fed.Crypto.Multiparty;

/// <summary>The root of a Merkle tree over entries that come one after another; memory for one hash per level, whatever their number. With it a site commits to all pieces of an upload in 32 bytes.</summary>
/// <remarks>
/// MTH of RFC 6962, section 2.1, with SHA-256: the hash of an entry is over 0x00 and the entry, that of a node over 0x01 and its two children, so that no node can be shown as an entry. The left subtree has the largest power of two
/// entries that is less than all; a last odd one rises as it is, and is never doubled. Whoever compares roots knows the number of entries from elsewhere: here from the layout of the vector.
/// </remarks>
public sealed class MerkleRoot
{
    private const byte EntryPrefix = 0, NodePrefix = 1;

    private readonly Stack<Hash256> _full = [];   // roots of full subtrees, one for each bit of the number of entries, the smallest on top
    private long _count;

    /// <summary>The root over all of some hashes.</summary>
    public static Hash256 Of(IEnumerable<Hash256> entries)
    {
        MerkleRoot tree = new();
        foreach (Hash256 entry in entries) tree.Add(entry);
        return tree.Close();
    }

    /// <summary>Adds the next entry, a hash of what it stands for.</summary>
    public void Add(Hash256 entry)
    {
        Span<byte> bytes = stackalloc byte[Hash256.Bytes];
        entry.CopyTo(bytes);
        Add(bytes);
    }

    /// <summary>Adds the next entry.</summary>
    public void Add(ReadOnlySpan<byte> entry)
    {
        Hash256 root = HashOf(EntryPrefix, entry);
        for (long full = _count++; (full & 1) == 1; full >>= 1) root = Node(_full.Pop(), root);
        _full.Push(root);
    }

    /// <summary>The root over what was added; over nothing, the hash of nothing.</summary>
    public Hash256 Close()
    {
        if (_full.Count == 0) return Hash256.Of([]);
        Hash256 root = _full.Pop();
        while (_full.TryPop(out Hash256 left)) root = Node(left, root);
        _count = 0;
        return root;
    }

    private static Hash256 Node(Hash256 left, Hash256 right)
    {
        Span<byte> children = stackalloc byte[2 * Hash256.Bytes];
        left.CopyTo(children);
        right.CopyTo(children[Hash256.Bytes..]);
        return HashOf(NodePrefix, children);
    }

    private static Hash256 HashOf(byte prefix, ReadOnlySpan<byte> content)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([prefix]);
        hash.AppendData(content);
        return new Hash256(hash.GetHashAndReset());
    }
}
