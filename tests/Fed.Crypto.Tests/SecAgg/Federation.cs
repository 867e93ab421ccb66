using System.Collections.Immutable;
using Fed.Crypto.Multiparty;
using Fed.Crypto.SecAgg;
using Fed.Crypto.Tests.Sampling;
using Fed.Vectors;

namespace Fed.Crypto.Tests.SecAgg;

/// <summary>Sites with keys and vectors, and a server, that go through the ceremony step by step over encoded bytes. Everything follows from the seed.</summary>
internal sealed class Federation : IDisposable
{
    public static readonly Hash256 Plan = Hash256.Of("plan"u8), Model = Hash256.Of("model"u8), OtherModel = Hash256.Of("other model"u8);

    private readonly SeededEntropy _entropy;

    public Federation(int sites, int colluding = 0, int dropouts = 0, RingWidth ring = RingWidth.Ring32, int words = 37, int seed = 1, Func<int, ITranscriptSigner>? signer = null, SecAggContext? context = null)
    {
        _entropy = new SeededEntropy(seed);
        Signers = [.. Enumerable.Range(0, sites).Select(signer ?? (static i => new PlainSigner(i)))];
        SecAggRoster roster = SecAggRoster.Create(Signers.Select(static (s, i) => new SecAggSite(Name(i), [.. s.PublicKey.Span])));
        SecAggParameters parameters = SecAggParameters.Create(new SecAggDemand(sites, colluding, dropouts, ring));
        Terms = parameters.IsComplete ? SecAggTerms.Create(parameters, roster) : SecAggTerms.Create(parameters, roster, NeighbourGraph.Circulant(sites, parameters.Degree, Hash256.Of([(byte)seed])));
        Attempt = new SecAggAttempt(Terms, context ?? Context());
        Vectors = [.. Enumerable.Range(0, sites).Select(i => Random(words * RingSum.WordBytes(ring), (seed * 1000) + i))];
        Secrets = [.. Enumerable.Range(0, sites).Select(i => SiloSecrets.Advertise(Attempt, Name(i), Signers[i], _entropy))];
    }

    public ImmutableArray<ITranscriptSigner> Signers { get; }

    public SecAggTerms Terms { get; }

    public SecAggAttempt Attempt { get; }

    public SiloSecrets[] Secrets { get; }

    public byte[][] Vectors { get; }

    public int Sites => Terms.Roster.Count;

    public RingWidth Ring => Terms.Parameters.Ring;

    public static string Name(int site) => $"site-{site:d4}";

    public static SecAggContext Context(int attempt = 0, Hash256? model = null) => new("job", 3, "training", attempt, Plan, model ?? Model, Hash256.Of("roster"u8));

    public SiteSet Set(params IEnumerable<int> sites) => SiteSet.Of(Sites, sites);

    public SiteSet AllBut(params int[] sites) => SiteSet.All(Sites).Except(Set(sites));

    public AdvertList Adverts(SiteSet sites) => AdvertList.Verify(Attempt, sites.Select(i => SignedAdvert.Decode(Attempt, Secrets[i].Advert.Encode(Attempt))), Signers[0]);

    public Dictionary<int, ShareBundle> Share(AdvertList adverts, SiteSet sites) => sites.ToDictionary(static i => i, i => ShareBundle.Decode(Attempt, Secrets[i].ShareKeys(adverts).Encode(Attempt)));

    /// <summary>The masked vector of a site.</summary>
    public byte[] Masked(int site, AdvertList adverts, SiteSet sharers)
    {
        byte[] masked = new byte[Vectors[site].Length];
        using MaskStream masks = Secrets[site].Mask(adverts, sharers, VectorHash(site));
        masks.Apply(0, Vectors[site], masked);
        return masked;
    }

    public Hash256 VectorHash(int site) => Hash256.Of(Vectors[site]);

    public ImmutableArray<SealedShare> SharesFor(int holder, Dictionary<int, ShareBundle> bundles) =>
        [.. bundles.Where(b => b.Key != holder && b.Value.For(holder) is not null).Select(b => SealedShare.Decode(Attempt, b.Value.For(holder)!.Encode(Attempt)))];

    public ImmutableArray<ContributorSignature> SignAll(SiteSet contributors, SiteSet signers) =>
        [.. signers.Select(i => ContributorSignature.Decode(Attempt, Secrets[i].SignContributors(contributors, Signers[i]).Encode(Attempt)))];

    public byte[] Sum(IEnumerable<byte[]> vectors)
    {
        byte[] sum = new byte[Vectors[0].Length];
        foreach (byte[] vector in vectors) RingSum.Add(Ring, sum, vector);
        return sum;
    }

    public byte[] PlainSum(SiteSet contributors) => Sum(contributors.Select(i => Vectors[i]));

    /// <summary>The whole ceremony.</summary>
    /// <param name="advertised">Who advertises (U1).</param>
    /// <param name="sharers">Who of them shares (U2).</param>
    /// <param name="contributors">Whose masked vector arrives (U3).</param>
    /// <param name="signers">Who of them signs the list.</param>
    /// <param name="helpers">Who of them gives out shares.</param>
    /// <returns>The opened sum.</returns>
    public byte[] Run(SiteSet advertised, SiteSet sharers, SiteSet contributors, SiteSet signers, SiteSet helpers)
    {
        AdvertList adverts = Adverts(advertised);
        Dictionary<int, ShareBundle> bundles = Share(adverts, sharers);
        foreach (ShareBundle bundle in bundles.Values) bundle.RequireComplete(adverts);
        byte[] sum = Sum(contributors.Select(i => Masked(i, adverts, sharers)).ToArray());
        ImmutableArray<ContributorSignature> signatures = SignAll(contributors, signers);
        using SumUnmasker server = new(adverts, bundles.Values, contributors);
        foreach (int helper in helpers)
            server.Add(UnmaskShares.Decode(Attempt, Secrets[helper].Unmask(adverts, SharesFor(helper, bundles), contributors, signatures, Signers[0]).Encode(Attempt)));
        using MaskStream masks = server.Complete();
        masks.Apply(0, sum);
        return sum;
    }

    /// <summary>The ceremony in which these drop out after sharing, everybody else goes through to the end.</summary>
    public byte[] RunWithout(params int[] dropped)
    {
        SiteSet all = SiteSet.All(Sites), left = AllBut(dropped);
        return Run(all, all, left, left, left);
    }

    public static byte[] Random(int bytes, int seed)
    {
        byte[] content = new byte[bytes];
        using Fed.Crypto.Sampling.AesCtrStream stream = SeededEntropy.Stream(seed);
        stream.Fill(content);
        return content;
    }

    public void Dispose()
    {
        foreach (SiloSecrets secrets in Secrets) secrets.Dispose();
    }
}
