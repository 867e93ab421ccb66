using System.Collections.Immutable;
using Fed.Crypto.Multiparty;

namespace Fed.Crypto.SecAgg;

/// <summary>One site of a roster.</summary>
/// <param name="Name">The site's name, unique in the roster.</param>
/// <param name="SigningKey">Its public signing key, in the form that the injected <see cref="ITranscriptSigner"/> verifies against.</param>
public sealed record SecAggSite(string Name, ImmutableArray<byte> SigningKey);

/// <summary>The sites of a plan, in the ordinal order of their names. A site's place is its number in every message and set.</summary>
public sealed class SecAggRoster
{
    /// <summary>The fewest sites: the sum of two is each one's secret to the other.</summary>
    public const int SitesMin = 3;

    /// <summary>The most sites.</summary>
    public const int SitesMax = 4096;

    private readonly Dictionary<string, int> _places;

    private SecAggRoster(ImmutableArray<SecAggSite> sites)
    {
        Sites = sites;
        _places = sites.Select(static (site, place) => (site.Name, place)).ToDictionary(static s => s.Name, static s => s.place, StringComparer.Ordinal);
        FieldHash statement = new("fedactors/secagg/roster/1");
        foreach (SecAggSite site in sites) statement.Add(site.Name).Add(site.SigningKey.AsSpan());
        Hash = statement.Close();
    }

    /// <summary>The sites in order.</summary>
    public ImmutableArray<SecAggSite> Sites { get; }

    /// <summary>Number of sites.</summary>
    public int Count => Sites.Length;

    /// <summary>Hash over names and keys.</summary>
    public Hash256 Hash { get; }

    /// <summary>Orders and checks sites.</summary>
    /// <exception cref="InvalidParametersException">Fewer than 3 or more than 4096 sites, an empty, overlong or doubled name, a missing or doubled key.</exception>
    public static SecAggRoster Create(IEnumerable<SecAggSite> sites)
    {
        ImmutableArray<SecAggSite> ordered = [.. sites.OrderBy(static s => s.Name, StringComparer.Ordinal)];
        if (ordered.Length is < SitesMin or > SitesMax) throw new InvalidParametersException($"{ordered.Length} sites: secure aggregation takes {SitesMin} to {SitesMax}");
        HashSet<string> names = new(StringComparer.Ordinal), keys = new(StringComparer.Ordinal);
        foreach (SecAggSite site in ordered)
        {
            if (string.IsNullOrWhiteSpace(site.Name) || site.Name.Length > SecAggContext.NameLengthMax || !names.Add(site.Name))
                throw new InvalidParametersException($"the name '{site.Name}' is empty, longer than {SecAggContext.NameLengthMax} characters, or stands twice in the roster");
            if (site.SigningKey.IsDefaultOrEmpty) throw new InvalidParametersException($"site '{site.Name}' has no signing key");
            if (!keys.Add(Convert.ToHexString(site.SigningKey.AsSpan()))) throw new InvalidParametersException($"the signing key of site '{site.Name}' stands twice in the roster: one site would count as two");
        }
        return new SecAggRoster(ordered);
    }

    /// <summary>The place of a site.</summary>
    /// <exception cref="RefusedException">There is no such site.</exception>
    public int PlaceOf(string name) => _places.TryGetValue(name, out int place) ? place : throw new RefusedException($"'{name}' is not in the roster");

    /// <summary>The name at a place.</summary>
    public string NameOf(int place) => Sites[place].Name;

    /// <summary>The set of the named sites.</summary>
    /// <exception cref="RefusedException">A name is not in the roster.</exception>
    public SiteSet Set(IEnumerable<string> names) => SiteSet.Of(Count, names.Select(PlaceOf));

    /// <summary>Names of a set's sites, in order.</summary>
    public ImmutableArray<string> NamesOf(SiteSet set) => [.. set.Select(NameOf)];
}
