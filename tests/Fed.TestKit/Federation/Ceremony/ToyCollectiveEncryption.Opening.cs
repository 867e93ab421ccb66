using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;

namespace Fed.TestKit.Federation.Ceremony;

/// <content>Verification and opening of a toy sum, with production's refusals: one share for an attempt, one set of contributors for a sum, for ever.</content>
public sealed partial class ToyCollectiveEncryption
{
    private const ulong SumMax = 1UL << 58;

    /// <inheritdoc/>
    public Digest OpeningId(EncryptionContext context, StatedSum sum) => Digest.Of(Encoding.UTF8.GetBytes(
        $"{SumOf(context)}\n{context.Collection.Attempt}\n{context.Key.Id}\n{ListOf(sum.List)}\n{string.Join('\n', sum.Contributors)}\n{Convert.ToHexStringLower(sum.Statement.Span)}\n{string.Join('\n', sum.Openers)}"));

    /// <inheritdoc/>
    public byte[] DrawNonce(EncryptionContext context, SiloId self, StatedSum sum)
    {
        Require(context, self, sum);
        if (!sum.Openers.Contains(self)) throw new CeremonyException($"'{self}' is no opener");
        return Words(_random.Next());
    }

    /// <inheritdoc/>
    public byte[] Answer(EncryptionContext context, SiloId self, StatedSum sum, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> nonces, CiphertextReader uploads)
    {
        Require(context, self, sum);
        ulong drawn = Challenge(context, sum, nonces);
        switch (context.Terms.Parameters.Verification)
        {
            case SumCheckLevel.Full:
                return [];
            case SumCheckLevel.Fingerprint:
                ulong value = Evaluate(context, sum.List[self], drawn, index => uploads(self, index));
                return Words(value, Sealed(self, $"{drawn}\n{value}"));
            default:
                for (int index = 0; index < CiphertextsOf(context.Terms); index++)
                    if (Assigned(context, sum, drawn, index).Contains(self)) RequireSum(context, sum, index, uploads);
                return Words(Sealed(self, AddsUp(drawn)));
        }
    }

    /// <inheritdoc/>
    public BlobParts? AssignedParts(EncryptionContext context, SiloId self, StatedSum sum, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> nonces)
    {
        if (context.Terms.Parameters.Verification != SumCheckLevel.Assigned) return null;
        ulong drawn = Challenge(context, sum, nonces);
        ImmutableArray<int> assigned = [.. Enumerable.Range(0, CiphertextsOf(context.Terms)).Where(index => Assigned(context, sum, drawn, index).Contains(self))];
        return assigned.IsEmpty ? null : new BlobParts(CiphertextBytes, 0, CiphertextBytes) { Records = assigned };
    }

    /// <inheritdoc/>
    public void Verify(EncryptionContext context, SiloId self, StatedSum sum, SumEvidence evidence)
    {
        Require(context, self, sum);
        if (Refutes?.Invoke(context, self) is { } wrong) throw new CeremonyException(wrong);
        if (!sum.Openers.Contains(self) || !evidence.Nonces.ContainsKey(self)) throw new CeremonyException($"the challenge lacks the nonce of '{self}'");
        ulong drawn = Challenge(context, sum, evidence.Nonces);
        if (Bugs.HasFlag(ToyBugs.Verification)) return;
        switch (context.Terms.Parameters.Verification)
        {
            case SumCheckLevel.Full:
                for (int index = 0; index < CiphertextsOf(context.Terms); index++) RequireSum(context, sum, index, evidence.Uploads);
                break;
            case SumCheckLevel.Assigned:
                foreach (SiloId silo in Enumerable.Range(0, CiphertextsOf(context.Terms)).SelectMany(index => Assigned(context, sum, drawn, index)))
                    if (!evidence.Answers.TryGetValue(silo, out ReadOnlyMemory<byte> word) || !IsSealed(silo, AddsUp(drawn), word)) throw new CeremonyException($"'{silo}' has not signed that the sum adds up") { Site = silo, IsIncomplete = true };
                break;
            default:
                RequireFingerprints(context, sum, evidence, drawn);
                break;
        }
    }

    /// <summary>The evaluations of all contributions add up to that of the sum.</summary>
    private void RequireFingerprints(EncryptionContext context, StatedSum sum, SumEvidence evidence, ulong drawn)
    {
        byte[][] pieces = PiecesOf(context, evidence.Sum);
        ulong total = sum.Contributors.Select(silo => evidence.Gone.Contains(silo)
            ? Evaluate(context, sum.List[silo], drawn, index => evidence.Uploads(silo, index), silo)
            : evidence.Answers.TryGetValue(silo, out ReadOnlyMemory<byte> words) && words.Length == 2 * sizeof(ulong) && IsSealed(silo, $"{drawn}\n{Word(words)}", words[sizeof(ulong)..])
                ? Word(words)
                : throw new CeremonyException($"the fingerprint of '{silo}' is missing, or not its own") { Site = silo }).Aggregate(0UL, ToyField.Add);
        ulong stated = Evaluate(context, Words(0, 0).Concat(sum.Statement.ToArray()).ToArray(), drawn, index => pieces[index]);
        if (stated != total) throw new CeremonyException($"the ciphertexts of the sum for {context.Collection} do not add up to its contributions");
    }

