using System.Collections.Immutable;
using System.Text.Json;
using Fed.Actors.Persistence;
using Fed.Cluster.Journals.Sqlite;
using Fed.Cluster.Stores;

namespace Fed.EndToEnd.Journals;

/// <summary>How often what happened, read from the journals of the node and of all sites.</summary>
internal sealed class Ledger
{
    private Ledger(ImmutableSortedDictionary<Entry, int> counts) => Counts = counts;

    /// <summary>A kind of event in one journal, by the round and sum that it is about; round -1 and no sum where it is about none.</summary>
    internal readonly record struct Entry(string Journal, string Tag, int Round, string Sum) : IComparable<Entry>
    {
        public int CompareTo(Entry other) =>
            string.CompareOrdinal(Journal, other.Journal) is var a and not 0 ? a : string.CompareOrdinal(Tag, other.Tag) is var b and not 0 ? b
            : Round.CompareTo(other.Round) is var c and not 0 ? c : string.CompareOrdinal(Sum, other.Sum);
    }

    public ImmutableSortedDictionary<Entry, int> Counts { get; }

    /// <summary>The round that was under way when the journals were left: the newest one that was planned.</summary>
    public int RoundInFlight => Counts.Keys.Where(static e => e.Tag == "round-planned").Select(static e => e.Round).DefaultIfEmpty(0).Max();

    /// <summary>Reads all journals of a data directory; those that a stopped run has not created yet count as empty.</summary>
    public static Ledger Read(DataDirectory data)
    {
        Dictionary<Entry, int> counts = [];
        Count(counts, "node", data.Node);
        foreach (string site in data.Sites()) Count(counts, site, data.Site(site));
        return new Ledger(counts.ToImmutableSortedDictionary());
    }

    /// <summary>Events that this ledger has beyond another, or lacks (negative).</summary>
    public IEnumerable<(Entry Entry, int Surplus)> Beyond(Ledger other) =>
        Counts.Keys.Union(other.Counts.Keys)
            .Select(entry => (entry, Counts.GetValueOrDefault(entry) - other.Counts.GetValueOrDefault(entry)))
            .Where(static difference => difference.Item2 != 0);

    private static void Count(Dictionary<Entry, int> counts, string name, NodeDirectory node)
    {
        if (!File.Exists(node.Journal)) return;
        IJournalReader journal;
        try
        {
            journal = SqliteJournal.OpenReadOnly(node.Journal);
        }
        catch (IOException)
        {
            return;   // killed between creating the file and its tables
        }

        using IDisposable? hold = journal as IDisposable;
        foreach (JournalEvent stored in journal.PersistenceIds().SelectMany(id => journal.Read(id)))
        {
            (int round, string sum) = About(stored.Payload);
            Entry entry = new(name, stored.Tag, round, sum);
            counts[entry] = counts.GetValueOrDefault(entry) + 1;
        }
    }

    private static (int Round, string Sum) About(ReadOnlyMemory<byte> payload)
    {
        using var document = JsonDocument.Parse(payload);
        JsonElement at = document.RootElement;
        if (at.TryGetProperty("request", out JsonElement request)) at = request;
        if (at.TryGetProperty("collection", out JsonElement collection)) at = collection;
        int round = at.TryGetProperty("round", out JsonElement number) && number.ValueKind == JsonValueKind.Number ? number.GetInt32() : -1;
        return (round, at.TryGetProperty("sum", out JsonElement sum) && round >= 0 && sum.GetString() is { Length: < 32 } text ? text : "");
    }
}
