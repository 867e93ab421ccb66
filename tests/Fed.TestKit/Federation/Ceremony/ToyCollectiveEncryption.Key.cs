using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Key;
using Fed.Actors.Shell;

namespace Fed.TestKit.Federation.Ceremony;

/// <content>The making of a toy key: the same steps, commitments and trials, a word each.</content>
public sealed partial class ToyCollectiveEncryption
{
    private const int DealWords = 3;

    /// <inheritdoc/>
    public (byte[] Secrets, byte[] Answer) TakeStep(KeyContext context, KeyStep step, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> given)
    {
        if (step > KeyStep.Enter && step != KeyStep.Trial) given = Opened(context, step - 1, given);
        (byte[] after, byte[] answer) = Take(context, step, self, secrets, given);
        return (after, step == KeyStep.Deal ? answer : [.. answer, .. Words(AnswerSeal(context, step, self, answer))]);   // a deal is sealed by parts, for each receiver
    }

    /// <summary>Answers without their seals.</summary>
    private ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Opened(KeyContext context, KeyStep step, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> answers) => answers.ToImmutableSortedDictionary(
        static pair => pair.Key,
        pair => IsSaid(context, step, pair.Key, pair.Value) ? pair.Value[..^sizeof(ulong)] : throw new CeremonyException($"an answer in {step} that '{pair.Key}' has not given") { Site = pair.Key });

    private bool IsSaid(KeyContext context, KeyStep step, SiloId silo, ReadOnlyMemory<byte> answer) =>
        answer.Length >= sizeof(ulong) && (Bugs.HasFlag(ToyBugs.Signatures) || Word(answer[^sizeof(ulong)..]) == AnswerSeal(context, step, silo, answer.Span[..^sizeof(ulong)]));

    /// <summary>Over the terms of the ceremony without its holders: who enters does not know yet who else will.</summary>
    private ulong AnswerSeal(KeyContext context, KeyStep step, SiloId silo, ReadOnlySpan<byte> answer) => Sealed(silo, $"{Terms(context)}\n{step}\n{HashOf(answer)}");

    private (byte[] Secrets, byte[] Answer) Take(KeyContext context, KeyStep step, SiloId self, ReadOnlyMemory<byte> secrets, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> given)
    {
        if (step == KeyStep.Enter)
        {
            ToyKeySecrets entered = new(Secret(), ToyField.Element(_random.Next()), Secret());
            return (entered.ToBytes(), Words(ToyField.Public(entered.Agreement)));
        }

        ToyKeySecrets own = ToyKeySecrets.Read(secrets);
        if (!given.Keys.SequenceEqual(step == KeyStep.Trial ? context.Holders.Remove(self) : context.Holders)) throw new CeremonyException($"the answers before {step} are not those of the holders");
        foreach ((SiloId silo, ReadOnlyMemory<byte> answer) in given.Where(pair => pair.Value.Length % sizeof(ulong) != 0)) throw new CeremonyException($"an answer of '{silo}' of {answer.Length} bytes") { Site = silo };
        ImmutableSortedDictionary<string, ulong> words = given.Where(static pair => pair.Value.Length >= sizeof(ulong)).ToImmutableSortedDictionary(static pair => pair.Key.Value, static pair => Word(pair.Value), StringComparer.Ordinal);
        switch (step)
        {
            case KeyStep.CommitSeed:
                if (words[self.Value] != ToyField.Public(own.Agreement)) throw new CeremonyException("the list of holders has another key for this site than it entered with");
                return ((own with { Adverts = words }).ToBytes(), Words(Commitment(context, self, own.Part)));
            case KeyStep.RevealSeed:
                return ((own with { Commitments = words }).ToBytes(), Words(own.Part));
            case KeyStep.CommitShare:
                RequireCommitted(context, own.Commitments, words);
                ulong common = ToyField.Element(Hash($"{Terms(context)}\ncommon\n{string.Join('\n', words)}"));
                return ((own with { Common = common }).ToBytes(), Words(Commitment(context, self, ToyField.Multiply(common, own.Secret))));
            case KeyStep.RevealShare:
                return ((own with { Commitments = words }).ToBytes(), Words(ToyField.Multiply(own.Common, own.Secret)));
            case KeyStep.Confirm:
                RequireCommitted(context, own.Commitments, words);
                ulong joint = words.Values.Aggregate(0UL, ToyField.Add);
                return ((own with { Public = joint }).ToBytes(), Words(Transcript(context, own.Common, joint)));
            case KeyStep.Deal:
                if (words.FirstOrDefault(pair => pair.Value != Transcript(context, own.Common, own.Public)) is { Key: { } other }) throw new CeremonyException($"'{other}' has confirmed another transcript") { Site = new SiloId(other) };
                return Deal(context, self, own);
            case KeyStep.Trial:
                return Try(context, self, own, given);
            default:
                return Accept(context, self, own, given);
        }
    }

