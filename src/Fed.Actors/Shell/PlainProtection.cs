using System.Buffers;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Vectors;

namespace Fed.Actors.Shell;

/// <summary>No protection: contributions are the grid vectors themselves. The reference that every other mode must equal bit for bit.</summary>
public sealed class PlainProtection : IProtection
{
    /// <inheritdoc/>
    public string Name => ProtectionRules.Plain;

    /// <inheritdoc/>
    public Digest Protect(Digest gridVector, IBlobStore outbox) => gridVector;

    /// <inheritdoc/>
    public ISumAccumulator CreateAccumulator(SumShape shape) => new Accumulator(shape);

    /// <inheritdoc/>
    public (long[] Integers, Digest? Stored) Open(Digest sealedSum, SumShape shape, IBlobStore store)
    {
        using Stream input = store.OpenRead(sealedSum);
        if (input.Length != shape.Bytes) throw new InvalidDataException($"the sealed sum has {input.Length} bytes, its schema {shape.Bytes}");
        long[] opened = GC.AllocateUninitializedArray<long>(shape.Entries);
        byte[] piece = ArrayPool<byte>.Shared.Rent(IBulkTransfer.PieceBytes);
        int wordBytes = (int)shape.Ring / 8;
        int done = 0;
        while (done < opened.Length)
        {
            int words = Math.Min(IBulkTransfer.PieceBytes / wordBytes, opened.Length - done);
            input.ReadExactly(piece, 0, words * wordBytes);
            RingSum.Decode(shape.Ring, piece.AsSpan(0, words * wordBytes), opened.AsSpan(done, words));
            done += words;
        }

        ArrayPool<byte>.Shared.Return(piece);
        return (opened, sealedSum);
    }

    private sealed class Accumulator(SumShape shape) : ISumAccumulator
    {
        private readonly byte[] _sum = new byte[shape.Bytes];

        public void Add(Stream contribution)
        {
            byte[] piece = ArrayPool<byte>.Shared.Rent(IBulkTransfer.PieceBytes);
            try
            {
                for (int done = 0; done < _sum.Length;)
                {
                    int bytes = Math.Min(IBulkTransfer.PieceBytes, _sum.Length - done);
                    if (contribution.ReadAtLeast(piece.AsSpan(0, bytes), bytes, throwOnEndOfStream: false) < bytes)
                        throw new InvalidDataException($"the contribution ends before its {_sum.Length} bytes");
                    RingSum.Add(shape.Ring, _sum.AsSpan(done, bytes), piece.AsSpan(0, bytes));
                    done += bytes;
                }

                if (contribution.ReadByte() >= 0) throw new InvalidDataException($"the contribution is longer than its {_sum.Length} bytes");
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(piece);
            }
        }

        public void WriteTo(IBlobWriter output)
        {
            for (int done = 0; done < _sum.Length; done += IBulkTransfer.PieceBytes)
                output.Write(_sum.AsSpan(done, Math.Min(IBulkTransfer.PieceBytes, _sum.Length - done)));
        }
    }
}
