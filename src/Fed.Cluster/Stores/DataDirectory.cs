using System.Globalization;
using System.Text.RegularExpressions;
using Fed.Cluster.Identity;

namespace Fed.Cluster.Stores;

/// <summary>
/// Where everything lies: <c>DATA/{lock, owner, node/{journal.sqlite, blobs/, inbox/, key.pem, key.pub}, aggregators/&lt;part&gt;/{blobs/, inbox/}, sites/&lt;site&gt;/{as node, no inbox}, jobs/&lt;id&gt;/}</c>.
/// Naming paths creates nothing; <see cref="Acquire"/> does.
/// </summary>
public sealed partial class DataDirectory
{
    /// <summary>Names the layout below a folder.</summary>
    public DataDirectory(string root)
    {
        Root = Path.GetFullPath(root);
        Node = new NodeDirectory(Path.Combine(Root, "node"));
    }

    /// <summary>The folder, absolute.</summary>
    public string Root { get; }

    /// <summary>What the node itself (job, coordinator, aggregator) keeps.</summary>
    public NodeDirectory Node { get; }

    /// <summary>The lock file. It stays when it is released; the lock, not the file, says whether somebody writes.</summary>
    public string LockPath => Path.Combine(Root, "lock");

    /// <summary>Says which process took the lock last.</summary>
    internal string OwnerPath => Path.Combine(Root, "owner");

    /// <summary>True when a run has written here before.</summary>
    public bool Exists => File.Exists(Node.Journal);

    /// <summary>What the aggregator of a part of the roster keeps: blobs and inbox; its log and key are the node's.</summary>
    public NodeDirectory Aggregator(int part) => new(Path.Combine(Root, "aggregators", part.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The parts that have a folder.</summary>
    public ImmutableArray<int> Aggregators() =>
        [.. DiskFileSystem.Instance.Directories(Path.Combine(Root, "aggregators")).Select(static path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out int part) ? part : 0).Where(static part => part > 0).Order()];

    /// <summary>What a simulated site keeps: its own journal, blobs and key.</summary>
    /// <exception cref="ArgumentException">The name is not fit for a folder.</exception>
    public NodeDirectory Site(string site) => new(Path.Combine(Root, "sites", RequireName(site, "site")));

    /// <summary>Names of the sites that have a folder, in ordinal order.</summary>
    public ImmutableArray<string> Sites() => [.. DiskFileSystem.Instance.Directories(Path.Combine(Root, "sites")).Select(Path.GetFileName).OfType<string>()];

    /// <summary>A job's outputs: report.json, report.html, model.safetensors.</summary>
    /// <exception cref="ArgumentException">The id is not fit for a folder.</exception>
    public string Job(string jobId) => Path.Combine(Root, "jobs", RequireName(jobId, "job"));

    /// <summary>The public keys of the node and of all sites by key id (<see cref="ISigner.KeyId"/>): SubjectPublicKeyInfo, DER.</summary>
    /// <exception cref="KeyFileException">A file holds no public key.</exception>
    public ImmutableDictionary<Digest, ReadOnlyMemory<byte>> PublicKeys() => Sites()
        .Select(Site).Prepend(Node)
        .Where(static node => File.Exists(node.PublicKey))
        .Select(static node => KeyFiles.ReadPublic(node.PublicKey))
        .DistinctBy(static key => Digest.Of(key))
        .ToImmutableDictionary(static key => Digest.Of(key), static key => new ReadOnlyMemory<byte>(key));

    /// <summary>Takes the right to write here until disposal; the operating system takes it back when the process ends, however it ends. Readers need no lock.</summary>
    /// <exception cref="DataDirectoryInUseException">Another process holds it.</exception>
    /// <exception cref="IOException">The folder cannot be created or written.</exception>
    public IDisposable Acquire() => DataDirectoryLock.Take(this);

    /// <summary>True for names that are safe as a folder on every system: 1 to 40 of the characters a-z A-Z 0-9 _ . -, not only dots.</summary>
    public static bool IsName(string name) => NamePattern.IsMatch(name) && name.Trim('.').Length > 0;

    private static string RequireName(string name, string what) => IsName(name)
        ? name
        : throw new ArgumentException($"'{name}' is no {what} name: use 1 to 40 of the characters a-z A-Z 0-9 _ . -, not only dots");

    [GeneratedRegex("^[a-zA-Z0-9_.-]{1,40}\\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex NamePattern { get; }
}