    /// <inheritdoc/>
    public bool IsAnswer(
        KeyContext context, KeyStep step, SiloId silo, ReadOnlyMemory<byte> answer, IReadOnlyDictionary<KeyStep, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> earlier) => step switch
        {
            not KeyStep.Deal when !IsSaid(context, step, silo, answer) => false,
            KeyStep.RevealSeed or KeyStep.RevealShare => answer.Length == 2 * sizeof(ulong) && Word(earlier[step - 1][silo]) == Commitment(context, silo, Word(answer)),
            KeyStep.Enter => answer.Length == 2 * sizeof(ulong) && ToyField.IsPublic(Word(answer)),
            KeyStep.Deal => DealsOf(answer) is { } deals && deals.Keys.SequenceEqual(context.Holders.Remove(silo)),
            KeyStep.Trial => answer.Length == sizeof(ulong) * (1 + Trials(context).Count(set => set.Contains(silo))),
            _ => answer.Length == 2 * sizeof(ulong),
        };

    /// <inheritdoc/>
    public ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Gather(KeyStep step, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> answers, SiloId receiver) => step == KeyStep.Deal
        ? answers.Remove(receiver).ToImmutableSortedDictionary(static pair => pair.Key, pair => DealsOf(pair.Value)!.GetValueOrDefault(receiver))
        : answers;

    /// <inheritdoc/>
    public (Digest Id, byte[] PublicKey) PublicKeyOf(KeyContext context, ReadOnlyMemory<byte> secrets) => ToyKeySecrets.Read(secrets) is var own ? Key(context, own.Common, own.Public) : default;

    /// <inheritdoc/>
    public (Digest Id, byte[] PublicKey) EstablishedKey(KeyContext context, IReadOnlyDictionary<KeyStep, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>> answers)
    {
        ImmutableSortedDictionary<string, ulong> parts = answers[KeyStep.RevealSeed].ToImmutableSortedDictionary(static pair => pair.Key.Value, static pair => Word(pair.Value), StringComparer.Ordinal);
        ulong common = ToyField.Element(Hash($"{Terms(context)}\ncommon\n{string.Join('\n', parts)}"));
        ulong joint = answers[KeyStep.RevealShare].Values.Select(Word).Aggregate(0UL, ToyField.Add);
        if (answers[KeyStep.Accept].FirstOrDefault(pair => Word(pair.Value) != Transcript(context, common, joint)) is { Value.IsEmpty: false } other) throw new CeremonyException($"'{other.Key}' has accepted another key") { Site = other.Key };
        return Key(context, common, joint);
    }

    private (byte[], byte[]) Deal(KeyContext context, SiloId self, ToyKeySecrets own)
    {
        ulong[] polynomial = [own.Secret, .. Enumerable.Range(1, context.Parameters.Threshold - 1).Select(_ => ToyField.Element(_random.Next()))];
        ulong held = 0;
        SortedDictionary<SiloId, ReadOnlyMemory<byte>> deals = [];
        foreach (SiloId to in context.Holders)
        {
            ulong value = ToyField.Evaluate(polynomial, Place(context.Holders, to));
            if (to == self) held = value;
            else deals.Add(to, Dealt(context, self, to, value ^ Seal(context, self, to, own), Hash($"{value}")));
        }

        if (Spoils(self, FaultKind.BadDeal) && deals.Keys.LastOrDefault() is { Value: not null } last) deals[last] = Dealt(context, self, last, _random.Next(), _random.Next());

        return ((own with { Parts = own.Parts.SetItem(self.Value, held) }).ToBytes(), CeremonyFrames.Write(deals));
    }

    private byte[] Dealt(KeyContext context, SiloId from, SiloId to, ulong closed, ulong hash) => Words(closed, hash, Sealed(from, DealOf(context, to, closed, hash)));

    private static string DealOf(KeyContext context, SiloId to, ulong closed, ulong hash) => $"{Terms(context)}\ndeal\n{to}\n{closed}\n{hash}";

