using System.Security.Cryptography;
using System.Text;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;
using Fed.Crypto.Sampling;
using Fed.Vectors;

namespace Fed.Benchmarks.Crypto;

/// <summary>What opening a sum costs a key holder and whoever puts the shares together: profile silo-threshold, 16-bit values, 64 silos.</summary>
internal static class MultipartyRows
{
    private const int Holders = 3, Threshold = 2;

    public static void Measure(CryptoTable table)
    {
        Site[] sites = [.. Enumerable.Range(0, Holders).Select(static i => new Site($"site-{i}"))];
        KeyCeremony ceremony = KeyCeremony.Create("benchmark", 0, "rounds", PackingProfile.SiloThreshold, Roster.Create(sites.Select(static s => s.Party)), Threshold, 1 << 20);
        CollectivePublicKey key = Generate(ceremony, sites);
        KeyHolder[] holders = Share(key, sites);

        const int Values = 6 * 8192;
        PackingLayout layout = PackingLayout.Create(
            PackingProfile.SiloThreshold,
            VectorSchema.Create(new Segment("w", [Values], SegmentKind.Statistic, 16, 0, GridRounding.Nearest, Weighted: true)),
            new PackingJob(Summands: 64, KeyHolders: 64, Rounds: 100, Attempts: 3));
        byte[][] uploads = [.. sites.Select(_ => Encrypt(layout, key))];
        SumRound round = new("benchmark", 1, "training", 0);
        Contribution[] contributions = [.. sites.Zip(uploads, (s, u) => Contribution.Of(round, key, layout, s.Name, [u]))];
        CommitmentList list = new(round, contributions.Zip(sites, static (c, s) => c.Commit(s)));
        SumAccumulator accumulator = new(layout, key.Key.Id.AsSpan());
        foreach (byte[] upload in uploads) accumulator.Add(upload);
        byte[] sum = new byte[accumulator.SumBytes];
        accumulator.Close(sum);
        SumStatement statement = new(round, layout, contributions, [Hash256.Of(sum)]);
        ActiveSet active = ActiveSet.Create(ceremony, sites.Take(Threshold).Select(static s => s.Name));
        Dictionary<string, ReadOnlyMemory<byte>> keys = sites.ToDictionary(static s => s.Name, static s => s.PublicKey);

        ContributionTicket[] tickets = [.. contributions.Zip(sites, (c, s) => ContributionTicket.Approve(c, list, 2, keys, s))];
        SumCheck[] checks = [.. Enumerable.Range(0, Threshold).Select(i => SumCheck.Begin(tickets[i], key, statement, active, keys, sites[i], SystemEntropy.Instance))];
        VerifiedSum[] verified = [.. checks.Select(c => c.ByRecomputation((party, _) => uploads[Array.FindIndex(sites, s => s.Name == party)]))];
        SumChallenge challenge = SumChallenge.Join(statement, active, [.. checks.Select(static c => c.Nonce)], sites[0]);
        table.TimePerValue("fingerprint of one's own ciphertexts", () => SumFingerprint.Answer(tickets[0], challenge, [uploads[0]], sites[0]), Values);
        OpeningShare[] shares = [.. verified.Zip(holders, (v, h) => h.Share(v, 0, sum))];
        table.TimePerValue("decryption share, smudged and signed", () => holders[0].Share(verified[0], 0, sum), Values, bytes: shares[0].Bytes.Length);
        CollectiveOpening opening = new(key, statement, active, sites[0]);
        long[] values = new long[Values];
        table.TimePerValue($"open from {Threshold} shares, signatures checked", () => opening.Open(0, sum, shares, values), Values);
    }

    private static CollectivePublicKey Generate(KeyCeremony ceremony, Site[] sites)
    {
        foreach (Site site in sites) site.Generation = new KeyGenerationParty(ceremony, site.Name, site, SystemEntropy.Instance);
        CeremonyMessage[] seeds = [.. sites.Select(static s => s.Generation!.CommitSeed())], parts = [.. sites.Select(s => s.Generation!.RevealSeed(seeds))];
        CeremonyMessage[] commitments = [.. sites.Select(s => s.Generation!.Commit(parts))], shares = [.. sites.Select(s => s.Generation!.Reveal(commitments))];
        CeremonyMessage[] confirmations = [.. sites.Select(s => s.Generation!.VerifyTranscript(shares))];
        return CollectivePublicKey.Verify(sites[0].Generation!.Transcript!, confirmations, sites[0]);
    }

    private static KeyHolder[] Share(CollectivePublicKey key, Site[] sites)
    {
        SharingParty[] sharing = [.. sites.Select(s => new SharingParty(s.Generation!, key, s.Agreement, new ForgetfulLedger(), s, SystemEntropy.Instance))];
        ShareDeal[] deals = [.. sharing.SelectMany(static s => s.Deal())];
        for (int i = 0; i < sites.Length; i++) sharing[i].Receive([.. deals.Where(d => d.To == sites[i].Name)]);
        OpeningShare[] trials = [.. sharing[0].Trials.SelectMany((set, trial) => set.Members.Select(m => sharing[m].Trial(trial)))];
        return [.. sharing.Select(s => s.Complete(trials))];
    }

    private static byte[] Encrypt(PackingLayout layout, CollectivePublicKey key)
    {
        byte[] ciphertext = [];
        using SumEncryptor encryptor = new(layout, key.Key, SystemEntropy.Instance, RingWidth.Ring32, (_, bytes) => ciphertext = bytes.ToArray());
        encryptor.Write(new byte[4 * layout.Schema.Length]);
        encryptor.Complete();
        return ciphertext;
    }

    private sealed class Site(string name) : ITranscriptSigner
    {
        private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        public string Name { get; } = name;

        public ECDiffieHellman Agreement { get; } = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

        public KeyGenerationParty? Generation { get; set; }

        public ReadOnlyMemory<byte> PublicKey => _key.ExportSubjectPublicKeyInfo();

        public RosterParty Party => new(Name, [.. PublicKey.Span], [.. Agreement.PublicKey.ExportSubjectPublicKeyInfo()]);

        public ReadOnlyMemory<byte> Sign(string purpose, ReadOnlySpan<byte> content) => _key.SignData([.. Encoding.UTF8.GetBytes(purpose), 0, .. content], HashAlgorithmName.SHA256);

        public bool Verify(string purpose, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey)
        {
            using ECDsa key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(publicKey, out _);
            return key.VerifyData([.. Encoding.UTF8.GetBytes(purpose), 0, .. content], signature, HashAlgorithmName.SHA256);
        }
    }

    /// <summary>Lets one share be computed again and again, which is what is timed here and must never happen anywhere else.</summary>
    private sealed class ForgetfulLedger : IShareLedger
    {
        public LedgerView Read(ShareRequest request) => new(null, null, null, 0);

        public bool Persist(ShareRecord record) => true;
    }
}
