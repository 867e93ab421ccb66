using System.Buffers.Binary;
using System.Collections.Immutable;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;
using Fed.Crypto.Sampling;
using Fed.Vectors;

namespace Fed.Crypto.SelfTest;

/// <summary>Three holders make a key of the rounds' profile together, deal it out two of three, open the ceremony's trial values by sets that have every holder, and then a sum to which each has contributed.</summary>
internal static class ThresholdCheck
{
    private const int Holders = 3, Threshold = 2;
    private const int Values = 100;
    private const long Openings = 1 << 20;

    private static readonly VectorSchema Schema = VectorSchema.Create(new Segment("self-test", [Values], SegmentKind.Statistic, 16, 0, GridRounding.Nearest, Weighted: false));

    /// <summary>A ceremony that ends well has opened its trial values exactly; and so does its key the first sum.</summary>
    public static string? Opens()
    {
        ThrowawaySigner[] signers = [.. Enumerable.Range(0, Holders).Select(static _ => new ThrowawaySigner())];
        List<IDisposable> secrets = [.. signers];
        try
        {
            Roster roster = Roster.Create(signers.Select(static (signer, i) => signer.Party(Name(i))));
            KeyCeremony ceremony = KeyCeremony.Create("self-test", epoch: 0, "self-test", PackingProfile.SiloThreshold, roster, Threshold, Openings);
            KeyGenerationParty[] parties = [.. signers.Select((signer, i) => new KeyGenerationParty(ceremony, Name(i), signer, SystemEntropy.Instance))];
            secrets.AddRange(parties);
            ImmutableArray<CeremonyMessage> confirmations = Generate(parties);
            CollectivePublicKey key = CollectivePublicKey.Verify(parties[0].Transcript!, confirmations, signers[0]);
            SharingParty[] sharing = [.. parties.Select((party, i) => new SharingParty(party, key, signers[i].Agreement, new InMemoryShareLedger(), signers[i], SystemEntropy.Instance))];
            secrets.AddRange(sharing);
            ShareDeal[] deals = [.. sharing.SelectMany(static party => party.Deal())];
            for (int i = 0; i < Holders; i++) sharing[i].Receive([.. deals.Where(deal => deal.To == Name(i))]);
            OpeningShare[] trials = [.. sharing[0].Trials.SelectMany((set, trial) => set.Members.Select(member => sharing[member].Trial(trial)))];
            KeyHolder[] holders = [.. sharing.Select(party => party.Complete(trials))];
            secrets.AddRange(holders);
            return Sum(key, holders, signers[0]);
        }
        finally
        {
            secrets.ForEach(static secret => secret.Dispose());
        }
    }

    // Holder i contributes i + 1 times (0, 1, 2, ...); the first and the last open.
    private static string? Sum(CollectivePublicKey key, KeyHolder[] holders, ThrowawaySigner verifier)
    {
        PackingLayout layout = PackingLayout.Create(key.Ceremony.Profile, Schema, new PackingJob(Holders, Holders) { OpeningsPerKey = key.Ceremony.OpeningsInAll });
        SumRound round = new("self-test", 1, "self-test", 1);
        SumAccumulator accumulator = new(layout, key.Id.ToArray());
        List<Contribution> contributions = [];
        for (int i = 0; i < Holders; i++)
        {
            byte[] words = new byte[sizeof(long) * Values];
            for (int v = 0; v < Values; v++) BinaryPrimitives.WriteInt64LittleEndian(words.AsSpan(sizeof(long) * v), (i + 1) * v);
            List<Hash256> hashes = [];
            using SumEncryptor encryptor = holders[i].Encrypt(round, layout, Hash256.Of(words), RingWidth.Ring64, (_, ciphertext) =>
            {
                hashes.Add(Hash256.Of(ciphertext));
                accumulator.Add(ciphertext);
            });
            encryptor.Write(words);
            encryptor.Complete();
            contributions.Add(Contribution.OfHashes(round, key, layout, Name(i), hashes));
        }
        byte[] sum = new byte[accumulator.SumBytes];
        accumulator.Close(sum);
        SumStatement statement = new(round, layout, contributions, [Hash256.Of(sum)]);
        ActiveSet active = ActiveSet.Create(key.Ceremony, [Name(0), Name(Holders - 1)]);
        OpeningShare[] shares = [.. active.Members.Select(member => holders[member].Share(new VerifiedSum(key, statement, active, Name(member), SumVerification.Full), 0))];
        long[] values = new long[Values];
        new CollectiveOpening(key, statement, active, verifier).Open(0, sum, shares, values);
        for (int v = 0; v < Values; v++)
            if (values[v] != 6 * v) return $"entry {v} opened as {values[v]}, not {6 * v}";
        return null;
    }

    private static ImmutableArray<CeremonyMessage> Generate(KeyGenerationParty[] parties)
    {
        CeremonyMessage[] seeds = [.. parties.Select(static party => party.CommitSeed())];
        CeremonyMessage[] revealed = [.. parties.Select(party => party.RevealSeed(seeds))];
        CeremonyMessage[] commitments = [.. parties.Select(party => party.Commit(revealed))];
        CeremonyMessage[] shares = [.. parties.Select(party => party.Reveal(commitments))];
        return [.. parties.Select(party => party.VerifyTranscript(shares))];
    }

    private static string Name(int holder) => $"holder-{holder}";
}
