using System.Collections.Immutable;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.SelfTest;

/// <summary>Three holders make a key of the rounds' profile together, deal it out two of three, and open the ceremony's trial values by sets that have every holder.</summary>
internal static class ThresholdCheck
{
    private const int Holders = 3, Threshold = 2;
    private const long Openings = 1 << 20;

    /// <summary>A ceremony that ends well has opened its trial values exactly.</summary>
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
            secrets.AddRange(sharing.Select(party => party.Complete(trials)));
            return null;
        }
        finally
        {
            secrets.ForEach(static secret => secret.Dispose());
        }
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
