using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;
using Fed.Crypto.Sampling;
using Fed.Vectors;

namespace Fed.Benchmarks.Crypto;

/// <summary>Sites that hold a key together and verify a sum of zero vectors, so that the steps of its opening can be timed.</summary>
internal sealed class KeySites : IDisposable
{
    private readonly Site[] _sites;
    private readonly byte[][][] _uploads;

    /// <summary>Goes through the key ceremony, the uploads and the sum.</summary>
    /// <param name="count">Sites; all hold a part of the key and contribute.</param>
    /// <param name="threshold">t, and how many open.</param>
    /// <param name="layout">The layout of the vectors.</param>
    public KeySites(int count, int threshold, PackingLayout layout)
    {
        Layout = layout;
        _sites = [.. Enumerable.Range(0, count).Select(static i => new Site($"site-{i:d2}"))];
        KeyCeremony ceremony = KeyCeremony.Create("benchmark", 0, "rounds", layout.Profile, Roster.Create(_sites.Select(static s => s.Party)), threshold, layout.Proof.Job.OpeningsPerKey * threshold / count);   // so that all sets of openers together come to what the layout counts
        Key = Generate(ceremony);
        Holders = Share();
        SumRound round = new("benchmark", 1, "training", 0);
        byte[] zeros = new byte[4 * layout.Schema.Length];
        _uploads = [.. Holders.Select(holder => Encrypt(holder, round, layout, zeros))];

        Contribution[] contributions = [.. _sites.Zip(_uploads, (s, u) => Contribution.Of(round, Key, layout, s.Name, u.Select(static c => (ReadOnlyMemory<byte>)c)))];
        CommitmentList list = new(round, contributions.Zip(_sites, static (c, s) => c.Commit(s)));
        Sums = Add();
        Statement = new SumStatement(round, layout, contributions, Sums.Select(static s => Hash256.Of(s)));
        Active = ActiveSet.Create(ceremony, _sites.Take(threshold).Select(static s => s.Name));
        Dictionary<string, ReadOnlyMemory<byte>> keys = _sites.ToDictionary(static s => s.Name, static s => s.PublicKey);
        Tickets = [.. contributions.Zip(_sites, (c, s) => ContributionTicket.Approve(c, list, 2, keys, s))];
        SumCheck[] checks = [.. Enumerable.Range(0, threshold).Select(i => SumCheck.Begin(Tickets[i], Key, Statement, Active, keys, _sites[i], SystemEntropy.Instance))];
        OpenerNonce[] nonces = [.. checks.Select(static c => c.Nonce)];
        Challenge = SumChallenge.Join(Statement, Active, nonces, _sites[0]);
        ReadOnlyMemory<byte>[] sums = [.. Sums.Select(static s => (ReadOnlyMemory<byte>)s)];
        SumFingerprint[] fingerprints = [.. Enumerable.Range(0, count).Select(Fingerprint)];
        VerifyByFingerprints = () => checks[0].ByFingerprints(nonces, fingerprints, sums);
        Verified = [.. checks.Select(c => c.ByFingerprints(nonces, fingerprints, sums))];
    }

    public PackingLayout Layout { get; }

    public CollectivePublicKey Key { get; }

    public ImmutableArray<KeyHolder> Holders { get; }

    public ImmutableArray<byte[]> Sums { get; }

    public SumStatement Statement { get; }

    public ActiveSet Active { get; }

    public ImmutableArray<ContributionTicket> Tickets { get; }

    public SumChallenge Challenge { get; }

    public ImmutableArray<VerifiedSum> Verified { get; }

    /// <summary>One opener's check of the sum.</summary>
    public Action VerifyByFingerprints { get; }

    /// <summary>The ciphertexts of a site.</summary>
    public byte[][] UploadOf(int site) => _uploads[site];

    /// <summary>A contributor's evaluations of its own ciphertexts.</summary>
    public SumFingerprint Fingerprint(int site) => SumFingerprint.Answer(Tickets[site], Challenge, _uploads[site].Select(static c => (ReadOnlyMemory<byte>)c), _sites[site]);

    /// <summary>One opener's shares of the whole sum, each made anew.</summary>
    public ImmutableArray<OpeningShare> SharesOf(int opener) => [.. Enumerable.Range(0, Sums.Length).Select(index => Holders[opener].Share(Verified[opener], index))];

    /// <summary>Puts the openers' shares together.</summary>
    /// <param name="shares">Shape [opener, index].</param>
    /// <param name="values">Receives the sums.</param>
    public void Open(ImmutableArray<ImmutableArray<OpeningShare>> shares, long[] values)
    {
        CollectiveOpening opening = new(Key, Statement, Active, _sites[0]);
        for (int index = 0; index < Sums.Length; index++)
        {
            (int first, int count) = Layout.ValuesOf(index);
            opening.Open(index, Sums[index], [.. shares.Select(s => s[index])], values.AsSpan(first, count));
        }
    }