    private (byte[], byte[]) Try(KeyContext context, SiloId self, ToyKeySecrets own, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> deals)
    {
        foreach ((SiloId from, ReadOnlyMemory<byte> deal) in deals)
        {
            ulong key = Hash($"{Terms(context)}\nseal\n{from}\n{self}\n{ToyField.Agree(own.Agreement, own.Adverts[from.Value])}");
            bool isWhole = deal.Length == DealWords * sizeof(ulong) && IsSealed(from, DealOf(context, self, Word(deal), Word(deal[sizeof(ulong)..])), deal[(2 * sizeof(ulong))..]);
            if (Bugs.HasFlag(ToyBugs.Trials)) isWhole = true;
            else if (!isWhole || Hash($"{Word(deal) ^ key}") != Word(deal[sizeof(ulong)..])) throw new CeremonyException($"the deal from '{from}' does not open") { Site = from };
            own = own with { Parts = own.Parts.SetItem(from.Value, (Word(deal) ^ key) % ToyField.Prime) };
        }

        ulong[] shares = [.. Trials(context).Select((set, trial) => (set, trial)).Where(t => t.set.Contains(self)).Select(t => Share(TrialRandom(context, t.trial, own.Common), own.Held(), context.Holders, t.set, self))];
        return (own.ToBytes(), Words(shares));
    }

    private (byte[], byte[]) Accept(KeyContext context, SiloId self, ToyKeySecrets own, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> trials)
    {
        ImmutableArray<ImmutableSortedSet<SiloId>> sets = Trials(context);
        Dictionary<SiloId, int> read = [];
        for (int trial = 0; trial < sets.Length; trial++)
        {
            ulong opened = 0;
            foreach (SiloId silo in sets[trial])
            {
                int at = read.GetValueOrDefault(silo);
                if (trials[silo].Length < (at + 1) * sizeof(ulong)) throw new CeremonyException($"'{silo}' lacks a share in a trial") { Site = silo };
                opened = ToyField.Add(opened, Word(trials[silo][(at * sizeof(ulong))..]));
                read[silo] = at + 1;
            }

            // c1 times the joint secret is b times the trial's r.
            if (!Bugs.HasFlag(ToyBugs.Trials) && opened != ToyField.Multiply(own.Public, Hash($"{Terms(context)}\ntrial\n{trial}") >> 4)) throw new CeremonyException($"the trial opening by {string.Join(", ", sets[trial])} failed");
        }

        return ((own with { Agreement = 0 }).ToBytes(), Words(Transcript(context, own.Common, own.Public)));
    }

    private static (Digest, byte[]) Key(KeyContext context, ulong common, ulong joint) => (Digest.Of(Words(Transcript(context, common, joint))), Words(common, joint));

    private static void RequireCommitted(KeyContext context, ImmutableSortedDictionary<string, ulong> commitments, ImmutableSortedDictionary<string, ulong> revealed)
    {
        foreach ((string silo, ulong word) in revealed)
            if (commitments[silo] != Commitment(context, new SiloId(silo), word)) throw new CeremonyException($"what '{silo}' reveals is not what it had committed to") { Site = new SiloId(silo) };
    }

    private static ImmutableArray<ImmutableSortedSet<SiloId>> Trials(KeyContext context)
    {
        int t = context.Parameters.Threshold, n = context.Holders.Count;
        return [.. Enumerable.Range(0, (n + t - 1) / t).Select(i => context.Holders.Skip(Math.Min(i * t, n - t)).Take(t).ToImmutableSortedSet())];
    }

    private static ulong TrialRandom(KeyContext context, int trial, ulong common) => ToyField.Multiply(common, Hash($"{Terms(context)}\ntrial\n{trial}") >> 4);

    private static ulong Seal(KeyContext context, SiloId from, SiloId to, ToyKeySecrets own) => Hash($"{Terms(context)}\nseal\n{from}\n{to}\n{ToyField.Agree(own.Agreement, own.Adverts[to.Value])}");

    private static ulong Commitment(KeyContext context, SiloId silo, ulong word) => Hash($"{Terms(context)}\ncommitment\n{silo}\n{word}");

    private static ulong Transcript(KeyContext context, ulong common, ulong joint) => Hash($"{Terms(context)}\ntranscript\n{common}\n{joint}\n{string.Join('\n', context.Holders)}");

    private static string Terms(KeyContext context) => $"{context.Job}\n{context.Epoch}\n{context.Plan}\n{context.Roster}";

    private static ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>? DealsOf(ReadOnlyMemory<byte> answer)
    {
        try
        {
            return CeremonyFrames.Read(answer, DealWords * sizeof(ulong));
        }
        catch (CeremonyException)
        {
            return null;
        }
    }
}