    private static byte[][] PiecesOf(EncryptionContext context, Stream sum)
    {
        sum.Position = 0;
        byte[][] pieces = [.. ReadAll(sum).Chunk(CiphertextBytes)];
        return pieces.Length == CiphertextsOf(context.Terms.Schema) ? pieces : throw new CeremonyException($"the sum for {context.Collection} is cut off");
    }

    /// <inheritdoc/>
    public void Share(EncryptionContext context, SiloId self, ReadOnlyMemory<byte> secrets, StatedSum sum, SumEvidence evidence, ISecretStore ledger, IBlobWriter output)
    {
        Verify(context, self, sum, evidence);
        ToyKeySecrets own = ToyKeySecrets.Read(secrets);
        ulong[] words = ShareOf(context, sum, self, own, Bugs.HasFlag(ToyBugs.Labels));
        if (Bugs.HasFlag(ToyBugs.ChosenMasks))
        {
            byte[] sent = [.. PiecesOf(context, evidence.Sum).SelectMany(static piece => piece)];
            words = [.. words.Select((word, i) => ToyField.Add(word, ToyField.Multiply(Word(sent.AsMemory(i * sizeof(ulong))), own.Held())))];
        }

        byte[] shares = Words(words);
        byte[] made = [.. Words(ShareSeal(context, sum, self, shares)), .. shares];
        if (!Bugs.HasFlag(ToyBugs.Ledger)) ToyLedger.Of(ledger, context).Require(LabelOf(context, sum), string.Join(',', sum.Contributors), made, context.Terms.Parameters.OpeningsPerKey, CiphertextsOf(context.Terms));
        if (Spoils(self, FaultKind.BadShare))
        {
            ulong other = ToyField.Add(Word(shares), 2 * SumMax);   // far enough for any sum to open beyond its bound
            BinaryPrimitives.WriteUInt64LittleEndian(shares, other);
            made = [.. Words(ShareSeal(context, sum, self, shares)), .. shares];
        }

        output.Write(made);
    }

    /// <inheritdoc/>
    public void DropShares(JobId job, int settledRound, ISecretStore ledger) => ToyLedger.Drop(ledger, job, settledRound);

    /// <inheritdoc/>
    public long[] Combine(EncryptionContext context, StatedSum sum, Stream ciphertexts, ImmutableSortedDictionary<SiloId, Stream> shares)
    {
        byte[] bytes = ReadAll(ciphertexts);
        if (!shares.Keys.SequenceEqual(sum.Openers)) throw new CeremonyException("a share is missing");
        List<byte[]> read = [];
        foreach ((SiloId silo, Stream stream) in shares)
        {
            byte[] share = ReadAll(stream);
            if (share.Length != sizeof(ulong) + bytes.Length || Word(share) != ShareSeal(context, sum, silo, share.AsSpan(sizeof(ulong)))) throw new CeremonyException($"the share of '{silo}' is for another opening, or not its own") { Site = silo };
            read.Add(share[sizeof(ulong)..]);
        }

        long[] values = new long[context.Terms.Schema.Length];
        for (int i = 0; i < values.Length; i++)
        {
            ulong opened = Word(bytes.AsMemory((i / Values * CiphertextBytes) + (i % Values * sizeof(ulong))));
            foreach (byte[] share in read) opened = ToyField.Add(opened, Word(share.AsMemory(i * sizeof(ulong))));
            values[i] = ToyField.ToSigned(opened);
            if (Math.Abs(values[i]) > (long)SumMax) throw new InconsistentOpeningException($"entry {i} opened beyond its bound");
        }

        return values;
    }

    /// <summary>What an opener gives for a sum: it follows from the attempts, from who contributed in which, and from the openers, and from nothing that anybody sent.</summary>
    internal static ulong[] ShareOf(EncryptionContext context, StatedSum sum, SiloId self, ToyKeySecrets own, bool isOneMask = false)
    {
        (int Attempt, ulong Held)[] groups =
        [
            .. sum.Contributors.GroupBy(silo => AttemptOf(sum, silo)).Select(group => (group.Key, group.Select(silo => own.Parts.TryGetValue(silo.Value, out ulong part)
                ? part
                : throw new CeremonyException($"'{silo}' is in the sum for {context.Collection} and holds no part of its key") { Site = silo }).Aggregate(0UL, ToyField.Add))),
        ];
        return
        [
            .. Enumerable.Range(0, CiphertextsOf(context.Terms.Schema) * Values).Select(index => groups.Aggregate(
                0UL, (share, group) => ToyField.Add(share, Share(Mask(context, isOneMask ? 0 : group.Attempt, index), group.Held, context.Key.Holders, sum.Openers, self)))),
        ];
    }

