using System.Collections.Immutable;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Tests.Multiparty;

/// <summary>Sites that went through a key ceremony together.</summary>
internal sealed class Holders
{
    /// <summary>A small ring: everything is as in the profile of rounds, but a quarter of the size.</summary>
    public static PackingProfile Profile { get; } = PackingProfile.Create("test-4096", 4096, [49, 49], isThreshold: true);

    private Holders(KeyCeremony ceremony, ImmutableArray<TestSigner> signers)
    {
        Ceremony = ceremony;
        Signers = signers;
        SigningKeys = ceremony.Roster.Parties.ToImmutableDictionary(static p => p.Name, static p => new ReadOnlyMemory<byte>([.. p.SigningKey]));
        Ledgers = [.. signers.Select(static _ => new InMemoryShareLedger())];
    }

    public KeyCeremony Ceremony { get; }

    public ImmutableArray<TestSigner> Signers { get; }

    public ImmutableDictionary<string, ReadOnlyMemory<byte>> SigningKeys { get; }

    public ImmutableArray<InMemoryShareLedger> Ledgers { get; }

    public CollectivePublicKey Key { get; private set; } = null!;

    public ImmutableArray<KeyHolder> All { get; private set; }

    /// <summary>The parts of the secret: in no other place are they together.</summary>
    public ulong[] Secret { get; private set; } = [];

    /// <summary>Each holder's own.</summary>
    public ImmutableArray<ulong[]> Secrets { get; private set; } = [];

    public string NameOf(int index) => Ceremony.Roster.Parties[index].Name;

    public ActiveSet Active(params int[] members) => ActiveSet.Create(Ceremony, members.Select(NameOf));

    public static (KeyCeremony Ceremony, ImmutableArray<TestSigner> Signers) Terms(int n, int t, long openings = 1 << 20, string job = "job", int epoch = 0, PackingProfile? profile = null)
    {
        ImmutableArray<TestSigner> signers = [.. Enumerable.Range(0, n).Select(static _ => new TestSigner())];
        Roster roster = Roster.Create(signers.Select(static (s, i) => s.Party($"site-{i:d2}")));
        return (KeyCeremony.Create(job, epoch, "rounds", profile ?? Profile, roster, t, openings), signers);
    }

    /// <summary>A whole ceremony, trial openings included; with <paramref name="completing"/> only these check the trials and get their part.</summary>
    public static Holders Make(int n, int t, long openings = 1 << 20, PackingProfile? profile = null, Func<int, IEntropy>? entropyOf = null, int[]? completing = null)
    {
        entropyOf ??= static _ => SystemEntropy.Instance;
        (KeyCeremony ceremony, ImmutableArray<TestSigner> signers) = Terms(n, t, openings, profile: profile);
        Holders holders = new(ceremony, signers);
        KeyGenerationParty[] parties = [.. signers.Select((s, i) => new KeyGenerationParty(ceremony, $"site-{i:d2}", s, entropyOf(i)))];
        ImmutableArray<CeremonyMessage> confirmations = Generate(parties);
        holders.Key = CollectivePublicKey.Verify(parties[0].Transcript!, confirmations, signers[0]);
        ulong[] secret = new ulong[ceremony.Ring.Words];
        holders.Secrets = [.. parties.Select(static party => party.Secret.Evaluations.ToArray())];
        foreach (ulong[] part in holders.Secrets) ceremony.Ring.Add(secret, part);
        holders.Secret = secret;
        SharingParty[] sharing = [.. parties.Select((p, i) => new SharingParty(p, holders.Key, signers[i].Agreement, holders.Ledgers[i], signers[i], entropyOf(i)))];
        ShareDeal[] deals = [.. sharing.SelectMany(static s => s.Deal())];
        for (int i = 0; i < n; i++) sharing[i].Receive([.. deals.Where(d => d.To == holders.NameOf(i))]);
        OpeningShare[] trials = [.. sharing[0].Trials.SelectMany((set, trial) => set.Members.Select(m => sharing[m].Trial(trial)))];
        holders.All = [.. sharing.Select((s, i) => completing is null || completing.Contains(i) ? s.Complete(trials) : null!)];
        return holders;
    }

    /// <summary>The five steps of making a key.</summary>
    public static ImmutableArray<CeremonyMessage> Generate(KeyGenerationParty[] parties)
    {
        CeremonyMessage[] seeds = [.. parties.Select(static p => p.CommitSeed())];
        CeremonyMessage[] parts = [.. parties.Select(p => p.RevealSeed(seeds))];
        CeremonyMessage[] commitments = [.. parties.Select(p => p.Commit(parts))];
        CeremonyMessage[] shares = [.. parties.Select(p => p.Reveal(commitments))];
        return [.. parties.Select(p => p.VerifyTranscript(shares))];
    }
}