    /// <summary>The aggregator's work: all uploads added up, index by index.</summary>
    public ImmutableArray<byte[]> Add()
    {
        SumAccumulator accumulator = new(Layout, Key.Key.Id.AsSpan());
        ImmutableArray<byte[]>.Builder sums = ImmutableArray.CreateBuilder<byte[]>();
        for (int index = 0; index < Layout.Ciphertexts; index++)
        {
            foreach (byte[][] upload in _uploads) accumulator.Add(upload[index]);
            byte[] sum = new byte[accumulator.SumBytes];
            accumulator.Close(sum);
            sums.Add(sum);
        }
        return sums.ToImmutable();
    }

    public void Dispose()
    {
        foreach (KeyHolder holder in Holders) holder.Dispose();
        foreach (Site site in _sites) site.Dispose();
    }

    /// <summary>A site's encryption of a vector for an attempt of its own.</summary>
    public void Encrypt(int site, int attempt, byte[] vector) => Encrypt(Holders[site], Statement.Round with { Attempt = attempt }, Layout, vector);

    private static byte[][] Encrypt(KeyHolder holder, SumRound round, PackingLayout layout, byte[] vector)
    {
        List<byte[]> ciphertexts = [];
        using SumEncryptor encryptor = holder.Encrypt(round, layout, Hash256.Of(vector), RingWidth.Ring32, (_, bytes) => ciphertexts.Add(bytes.ToArray()));
        const int PieceBytes = 1 << 20;
        for (int at = 0; at < vector.Length; at += PieceBytes) encryptor.Write(vector.AsSpan(at, Math.Min(PieceBytes, vector.Length - at)));
        encryptor.Complete();
        return [.. ciphertexts];
    }

    private CollectivePublicKey Generate(KeyCeremony ceremony)
    {
        foreach (Site site in _sites) site.Generation = new KeyGenerationParty(ceremony, site.Name, site, SystemEntropy.Instance);
        CeremonyMessage[] seeds = [.. _sites.Select(static s => s.Generation!.CommitSeed())], parts = [.. _sites.Select(s => s.Generation!.RevealSeed(seeds))];
        CeremonyMessage[] commitments = [.. _sites.Select(s => s.Generation!.Commit(parts))], shares = [.. _sites.Select(s => s.Generation!.Reveal(commitments))];
        CeremonyMessage[] confirmations = [.. _sites.Select(s => s.Generation!.VerifyTranscript(shares))];
        return CollectivePublicKey.Verify(_sites[0].Generation!.Transcript!, confirmations, _sites[0]);
    }

    private ImmutableArray<KeyHolder> Share()
    {
        SharingParty[] sharing = [.. _sites.Select(s => new SharingParty(s.Generation!, Key, s.Agreement, new ForgetfulLedger(), s, SystemEntropy.Instance))];
        ShareDeal[] deals = [.. sharing.SelectMany(static s => s.Deal())];
        for (int i = 0; i < _sites.Length; i++) sharing[i].Receive([.. deals.Where(d => d.To == _sites[i].Name)]);
        OpeningShare[] trials = [.. sharing[0].Trials.SelectMany((set, trial) => set.Members.Select(m => sharing[m].Trial(trial)))];
        return [.. sharing.Select(s => s.Complete(trials))];
    }

    private sealed class Site(string name) : ITranscriptSigner, IDisposable
    {
        private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private readonly Dictionary<string, ECDsa> _known = [];

        public string Name { get; } = name;

        public ECDiffieHellman Agreement { get; } = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

        public KeyGenerationParty? Generation { get; set; }

        public ReadOnlyMemory<byte> PublicKey => _key.ExportSubjectPublicKeyInfo();

        public RosterParty Party => new(Name, [.. PublicKey.Span], [.. Agreement.PublicKey.ExportSubjectPublicKeyInfo()]);

        public ReadOnlyMemory<byte> Sign(string purpose, ReadOnlySpan<byte> content) => _key.SignData([.. Encoding.UTF8.GetBytes(purpose), 0, .. content], HashAlgorithmName.SHA256);

        public bool Verify(string purpose, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey)
        {
            return KeyOf(publicKey).VerifyData([.. Encoding.UTF8.GetBytes(purpose), 0, .. content], signature, HashAlgorithmName.SHA256);
        }

        public void Dispose()
        {
            _key.Dispose();
            Agreement.Dispose();
            foreach (ECDsa known in _known.Values) known.Dispose();
        }

        // Reading a key takes longer than verifying with it, and belongs to whoever keeps the roster.
        private ECDsa KeyOf(ReadOnlySpan<byte> publicKey)
        {
            string text = Convert.ToHexString(publicKey);
            if (_known.TryGetValue(text, out ECDsa? key)) return key;
            key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(publicKey, out _);
            return _known[text] = key;
        }
    }

    /// <summary>Lets one share be computed again and again, which is what is timed here and must never happen anywhere else.</summary>
    private sealed class ForgetfulLedger : IShareLedger
    {
        public LedgerView Read(ShareRequest request) => new(null, null, null, 0);

        public bool Persist(ShareRecord record) => true;
    }
}
