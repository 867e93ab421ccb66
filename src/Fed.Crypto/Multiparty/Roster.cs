using System.Collections.Immutable;

namespace Fed.Crypto.Multiparty;

/// <summary>A holder of a part of the key.</summary>
/// <param name="Name">Its name in the federation.</param>
/// <param name="SigningKey">The public key that its signatures verify against.</param>
/// <param name="AgreementKey">Its ECDH P-256 public key (SubjectPublicKeyInfo), to which shares are sealed.</param>
public sealed record RosterParty(string Name, ImmutableArray<byte> SigningKey, ImmutableArray<byte> AgreementKey);

/// <summary>The holders of one collective key, in the ordinal order of their names. Another member means another roster, and another roster another key.</summary>
public sealed class Roster
{
    /// <summary>The fewest holders of a key.</summary>
    public const int PartiesMin = 2;

    /// <summary>The most holders of a key.</summary>
    public const int PartiesMax = Packing.PackingJob.KeyHoldersMax;

    private Roster(ImmutableArray<RosterParty> parties)
    {
        Parties = parties;
        FieldHash statement = new("fedactors/roster/1");
        foreach (RosterParty party in parties) statement.Add(party.Name).Add(party.SigningKey.AsSpan()).Add(party.AgreementKey.AsSpan());
        Hash = statement.Close();
    }

    /// <summary>The parties; the place of a party is its index everywhere.</summary>
    public ImmutableArray<RosterParty> Parties { get; }

    /// <summary>Number of parties.</summary>
    public int Count => Parties.Length;

    /// <summary>Hash over names and keys.</summary>
    public Hash256 Hash { get; }

    /// <summary>Orders the parties and checks them.</summary>
    /// <exception cref="InvalidParametersException">Fewer than 2 or more than 64 parties, an empty or doubled name, a missing or doubled key.</exception>
    public static Roster Create(IEnumerable<RosterParty> parties)
    {
        ImmutableArray<RosterParty> ordered = [.. parties.OrderBy(static p => p.Name, StringComparer.Ordinal)];
        if (ordered.Length is < PartiesMin or > PartiesMax) throw new InvalidParametersException($"a key of {ordered.Length} holders: {PartiesMin} to {PartiesMax} are possible");
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (RosterParty party in ordered)
        {
            if (string.IsNullOrWhiteSpace(party.Name) || !seen.Add(party.Name)) throw new InvalidParametersException($"the name '{party.Name}' is empty or stands twice in the roster");
            if (party.SigningKey.IsDefaultOrEmpty || party.AgreementKey.IsDefaultOrEmpty) throw new InvalidParametersException($"party '{party.Name}' has no signing key or no agreement key");
            if (!seen.Add(Convert.ToHexString(party.SigningKey.AsSpan()))) throw new InvalidParametersException($"the signing key of party '{party.Name}' stands twice in the roster: one party would count as two");
        }
        return new Roster(ordered);
    }

    /// <summary>The place of a party.</summary>
    /// <exception cref="RefusedException">There is no such party.</exception>
    public int IndexOf(string name)
    {
        for (int i = 0; i < Parties.Length; i++)
            if (Parties[i].Name == name) return i;
        throw new RefusedException($"'{name}' holds no part of this key");
    }
}
