using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Silo;
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
    private readonly Func<Digest, LocalSigner?> _signers;

    private SiteJournal(SqliteJournalReader journal, string folder, Keyring keys) => (_journal, Blobs, Keys, _signers) = (journal, new NodeDirectory(folder).Blobs, keys.Known, keys.Own);

    /// <summary>The journal.</summary>
    public IJournalReader Journal => _journal;

    /// <summary>Folder of the site's blobs.</summary>
    public string Blobs { get; }

    /// <summary>Public keys by their ids, with whose they are.</summary>
    public ImmutableDictionary<Digest, KnownKey> Keys { get; }

    /// <summary>Opens it for reading, beside a node that runs or not.</summary>
    /// <param name="folder">A node's folder, its data folder, or <c>DATA/sites/SITE</c>.</param>
    /// <exception cref="UserException">It has no journal, or a damaged one.</exception>
    public static SiteJournal Open(string folder)
    {
        string root = Path.GetFullPath(folder);
        NodeFolder kit = new(root);
        foreach ((string journal, Func<Keyring> keys) in (ReadOnlySpan<(string, Func<Keyring>)>)[
            (new DataDirectory(kit.Data).Node.Journal, () => KeysOf(kit)),
            (new DataDirectory(root).Node.Journal, () => KeysOf(new NodeFolder(Path.GetDirectoryName(root) ?? root))),
            (new NodeDirectory(root).Journal, () => KeysOf(new DataDirectory(Path.Combine(root, "..", "..")), new NodeDirectory(root)))])
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

    /// <summary>A log's events, and when they were decided.</summary>
    public ImmutableArray<(SiloEvent Event, DateTimeOffset At)> Read(string log) => NodeReader.Damaged(() => SiteStatement.Read(Journal, log));

    /// <summary>What a receipt is worth: signed by whom, or why it is not.</summary>
    public string Judge(SignedHead head, ISigner verifier)
    {
        if (!Keys.TryGetValue(head.KeyId, out KnownKey? known)) return "a key that is not known here";
        return head.IsSignedBy(verifier, known.Key.Span) ? known.Owner : $"NOT {known.Owner}: the signature is wrong";
    }

    /// <summary>The site's private key of an id; null where it is not here, or not for the caller. The caller disposes of it.</summary>
    public LocalSigner? OpenSigner(Digest keyId)
    {
        try
        {
            return _signers(keyId);
        }
        catch (Exception closed) when (closed is KeyFileException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _journal.Dispose();

    private static Keyring KeysOf(NodeFolder kit) => new(MembersOf(kit), keyId => Directory.Exists(kit.Keys) ? kit.OpenSigner(keyId) : null);

    /// <summary>The signing keys of a federation, as a kit knows them; those of certificates that have ended too: they may have counted when they signed.</summary>
    public static ImmutableDictionary<Digest, KnownKey> MembersOf(NodeFolder kit)
    {
        if (!File.Exists(kit.Members)) return [];
        MembersFile file = MembersFile.Parse(File.ReadAllText(kit.Members));
        using CertificateValidator validator = new(file.OpenAuthority(), TimeProvider.System);
        return file.Certificates.Select(certificate => validator.ReadAny(certificate)).Where(static key => key.Use == CertificateUse.Signing)
            .DistinctBy(static key => key.KeyId).ToImmutableDictionary(static key => key.KeyId, static key => new KnownKey(key.PublicKey, key.Identity.Uri, key.Identity.Role == NodeRole.Coordinator, key.Identity.Role == NodeRole.Silo ? key.Identity.Name : null));
    }

    private static Keyring KeysOf(DataDirectory data, NodeDirectory own)
    {
        ImmutableDictionary<Digest, ReadOnlyMemory<byte>> all = data.PublicKeys();
        Digest? node = File.Exists(data.Node.PublicKey) ? Digest.Of(KeyFiles.ReadPublic(data.Node.PublicKey)) : null;
        return new Keyring(
            all.ToImmutableDictionary(static key => key.Key, key => new KnownKey(key.Value, key.Key == node ? "the simulation's coordinator" : "a simulated site", key.Key == node)),
            keyId => File.Exists(own.PrivateKey) && LocalSigner.LoadOrCreate(own.PrivateKey) is var signer && signer.KeyId == keyId ? signer : null);
    }

    private sealed record Keyring(ImmutableDictionary<Digest, KnownKey> Known, Func<Digest, LocalSigner?> Own);
}

/// <summary>A public key that somebody vouches for.</summary>
/// <param name="Key">SubjectPublicKeyInfo, DER.</param>
/// <param name="Owner">Whose it is, in words.</param>
/// <param name="IsCoordinator">Whether it may sign receipts.</param>
/// <param name="Site">The name of the site whose it is; null where it is none's, or nobody says whose.</param>
internal sealed record KnownKey(ReadOnlyMemory<byte> Key, string Owner, bool IsCoordinator, string? Site = null);
