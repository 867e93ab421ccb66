using System.Diagnostics.CodeAnalysis;
using Fed.Crypto.Multiparty;
using Fed.Crypto.SecAgg.Masks;

namespace Fed.Crypto.SecAgg;

/// <summary>The adverts of an attempt (U1), each verified: signed by its site for this attempt, keys that are points of the curve and all different. There is no unverified one.</summary>
/// <remarks>On a sparse graph a silo needs its own and its neighbours' only.</remarks>
public sealed class AdvertList
{
    private readonly SortedDictionary<int, SignedAdvert> _adverts;

    private AdvertList(SecAggAttempt attempt, SortedDictionary<int, SignedAdvert> adverts)
    {
        (Attempt, _adverts) = (attempt, adverts);
        Sites = SiteSet.Of(attempt.Sites, adverts.Keys);
        FieldHash statement = attempt.Statement("fedactors/secagg/advert-list/1");
        foreach (SignedAdvert advert in adverts.Values) advert.AddTo(statement);
        Id = statement.Close();
    }

    /// <summary>The attempt.</summary>
    public SecAggAttempt Attempt { get; }

    /// <summary>Who is in the list.</summary>
    public SiteSet Sites { get; }

    /// <summary>Hash over sites and keys; signatures are not in it.</summary>
    public Hash256 Id { get; }

    /// <summary>The advert of a site.</summary>
    /// <exception cref="RefusedException">It has none in this list.</exception>
    public SignedAdvert this[int site] => TryGet(site, out SignedAdvert? advert) ? advert : throw new RefusedException($"'{Attempt.Name(site)}' has advertised no keys for {Attempt}");

    /// <summary>Checks and orders adverts. For silos and for the server.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="adverts">At most one of each site.</param>
    /// <param name="verifier">Checks signatures against the keys of the roster.</param>
    /// <exception cref="RefusedException">A site has two adverts, an advert is not signed by its site for this attempt, a key is no point of P-256, or a key stands twice, under whatever name: a server could put its own or a copied one there.</exception>
    public static AdvertList Verify(SecAggAttempt attempt, IEnumerable<SignedAdvert> adverts, ITranscriptSigner verifier)
    {
        SortedDictionary<int, SignedAdvert> bySite = [];
        HashSet<string> keys = new(StringComparer.Ordinal);
        foreach (SignedAdvert advert in adverts)
        {
            if ((uint)advert.Site >= (uint)attempt.Sites) throw new RefusedException($"an advert of site {advert.Site}: the roster has {attempt.Sites} sites");
            string name = attempt.Name(advert.Site);
            if (!bySite.TryAdd(advert.Site, advert)) throw new RefusedException($"'{name}' has two adverts for {attempt}");
            if (!advert.IsSigned(attempt, verifier)) throw new RefusedException($"the advert of '{name}' is not signed by it for {attempt} with this plan, model and roster");
            if (!AgreementKey.IsPoint(advert.MaskKey.AsSpan()) || !AgreementKey.IsPoint(advert.ShareKey.AsSpan())) throw new RefusedException($"a key of '{name}' is no point of P-256");
            if (!keys.Add(X(advert.MaskKey)) || !keys.Add(X(advert.ShareKey))) throw new RefusedException($"a key of '{name}' stands twice among the keys of {attempt}");
        }
        return new AdvertList(attempt, bySite);

        // A point and its negative share x, and agree on the same secrets.
        static string X(System.Collections.Immutable.ImmutableArray<byte> point) => Convert.ToHexString(point.AsSpan(1, 32));
    }

    internal bool TryGet(int site, [MaybeNullWhen(false)] out SignedAdvert advert) => _adverts.TryGetValue(site, out advert);
}
