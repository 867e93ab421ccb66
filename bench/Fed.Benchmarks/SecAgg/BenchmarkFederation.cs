using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Sampling;
using Fed.Crypto.SecAgg;
using Fed.Vectors;

namespace Fed.Benchmarks.SecAgg;

/// <summary>Sites that go through the ceremony so that a step of it can be timed. Their signatures are hashes: signing belongs to the runtime and is not measured.</summary>
internal sealed class BenchmarkFederation : IDisposable
{
    private const int SignatureBytes = 72;                 // the longest of ECDSA P-256 in DER

    private readonly HashSigner[] _signers;

    public BenchmarkFederation(int sites, int colluding, int dropouts, RingWidth ring)
    {
        _signers = [.. Enumerable.Range(0, sites).Select(static i => new HashSigner(i))];
        SecAggRoster roster = SecAggRoster.Create(_signers.Select(static (s, i) => new SecAggSite($"site-{i:d4}", [.. s.PublicKey.Span])));
        SecAggParameters parameters = SecAggParameters.Create(new SecAggDemand(sites, colluding, dropouts, ring));
        Terms = parameters.IsComplete ? SecAggTerms.Create(parameters, roster) : SecAggTerms.Create(parameters, roster, Graph(roster, parameters.Degree));
        Hash256 hash = Hash256.Of("benchmark"u8);
        Attempt = new SecAggAttempt(Terms, new SecAggContext("benchmark", 0, "training", 0, hash, hash, roster.Hash));
        Secrets = [.. Enumerable.Range(0, sites).Select(i => SiloSecrets.Advertise(Attempt, roster.NameOf(i), _signers[i], SystemEntropy.Instance))];
        Adverts = AdvertList.Verify(Attempt, Secrets.Select(static s => s.Advert), _signers[0]);
        Contributors = SiteSet.All(sites);
    }

    public SecAggTerms Terms { get; }

    public SecAggAttempt Attempt { get; }

    public ImmutableArray<SiloSecrets> Secrets { get; }

    public AdvertList Adverts { get; }

    public ImmutableArray<ShareBundle> Bundles { get; private set; }

    public SiteSet Contributors { get; private set; }

    public ImmutableArray<UnmaskShares> Answers { get; private set; } = [];

    /// <summary>The masks of a site, after <see cref="Finish"/>.</summary>
    public MaskStream Mask(int site) => Secrets[site].Mask(Adverts, SiteSet.All(Terms.Roster.Count), default);

    /// <summary>All steps but the vectors, so that each can be repeated; the last sites drop out after they have shared.</summary>
    public void Finish(int dropped)
    {
        int sites = Terms.Roster.Count;
        Contributors = SiteSet.Of(sites, Enumerable.Range(0, sites - dropped));
        Bundles = [.. Secrets.Select(s => s.ShareKeys(Adverts))];
        foreach (int site in Contributors) Mask(site).Dispose();
        ContributorSignature[] signatures = [.. Contributors.Select(i => Secrets[i].SignContributors(Contributors, _signers[i]))];
        ILookup<int, SealedShare> byHolder = Bundles.SelectMany(static b => b.Shares).Where(static s => s.Dealer != s.Holder).ToLookup(static s => s.Holder);
        Answers = [.. Contributors.Select(i => Secrets[i].Unmask(Adverts, byHolder[i], Contributors, signatures, _signers[0]))];
    }

    /// <summary>Bytes that a site sends in all steps, its vector apart.</summary>
    public long OverheadUp(int site) =>
        Secrets[site].Advert.Encode(Attempt).Length + Bundles[site].Encode(Attempt).Length + Secrets[site].SignContributors(Contributors, _signers[site]).Encode(Attempt).Length
        + Answers.First(a => a.Holder == site).Encode(Attempt).Length;

    public void Dispose()
    {
        foreach (SiloSecrets secrets in Secrets) secrets.Dispose();
    }

    private NeighbourGraph Graph(SecAggRoster roster, int degree)
    {
        GraphNonce[] nonces = [.. roster.Sites.Select(s => GraphNonce.Draw(roster, s.Name, SystemEntropy.Instance))];
        return NeighbourGraph.FromSeed(GraphSeed.Of("benchmark", roster, [.. nonces.Select(n => n.Commit("benchmark", roster, _signers[n.Site]))], nonces, _signers[0]), roster, degree);
    }

    private sealed class HashSigner(int site) : ITranscriptSigner
    {
        public ReadOnlyMemory<byte> PublicKey { get; } = Encoding.UTF8.GetBytes($"site {site}");

        public ReadOnlyMemory<byte> Sign(string purpose, ReadOnlySpan<byte> content) => Hash(purpose, content, PublicKey.Span);

        public bool Verify(string purpose, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey) => signature.SequenceEqual(Hash(purpose, content, publicKey));

        private static byte[] Hash(string purpose, ReadOnlySpan<byte> content, ReadOnlySpan<byte> publicKey)
        {
            byte[] signature = new byte[SignatureBytes];
            SHA256.HashData([.. Encoding.UTF8.GetBytes(purpose), .. content, .. publicKey], signature);
            return signature;
        }
    }
}
