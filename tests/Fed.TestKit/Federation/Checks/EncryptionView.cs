using System.Buffers.Binary;
using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;
using Fed.TestKit.Federation.Ceremony;
using Fed.Vectors;

namespace Fed.TestKit.Federation.Checks;

/// <summary>
/// What somebody who kept everything that ever left an honest site could open. Two ciphertexts under one mask tell the difference of what they hide, so a mask hides one value, once. A share opens, with
/// those of t - 1 others, the masks of an attempt over one set of contributors: it must be made of nothing but these, and no site makes two for one attempt (where servers are honest nobody does): the noise
/// of its shares would average away. Worked out from the words of the toy, and from nobody's signature.
/// </summary>
internal sealed class EncryptionView(JobPlan plan, ImmutableSortedSet<SiloId> allies, bool areServersHonest, CheckContext checks)
{
    private readonly Dictionary<(SiloId Silo, Digest Commitment), (CollectionId Collection, Digest Base, ulong[] Words)> _uploads = [];
    private readonly Dictionary<(SiloId Silo, ulong Mask), (CollectionId Collection, Digest Base, int Index, long Value)> _masks = [];
    private readonly Dictionary<(string Label, SiloId? Silo), ImmutableSortedSet<SiloId>> _openers = [];
    private readonly HashSet<(SiloId Silo, int Epoch, Digest Answer)> _entered = [];
    private readonly Dictionary<(SiloId Silo, int Epoch), ImmutableSortedSet<SiloId>> _sealsTo = [];

    /// <summary>
    /// A site takes a step of a key's making. What it deals it seals to the keys that it was shown; where one of them is not of the site whose it is said to be, whoever made it can read that deal. From
    /// threshold many deals its secret follows.
    /// </summary>
    public void Took(KeyContext context, KeyStep step, SiloId silo, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> given, ReadOnlySpan<byte> answer)
    {
        if (step == KeyStep.Enter) _entered.Add((silo, context.Epoch, Digest.Of(answer)));
        if (step == KeyStep.CommitSeed) _sealsTo[(silo, context.Epoch)] = [.. given.Where(pair => allies.Contains(pair.Key) || !_entered.Contains((pair.Key, context.Epoch, Digest.Of(pair.Value.Span)))).Select(static pair => pair.Key)];
        if (step != KeyStep.Deal || allies.Contains(silo)) return;
        ImmutableSortedSet<SiloId> read = _sealsTo.GetValueOrDefault((silo, context.Epoch)) ?? [];
        checks.Require(FederationCheck.Secrets, read.Count < context.Parameters.Threshold, $"'{silo}' deals its secret of epoch {context.Epoch} so that servers and allies can read {read.Count} of its shares, and {context.Parameters.Threshold} give it");
    }

    /// <summary>A site has encrypted its vector.</summary>
    public void Protected(EncryptionContext context, SiloId silo, byte[] commitment, byte[] vector, byte[] ciphertexts)
    {
        ulong[] words = WordsOf(ciphertexts);
        _uploads[(silo, Digest.Of(commitment))] = (context.Collection, context.Base, words);
        long[] values = new long[context.Terms.Schema.Length];
        RingSum.Decode(context.Ring, vector, values);
        for (int i = 0; i < values.Length; i++)
        {
            ulong mask = ToyField.Add(ToyField.FromSigned(values[i]), ToyField.Negate(words[i]));
            (CollectionId, Digest, int, long) hidden = (context.Collection, context.Base, i, values[i]);
            bool isItsOwn = _masks.TryAdd((silo, mask), hidden) || _masks[(silo, mask)] == hidden;
            checks.Require(FederationCheck.Secrets, isItsOwn, $"'{silo}' hides entry {i} for {context.Collection} behind a mask that hid something else before: both can be told apart");
        }
    }

    /// <summary>A site has made its share of a sum.</summary>
    public void Shared(EncryptionContext context, SiloId silo, StatedSum sum, byte[] ciphertexts, ToyKeySecrets secrets, byte[] shares)
    {
        CollectionId id = context.Collection;
        int least = plan.Ckks!.MinimumContributors;
        checks.Require(FederationCheck.OneOpening, sum.Contributors.Count >= least && sum.Contributors.Contains(silo), $"'{silo}' opens {id} over {sum.Contributors.Count} sites, and {least} with itself are the least");
        ulong[] expected = ToyCollectiveEncryption.ShareOf(context, sum, silo, secrets), made = WordsOf(shares.AsSpan(sizeof(ulong)));
        checks.Require(FederationCheck.OneOpening, made.AsSpan(1).SequenceEqual(expected.AsSpan(1)), $"'{silo}' makes a share of {id} of something that somebody sent");   // its first word a site may spoil
        RequireSum(context, silo, sum, WordsOf(ciphertexts));
        string label = ToyCollectiveEncryption.LabelOf(context, sum);
        SiloId? whose = areServersHonest ? null : silo;   // a lying server may ask openers of whom none is in both sets, and each of them gives one share
        if (!_openers.TryGetValue((label, whose), out ImmutableSortedSet<SiloId>? before)) _openers[(label, whose)] = before = sum.Openers;
        checks.Require(FederationCheck.OneOpening, before.SetEquals(sum.Openers), $"'{silo}' makes a share of {id} for {string.Join(", ", sum.Openers)}, and the same was opened by {string.Join(", ", before)}");
    }

    /// <summary>No share depends on it, but what is opened would be something else: openers verify that they open the sum of what was contributed.</summary>
    private void RequireSum(EncryptionContext context, SiloId silo, StatedSum sum, ulong[] words)
    {
        CollectionId id = context.Collection;
        ulong[] total = new ulong[words.Length];
        foreach (SiloId contributor in sum.Contributors)
        {
            bool isKnown = _uploads.TryGetValue((contributor, Digest.Of(sum.List[contributor].Span)), out (CollectionId Collection, Digest Base, ulong[] Words) upload)
                && upload.Collection.Round == id.Round && upload.Collection.Sum == id.Sum && upload.Base == context.Base && upload.Words.Length == total.Length;
            if (allies.Contains(contributor) && !isKnown) return;   // what allies make up is theirs
            checks.Require(FederationCheck.OneOpening, isKnown, $"'{silo}' opens {id} with something of '{contributor}' that it never encrypted for this sum");
            for (int i = 0; i < total.Length; i++) total[i] = ToyField.Add(total[i], upload.Words[i]);
        }

        checks.Require(FederationCheck.OneOpening, words.AsSpan().SequenceEqual(total), $"'{silo}' makes a share of something that is not the sum of the {sum.Contributors.Count} uploads to {id}");
    }

    private static ulong[] WordsOf(ReadOnlySpan<byte> bytes)
    {
        ulong[] words = new ulong[bytes.Length / sizeof(ulong)];
        for (int i = 0; i < words.Length; i++) words[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(i * sizeof(ulong))..]);
        return words;
    }
}
