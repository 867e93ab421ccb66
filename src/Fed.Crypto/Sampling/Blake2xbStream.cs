using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Fed.Crypto.Sampling;

/// <summary>SEAL's default generator: each block is BLAKE2Xb of the block number, keyed by the seed.</summary>
/// <remarks>BLAKE2X (blake2.net/blake2x.pdf): a 64-byte root, then one BLAKE2b node for every 64 bytes of output; four nodes at a time here.</remarks>
/// <param name="seed">64 bytes; copied.</param>
public sealed class Blake2xbStream(ReadOnlySpan<byte> seed) : SealBlockStream(seed)
{
    private const ulong RootParameters = 64 | (64UL << 8) | (1UL << 16) | (1UL << 24);   // digest 64, key 64, fanout 1, depth 1
    private const ulong NodeParameters = 64 | (64UL << 32);                              // digest 64, no key, leaf length 64
    private const ulong XofLength = (ulong)BlockBytes << 32;                             // beside it in the word: the number of the node
    private const ulong InnerLength = 64UL << 8;

    private protected override void Expand(ReadOnlySpan<byte> seed, ulong counter, Span<byte> block)
    {
        Span<byte> message = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(message, counter);
        Span<byte> root = stackalloc byte[Blake2b.BlockBytes];
        root.Clear();
        Blake2b.Hash(RootParameters, XofLength, seed, message, root[..64]);

        Span<Vector256<ulong>> nodes = stackalloc Vector256<ulong>[Blake2b.Words];
        Span<ulong> lanes = MemoryMarshal.Cast<Vector256<ulong>, ulong>(nodes);
        for (ulong node = 0; !block.IsEmpty; node += 4)
        {
            Blake2b.Start(nodes, NodeParameters, Vector256.Create(node, node + 1, node + 2, node + 3) | Vector256.Create(XofLength), InnerLength);
            Blake2b.Compress(nodes, root, 64, last: true);
            for (int lane = 0; lane < 4; lane++)
            {
                for (int word = 0; word < Blake2b.Words; word++) BinaryPrimitives.WriteUInt64LittleEndian(block[(8 * word)..], lanes[(4 * word) + lane]);
                block = block[64..];
            }
        }
        CryptographicOperations.ZeroMemory(root);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(nodes));
    }
}
