using System.Buffers.Binary;
using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.TestKit.Federation.Faults;
using Fed.Vectors;

namespace Fed.TestKit.Federation.Adversary;

/// <summary>
/// An aggregator that lies beside an honest coordinator: it reports another list, or another sum, than it has sealed. One lie for an attempt, told again whenever it reports. It has no key and no share;
/// what it can spoil, and what shows, is in the threat model.
/// </summary>
/// <param name="dice">Its choices.</param>
/// <param name="lies">What it lies about.</param>
/// <param name="ring">Ring of the sums.</param>
/// <param name="upload">A site's upload, by its manifest; null where it is gone.</param>
/// <param name="sum">A sum as it was sealed; null where it is gone.</param>
/// <param name="struck">Hears of each lie that is told for the first time.</param>
internal sealed class LyingAggregator(
    FaultDice dice, ServerLies lies, RingWidth ring, Func<UpdateManifest, byte[]?> upload, Func<JobId, Digest, byte[]?> sum, Action<FaultKind, JobId> struck)
{
    private readonly Dictionary<(JobId Job, CollectionId Collection), ProtocolMessage.CollectionSealed> _told = [];
    private readonly Dictionary<(JobId Job, CollectionId Collection), long[]> _added = [];
    private readonly Dictionary<Digest, byte[]> _made = [];
    private readonly SortedDictionary<JobId, byte[]> _older = [];

    /// <summary>A sum of its own making; null for what it did not make.</summary>
    public byte[]? Read(Digest blob) => _made.GetValueOrDefault(blob);

    /// <summary>What it added to the sum of an attempt; null where it added nothing.</summary>
    public long[]? AddedTo(JobId job, CollectionId collection) => _added.GetValueOrDefault((job, collection));

    /// <summary>What it reports in place of the truth; null where it is silent.</summary>
    public ProtocolMessage.CollectionSealed Tell(ProtocolMessage.CollectionSealed truth)
    {
        if (_told.TryGetValue((truth.Job, truth.Collection), out ProtocolMessage.CollectionSealed? told)) return told;
        told = Lie(truth) ?? truth;
        if (sum(truth.Job, truth.Sum) is { } known) _older[truth.Job] = known;
        return _told[(truth.Job, truth.Collection)] = told;
    }

    private ProtocolMessage.CollectionSealed? Lie(ProtocolMessage.CollectionSealed truth)
    {
        foreach (FaultKind kind in ServerLies.OfAggregators)
        {
            if (!lies.Has(kind) || !dice.IsStruck(kind, lies.Per10K, 10_000) || Lie(kind, truth) is not { } lie) continue;
            struck(kind, truth.Job);
            return lie;
        }

        return null;
    }

    private ProtocolMessage.CollectionSealed? Lie(FaultKind kind, ProtocolMessage.CollectionSealed truth)
    {
        UpdateManifest one = truth.Contributions[dice.Below(kind, truth.Contributions.Length)];
        if (sum(truth.Job, truth.Sum) is not { } sealedSum) return null;
        switch (kind)
        {
            case FaultKind.FalseSeal when dice.Below(kind, 2) == 0:
                return truth with { Contributions = [.. truth.Contributions.Take(2)] };
            case FaultKind.FalseSeal:
                return truth with { Contributions = truth.Contributions.Replace(one, one with { Hash = Digest.Of(one.SignedContent()) }) };
            case FaultKind.WrongSum:
                long[] added = [.. Words(sealedSum).Select(_ => (long)dice.Below(kind, 100))];
                _added[(truth.Job, truth.Collection)] = added;
                return truth with { Sum = Changed(sealedSum, added, 1) };
            case FaultKind.LeftOut or FaultKind.CountedTwice when upload(one) is { } vector:
                return truth with { Sum = Changed(sealedSum, Words(vector), kind == FaultKind.LeftOut ? -1 : 1) };
            case FaultKind.OldSum when _older.TryGetValue(truth.Job, out byte[]? before):
                return truth with { Sum = Make(before) };
            default:
                return null;
        }
    }

    private Digest Changed(byte[] sealedSum, long[] by, int sign)
    {
        byte[] bytes = [.. sealedSum];
        long[] words = Words(bytes);
        for (int i = 0; i < words.Length; i++)
        {
            long word = unchecked(words[i] + (sign * by[i]));
            if (ring == RingWidth.Ring64) BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), word);
            else BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), unchecked((int)word));
        }

        return Make(bytes);
    }

    private Digest Make(byte[] bytes)
    {
        Digest hash = Digest.Of(bytes);
        _made[hash] = bytes;
        return hash;
    }

    private long[] Words(byte[] bytes)
    {
        long[] words = new long[bytes.Length / RingSum.WordBytes(ring)];
        RingSum.Decode(ring, bytes, words);
        return words;
    }
}