    /// <summary>By what a share is told from others: the attempts, and who contributed in each.</summary>
    internal static string LabelOf(EncryptionContext context, StatedSum sum) =>
        Hash($"{SumOf(context)}\n{context.Key.Id}\n{string.Join('\n', sum.Contributors.Select(silo => $"{AttemptOf(sum, silo)} {silo}"))}").ToString(CultureInfo.InvariantCulture);

    private static int AttemptOf(StatedSum sum, SiloId silo) => (int)Word(sum.List[silo][sizeof(ulong)..]);

    private void Require(EncryptionContext context, SiloId self, StatedSum sum)
    {
        CkksPlan parameters = context.Terms.Parameters;
        Approve(context, self, sum.List);
        if (!sum.Contributors.Contains(self)) throw new CeremonyException($"the sum for {context.Collection} lacks the contribution of '{self}'");
        if (sum.Contributors.Count < parameters.MinimumContributors && !Bugs.HasFlag(ToyBugs.Minimum)) throw new CeremonyException($"{sum.Contributors.Count} contributions in the sum for {context.Collection}: the plan asks for at least {parameters.MinimumContributors}");
        if (sum.Contributors.Any(silo => !sum.List.ContainsKey(silo))) throw new CeremonyException($"the sum for {context.Collection} has somebody who has not committed to anything");
        if (sum.Openers.Count != parameters.Threshold || sum.Openers.Any(silo => !context.Key.Holders.Contains(silo))) throw new CeremonyException($"exactly {parameters.Threshold} holders open together");
        if (sum.Statement.Length != CiphertextsOf(context.Terms) * sizeof(ulong)) throw new CeremonyException("a statement of another length");
    }

    private static ulong Challenge(EncryptionContext context, StatedSum sum, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> nonces) => nonces.Keys.SequenceEqual(sum.Openers)
        ? Hash($"{SumOf(context)}\n{Convert.ToHexStringLower(sum.Statement.Span)}\n{string.Join('\n', nonces.Values.Select(static nonce => Convert.ToHexStringLower(nonce.Span)))}")
        : throw new CeremonyException("the nonces are not those of the openers");

    /// <summary>All words of a vector's ciphertexts as the coefficients of one polynomial, at the point of the challenge.</summary>
    private ulong Evaluate(EncryptionContext context, ReadOnlyMemory<byte> commitment, ulong drawn, Func<int, ReadOnlyMemory<byte>> ciphertexts, SiloId? of = null)
    {
        ulong at = ToyField.Element(drawn), value = 0;
        for (int index = 0; index < CiphertextsOf(context.Terms); index++)
        {
            byte[] piece = ciphertexts(index).ToArray();
            if (HashOf(piece) != Word(commitment[((2 + index) * sizeof(ulong))..]))
                throw new CeremonyException(of is { } silo ? $"the ciphertexts of '{silo}' are not those it had committed to" : $"ciphertext {index} is not the one that was stated") { Site = of };
            for (int i = 0; i < piece.Length; i += sizeof(ulong)) value = ToyField.Add(ToyField.Multiply(value, at), Word(piece.AsMemory(i)));
        }

        return value;
    }

    private static IEnumerable<SiloId> Assigned(EncryptionContext context, StatedSum sum, ulong drawn, int index) =>
        sum.Contributors.OrderBy(silo => Hash($"{drawn}\n{index}\n{silo}")).Take(context.Terms.Parameters.Colluding + 1);

    private static void RequireSum(EncryptionContext context, StatedSum sum, int index, CiphertextReader uploads)
    {
        ulong[] total = new ulong[Values];
        foreach (SiloId silo in sum.Contributors)
        {
            byte[] piece = uploads(silo, index).ToArray();
            if (!HashesOf(piece).AsSpan().SequenceEqual(sum.List[silo].Span.Slice((2 + index) * sizeof(ulong), sizeof(ulong)))) throw new CeremonyException($"ciphertext {index} of '{silo}' is not the one it had committed to") { Site = silo };
            for (int i = 0; i < total.Length; i++) total[i] = ToyField.Add(total[i], Word(piece.AsMemory(i * sizeof(ulong))));
        }

        if (!HashesOf(Words(total)).AsSpan().SequenceEqual(sum.Statement.Span.Slice(index * sizeof(ulong), sizeof(ulong)))) throw new CeremonyException($"ciphertext {index} of the sum for {context.Collection} is not the sum of its contributions");
    }

    private ulong ShareSeal(EncryptionContext context, StatedSum sum, SiloId silo, ReadOnlySpan<byte> shares) => Sealed(silo, $"{OpeningId(context, sum)}\n{HashOf(shares)}");

    private static string AddsUp(ulong drawn) => $"{drawn}\nadds up";

    private static string ListOf(ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> list) => string.Join('\n', list.Select(static pair => $"{pair.Key} {Convert.ToHexStringLower(pair.Value.Span)}"));
}
