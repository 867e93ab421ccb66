using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Shell;
using Fed.Cluster.Identity;
using Fed.Cluster.Identity.Enrolment;
using Fed.Cluster.Journals.Sqlite;
using Fed.Cluster.Stores;

namespace Fed.Host.History;

/// <summary>The journal that a site keeps, with the keys by which its receipts are verified: of a node's folder (<see cref="NodeFolder"/>), or of a simulated site's in a data folder.</summary>
internal sealed class SiteJournal : IDisposable
{
    private readonly SqliteJournalReader _journal;
    private readonly ImmutableDictionary<Digest, (ReadOnlyMemory<byte> Key, string Owner)> _keys;

    private SiteJournal(SqliteJournalReader journal, string folder, ImmutableDictionary<Digest, (ReadOnlyMemory<byte> Key, string Owner)> keys) => (_journal, Blobs, _keys) = (journal, new NodeDirectory(folder).Blobs, keys);

    /// <summary>The journal.</summary>
    public IJournalReader Journal => _journal;

    /// <summary>Folder of the site's blobs.</summary>
    public string Blobs { get; }

    /// <summary>Opens it for reading, beside a node that runs or not.</summary>
    /// <param name="folder">A node's folder, its data folder, or <c>DATA/sites/SITE</c>.</param>
    /// <exception cref="UserException">It has no journal, or a damaged one.</exception>
    public static SiteJournal Open(string folder)
    {
        string root = Path.GetFullPath(folder);
        NodeFolder kit = new(root);
        foreach ((string journal, Func<ImmutableDictionary<Digest, (ReadOnlyMemory<byte>, string)>> keys) in (ReadOnlySpan<(string, Func<ImmutableDictionary<Digest, (ReadOnlyMemory<byte>, string)>>)>)[
            (new DataDirectory(kit.Data).Node.Journal, () => KeysOf(kit)),
            (new DataDirectory(root).Node.Journal, () => KeysOf(new NodeFolder(Path.GetDirectoryName(root) ?? root))),
            (new NodeDirectory(root).Journal, () => KeysOf(new DataDirectory(Path.Combine(root, "..", ".."))))])
        {
            if (File.Exists(journal)) return new SiteJournal(NodeReader.Opened(() => SqliteJournal.OpenReadOnly(journal)), Path.GetDirectoryName(journal)!, keys());
        }

        throw new UserException($"'{folder}' has no site's journal; name a node's folder, or DATA/sites/SITE of a simulation, with --site");
    }

    /// <summary>The site's logs, one for each job.</summary>
    public ImmutableArray<string> Logs() => [.. Journal.PersistenceIds().Where(static log => log.StartsWith("silo/", StringComparison.Ordinal))];

    /// <summary>The site's log of a job, and the site's name.</summary>
    /// <exception cref="UserException">There is none.</exception>
    public (string Log, string Site) Find(string job)
    {
        string start = FederationNodes.SiloLog(new JobId(job), new SiloId(""));
        ImmutableArray<string> logs = Logs();
        if (logs.FirstOrDefault(log => log.StartsWith(start, StringComparison.Ordinal)) is { } found) return (found, found[start.Length..]);
        string known = string.Join(", ", logs.Select(static log => log.Split('/')[1]).Distinct(StringComparer.Ordinal));
        throw new UserException($"the site knows no job '{job}'{(known.Length == 0 ? "" : $"; it knows {known}")}");
    }

    /// <summary>What a receipt is worth: signed by whom, or why it is not.</summary>
    public string Judge(SignedHead head, ISigner verifier)
    {
        if (!_keys.TryGetValue(head.KeyId, out (ReadOnlyMemory<byte> Key, string Owner) known)) return "a key that is not known here";
        return head.IsSignedBy(verifier, known.Key.Span) ? known.Owner : $"NOT {known.Owner}: the signature is wrong";
    }

    /// <inheritdoc/>
    public void Dispose() => _journal.Dispose();

    private static ImmutableDictionary<Digest, (ReadOnlyMemory<byte> Key, string Owner)> KeysOf(NodeFolder kit)
    {
        if (!File.Exists(kit.Members)) return [];
        MembersFile file = MembersFile.Parse(File.ReadAllText(kit.Members));
        using CertificateValidator validator = new(file.OpenAuthority(), TimeProvider.System);
        return file.Certificates.Select(certificate => validator.ReadAny(certificate)).Where(static key => key.Use == CertificateUse.Signing)   // ended ones too: they may have counted when they signed
            .DistinctBy(static key => key.KeyId).ToImmutableDictionary(static key => key.KeyId, static key => (key.PublicKey, key.Identity.Uri));
    }

    private static ImmutableDictionary<Digest, (ReadOnlyMemory<byte> Key, string Owner)> KeysOf(DataDirectory data)
    {
        ImmutableDictionary<Digest, ReadOnlyMemory<byte>> all = data.PublicKeys();
        Digest? node = File.Exists(data.Node.PublicKey) ? Digest.Of(KeyFiles.ReadPublic(data.Node.PublicKey)) : null;
        return all.ToImmutableDictionary(static key => key.Key, key => (key.Value, key.Key == node ? "the simulation's coordinator" : "a simulated site"));
    }
}
