using System.Collections.Immutable;
using Fed.Crypto.Packing;
using Fed.Crypto.Sampling;
using Fed.Vectors;

namespace Fed.Crypto.Multiparty;

/// <summary>The end of a key ceremony: random values are encrypted and opened by sets that together have every holder, so that a part that was dealt wrongly is found before it is needed.</summary>
/// <remarks>
/// Nobody is asked to open a ciphertext that somebody sent: values and encryption follow from the transcript, and each holder makes the ciphertext itself. They hide nothing, and need not.
/// </remarks>
internal static class TrialOpening
{
    private const int Values = 256;
    private const int Bits = 16;

    /// <summary>The layout of a trial: one vector, with the key's own smudging.</summary>
    public static PackingLayout Layout(KeyCeremony ceremony)
    {
        VectorSchema schema = VectorSchema.Create(new Segment("trial", [Values], SegmentKind.Statistic, Bits, 0, GridRounding.Nearest, Weighted: false));
        return PackingLayout.Create(ceremony.Profile, schema, new PackingJob(Summands: 1, ceremony.Roster.Count) { OpeningsPerKey = ceremony.OpeningsInAll, UnderPublicKey = true });
    }

    /// <summary>The values of a trial and their encryption, the same for everybody.</summary>
    public static (long[] Values, byte[] Ciphertext) Make(CollectivePublicKey key, PackingLayout layout, int trial)
    {
        using AesCtrStream stream = Expansion.Stream(key.Transcript.ToArray(), $"fedactors/trial-opening/1/{trial}");
        byte[] words = new byte[Values * sizeof(long)];
        ulong[] drawn = new ulong[Values];
        Sampler.Uniform(stream, (1UL << Bits) - 1, drawn);
        long[] values = [.. drawn.Select(static v => (long)v - ((1L << (Bits - 1)) - 1))];
        for (int i = 0; i < Values; i++) System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(words.AsSpan(sizeof(long) * i), values[i]);
        byte[] ciphertext = [];
        using SumEncryptor encryptor = new(layout, key.Key, new PublicRandomness(stream), RingWidth.Ring64, (_, bytes) => ciphertext = bytes.ToArray());
        encryptor.Write(words);
        encryptor.Complete();
        return (values, ciphertext);
    }

    /// <summary>Names a trial for the ledger and the signatures.</summary>
    public static ShareRequest Request(CollectivePublicKey key, PackingLayout layout, ActiveSet active, int trial, ReadOnlySpan<byte> packedC1)
    {
        Hash256 sum = new FieldHash("fedactors/trial/1").Add(key.Transcript).Close();
        return new ShareRequest(
            key.Id,
            new FieldHash("fedactors/trial-factor/1").Add(packedC1).Close(),
            ShareRequests.Use(ShareKind.Decryption, active, layout, receiver: null),
            sum,
            new FieldHash("fedactors/trial-contributors/1").Close(),
            new FieldHash("fedactors/trial-place/1").Add(sum).Add(trial).Close());
    }

    /// <summary>Opens a trial and compares.</summary>
    /// <exception cref="RefusedException">A share is missing or wrongly signed, or the values are not those of the trial.</exception>
    public static void Require(CollectivePublicKey key, PackingLayout layout, ActiveSet active, int trial, IReadOnlyCollection<OpeningShare> shares, ITranscriptSigner verifier)
    {
        (long[] values, byte[] ciphertext) = Make(key, layout, trial);
        PackedFormat format = new(layout, key.Key.Id.AsSpan());
        Hash256 request = ShareRequests.Hash(Request(key, layout, active, trial, format.Polynomial(ciphertext, 1)));
        ImmutableArray<OpeningShare> complete = OpeningShare.RequireAll(ShareKind.Decryption, active, request, shares, verifier);
        long[] opened = new long[values.Length];
        string members = string.Join(", ", active.Members.Select(m => $"'{active.Roster.Parties[m].Name}'"));
        try
        {
            ShareCombination.Open(format, ciphertext, complete, summands: 1, opened);
        }
        catch (OpeningInconsistentException)
        {
            throw new RefusedException($"the trial opening by {members} failed: one of them holds a part that does not fit; begin the next epoch");
        }
        if (!opened.AsSpan().SequenceEqual(values)) throw new RefusedException($"the trial opening by {members} gave other values; begin the next epoch");
    }

    /// <summary>Randomness that everybody may know, since everybody computes the trial's ciphertext.</summary>
    private sealed class PublicRandomness(IRandomStream stream) : IEntropy
    {
        public void Fill(Span<byte> buffer) => stream.Fill(buffer);
    }
}
