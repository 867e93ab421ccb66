using System.Collections.Concurrent;
using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;

namespace Fed.Host.Protection;

/// <summary>Makes the library's terms (ceremony, layout, round) from the plan's, and remembers keys and layouts that cost something to make.</summary>
internal sealed class CkksTerms(ISigner signer, Func<NodeAddress, ReadOnlyMemory<byte>?> publicKeys)
{
    private const int KeptMax = 16;

    private readonly ConcurrentDictionary<(Digest, Digest), CollectivePublicKey> _keys = [];
    private readonly ConcurrentDictionary<(CkksPlan, int, int, int, string), PackingLayout> _layouts = [];

    /// <summary>The ceremony of holders who have entered.</summary>
    public KeyCeremony Ceremony(KeyContext context, IEnumerable<KeyValuePair<SiloId, ReadOnlyMemory<byte>>> adverts) => KeyCeremony.Create(
        $"{context.Job}/{context.Plan}/{context.Roster}",
        context.Epoch,
        "rounds",
        Profile(context.Parameters),
        Roster.Create(adverts.Select(pair => Party(context, pair.Key, pair.Value))),
        context.Parameters.Threshold,
        context.Parameters.OpeningsPerKey);

    /// <summary>True for an advert that its site has signed for this ceremony.</summary>
    public bool IsAdvert(KeyContext context, SiloId silo, ReadOnlyMemory<byte> advert) => HolderAdvert.Read(context, silo, advert, signer, SigningKey(silo).Span) is not null;

    /// <summary>The key of an attempt, whose bytes are those that the site's own journal names.</summary>
    public CollectivePublicKey Key(EncryptionContext context)
    {
        if (Digest.Of(context.PublicKey.Span) != context.Key.PublicKey) throw new CeremonyException($"the public key of epoch {context.Key.Epoch} is not the one that was agreed on");
        return _keys.TryGetValue((context.Key.PublicKey, context.Key.Id), out CollectivePublicKey? known) ? known : Keep(_keys, (context.Key.PublicKey, context.Key.Id), Load());

        CollectivePublicKey Load()
        {
            if (StepSecrets.Parts(context.PublicKey.ToArray()) is not [var saved, .. var adverts] || adverts.Length != context.Key.Holders.Count) throw new CeremonyException("a public key with other holders than were agreed on");
            KeyContext key = new(context.Job, context.Key.Epoch, context.Plan, context.Roster, context.Key.Holders, context.Terms.Parameters);
            KeyCeremony ceremony = Ceremony(key, context.Key.Holders.Zip(adverts, static (silo, advert) => KeyValuePair.Create(silo, new ReadOnlyMemory<byte>(advert))));
            return CollectivePublicKey.Load(ceremony, saved, CryptoEdge.HashOf(context.Key.Id));
        }
    }

    /// <summary>Where the values of a sum lie.</summary>
    public PackingLayout Layout(EncryptionTerms terms)
    {
        (CkksPlan, int, int, int, string) name = (terms.Parameters, terms.Sites, terms.Rounds, terms.Attempts, terms.Schema.Hash);
        return _layouts.TryGetValue(name, out PackingLayout? known)
            ? known
            : Keep(_layouts, name, LayoutOf(terms));
    }

    /// <summary>Ciphertexts of a sum, for whoever makes a plan.</summary>
    /// <exception cref="CeremonyException">The sum does not fit the profile.</exception>
    public static int CiphertextsOf(EncryptionTerms terms) => CryptoEdge.Explained(() => LayoutOf(terms).Ciphertexts);

    private static PackingLayout LayoutOf(EncryptionTerms terms) => PackingLayout.Create(
        Profile(terms.Parameters),
        terms.Schema,
        new PackingJob(terms.Sites, terms.Sites, terms.Rounds, terms.Attempts) { OpeningsPerKey = KeyCeremony.OpeningsInAllOf(terms.Parameters.OpeningsPerKey, terms.Sites, terms.Parameters.Threshold) });

    /// <summary>The sum and an attempt at it. The base is part of the sum's name: another base is another sum.</summary>
    public static SumRound Round(EncryptionContext context, int attempt) => new(context.Job.Value, context.Collection.Round, $"{context.Collection.Sum}/{context.Base}", attempt);

    /// <summary>The keys by which the sites of a list sign.</summary>
    public ImmutableDictionary<string, ReadOnlyMemory<byte>> SigningKeys(IEnumerable<SiloId> silos) => silos.ToImmutableDictionary(static silo => silo.Value, SigningKey);

    private RosterParty Party(KeyContext context, SiloId silo, ReadOnlyMemory<byte> advert)
    {
        ReadOnlyMemory<byte> signing = SigningKey(silo);
        byte[] agreement = HolderAdvert.Read(context, silo, advert, signer, signing.Span) ?? throw new CeremonyException($"the key with which '{silo}' enters is not signed by it for this ceremony") { Site = silo };
        return new RosterParty(silo.Value, [.. signing.Span], [.. agreement]);
    }

    private ReadOnlyMemory<byte> SigningKey(SiloId silo) => publicKeys(NodeAddress.Silo(silo.Value)) ?? throw new CeremonyException($"the key of '{silo}' is not known") { Site = silo };

    private static PackingProfile Profile(CkksPlan parameters) => PackingProfile.Find(parameters.Profile) is { IsThreshold: true } profile
        ? profile
        : throw new CeremonyException($"profile '{parameters.Profile}' is not known; '{PackingProfile.SiloThreshold.Name}' is");

    private static TValue Keep<TName, TValue>(ConcurrentDictionary<TName, TValue> kept, TName name, TValue value)
        where TName : notnull
    {
        if (kept.Count >= KeptMax) kept.Clear();   // a cache: what is needed again is made again
        return kept.GetOrAdd(name, value);
    }
}
