using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Cluster.Identity;
using Fed.Cluster.Journals;

namespace Fed.Host.History;

/// <summary>What an audit has looked at, and what it has found.</summary>
/// <param name="keys">Public keys (SubjectPublicKeyInfo, DER) by key id: nobody else's signature counts.</param>
internal sealed class AuditTally(IReadOnlyDictionary<Digest, ReadOnlyMemory<byte>> keys) : IDisposable
{
    private readonly ImmutableArray<(string Journal, AuditFinding Finding)>.Builder _findings = ImmutableArray.CreateBuilder<(string, AuditFinding)>();
    private readonly List<(string Site, SignedHead Head)> _newest = [];
    private readonly LocalSigner _verifier = LocalSigner.CreateEphemeral();

    /// <summary>What is wrong, and in which journal.</summary>
    public ImmutableArray<(string Journal, AuditFinding Finding)> Findings => _findings.ToImmutable();

    /// <summary>Journals that were read.</summary>
    public int Journals { get; private set; }

    /// <summary>Logs in them.</summary>
    public int Logs { get; private set; }

    /// <summary>Events in them.</summary>
    public long Events { get; private set; }

    /// <summary>Signed heads that were compared.</summary>
    public int Receipts { get; private set; }

    /// <summary>Signed manifests that were checked.</summary>
    public int Manifests { get; set; }

    /// <summary>Blobs whose bytes were hashed again.</summary>
    public int Blobs { get; set; }

    /// <summary>Statements of sites, from their journals here or from what they have exported, that were held against the coordinator's journal.</summary>
    public int Statements { get; set; }

    /// <summary>The newest receipt that each site keeps of each coordinator's log.</summary>
    public IReadOnlyCollection<(string Site, SignedHead Head)> Newest => _newest;

    /// <summary>Jobs and sites of whose part in them nothing is here: their exports would tell.</summary>
    public ImmutableSortedSet<(string Job, string Site)> Unheard { get; set; } = [];

    /// <summary>Notes a finding.</summary>
    public void Add(string journal, AuditFinding finding) => _findings.Add((journal, finding));

    /// <summary>Verifies the chains of a journal; false where what it says cannot be read on.</summary>
    public bool Chains(string name, IJournalReader journal)
    {
        AuditReport report = JournalAudit.VerifyChains(journal, ProtocolSerializers.NewestVersion);
        Journals++;
        Logs += report.Logs.Length;
        Events += report.Logs.Sum(static log => log.Events);
        foreach (AuditFinding finding in report.Findings) Add(name, finding);
        return !report.Findings.Any(static finding => finding.Fault is AuditFault.Unreadable or AuditFault.NewerVersion or AuditFault.EventChanged);
    }

    /// <summary>Holds a journal against signed heads of its logs.</summary>
    public void Compare(string name, IJournalReader journal, IEnumerable<SignedHead> heads)
    {
        ImmutableArray<SignedHead> receipts = [.. heads];
        Receipts += receipts.Length;
        foreach (AuditFinding finding in JournalAudit.VerifyReceipts(journal, receipts, _verifier, keys)) Add(name, finding);
    }

    /// <summary>Notes signed heads that were looked at.</summary>
    public void Count(int receipts) => Receipts += receipts;

    /// <summary>Whether a signature is that of a key that counts.</summary>
    public bool IsSigned(Digest keyId, string purpose, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature) =>
        keys.TryGetValue(keyId, out ReadOnlyMemory<byte> key) && Digest.Of(key.Span) == keyId && _verifier.Verify(purpose, content, signature, key.Span);

    /// <summary>Notes the receipts that a site keeps of a coordinator's log.</summary>
    public void Keeps(string site, IReadOnlyCollection<SignedHead> receipts)
    {
        if (receipts.Count > 0) _newest.Add((site, receipts.MaxBy(static head => head.Sequence)!));
    }

    /// <inheritdoc/>
    public void Dispose() => _verifier.Dispose();
}
