using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Fed.Actors.Shell;
using Fed.Cluster.Identity;
using Fed.Cluster.Journals;
using Fed.Cluster.Stores;

namespace Fed.Host.History;

/// <summary>
/// Verifies a whole data directory: every journal's hash chain; the node's journal against the receipts that the sites keep, and theirs against those that the node keeps;
/// the signature on every update that was summed; every stored blob that a committed round names; and the model file beside a finished job's report.
/// </summary>
internal sealed class FederationAudit
{
    private readonly ImmutableArray<(string Journal, AuditFinding Finding)>.Builder _findings = ImmutableArray.CreateBuilder<(string, AuditFinding)>();
    private readonly ImmutableDictionary<Digest, ReadOnlyMemory<byte>> _keys;
    private readonly List<(string Site, SignedHead Head)> _newest = [];

    private FederationAudit(ImmutableDictionary<Digest, ReadOnlyMemory<byte>> keys) => _keys = keys;

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
    public int Manifests { get; private set; }

    /// <summary>Blobs whose bytes were hashed again.</summary>
    public int Blobs { get; private set; }

    /// <summary>The newest receipt that each site keeps of each coordinator's log.</summary>
    public IReadOnlyCollection<(string Site, SignedHead Head)> Newest => _newest;

    /// <summary>Runs all checks. Works beside a running node.</summary>
    public static FederationAudit Of(NodeReader reader)
    {
        FederationAudit audit = new(reader.Data.PublicKeys());
        bool isReadable = audit.Chains("node", reader.Journal);
        List<SignedHead> ofNode = [];
        ImmutableArray<JobHistory> jobs = isReadable ? reader.Jobs() : [];
        ImmutableArray<AggregationEvent> collections = [.. jobs.SelectMany(job => job.AllCollections(reader.Journal))];
        ILookup<string, SignedHead> ofSites = collections.OfType<AggregationEvent.UpdateAccepted>()
            .Where(static e => e.Head is not null).ToLookup(static e => e.Manifest.Silo.Value, static e => e.Head!, StringComparer.Ordinal);
        ILookup<string, SignedHead> ends = jobs.SelectMany(job => audit.EndsOf(job, reader.Data)).ToLookup(static head => head.PersistenceId, StringComparer.Ordinal);
        foreach (string site in reader.Data.Sites())
        {
            IEnumerable<SignedHead> ofSite = jobs.SelectMany(job => ends[FederationNodes.SiloLog(job.Id, new SiloId(site))]);
            audit.Site(reader.Data.Site(site), site, ofSites[site].Concat(ofSite), ofNode);
        }

        ofNode.AddRange(jobs.SelectMany(job => JobHistory.NodeLogs(reader.Journal, job.Id)).SelectMany(log => ends[log]));
        audit.Compare("node", reader.Journal, ofNode);
        foreach (JobHistory job in jobs)
        {
            audit.CheckManifests(job);
            audit.CheckModels(job);
            audit.CheckBlobs(job, reader);
            audit.CheckPublished(job, reader);
        }

        return audit;
    }

    /// <summary>The signed ends that a finished job left beside its report; a job that looks unfinished though it has a report has lost the end of its log.</summary>
    private ImmutableArray<SignedHead> EndsOf(JobHistory job, DataDirectory data)
    {
        string directory = data.Job(job.Id.Value);
        bool hasReport = File.Exists(Path.Combine(directory, "report.json"));
        ImmutableArray<SignedHead>? ends = HeadsFile.Read(directory);
        if (hasReport && ends is null) Add("node", new AuditFinding(AuditFault.TailMissing, FederationNodes.JobLog(job.Id), 0, $"job {job.Id} has a report, but {HeadsFile.Name} beside it is missing or damaged"));
        int committed = job.Rounds.IsEmpty ? -1 : job.Rounds[^1].Committed.Round;
        bool isBehind = job.HasEnded ? job.State.Phase == JobPhase.Completed && job.State.Round != committed : committed > job.State.Round + 1;
        if (isBehind) Add("node", new AuditFinding(AuditFault.TailMissing, FederationNodes.JobLog(job.Id), 0, $"the job's own log ends at round {job.State.Round}, and round {committed} is committed: events were cut off"));
        return ends ?? [];
    }

    private bool Chains(string name, IJournalReader journal)
    {
        AuditReport report = JournalAudit.VerifyChains(journal, ProtocolSerializers.NewestVersion);
        Journals++;
        Logs += report.Logs.Length;
        Events += report.Logs.Sum(static log => log.Events);
        foreach (AuditFinding finding in report.Findings) Add(name, finding);
        return !report.Findings.Any(static finding => finding.Fault is AuditFault.Unreadable or AuditFault.NewerVersion or AuditFault.EventChanged);
    }

    private void Site(NodeDirectory directory, string site, IEnumerable<SignedHead> heads, List<SignedHead> ofNode)
    {
        string name = "site " + site;
        if (!File.Exists(directory.Journal))
        {
            Add(name, new AuditFinding(AuditFault.Unreadable, "", 0, $"the journal of site '{site}' is missing"));
            return;
        }

        IJournalReader journal;
        try
        {
            journal = Fed.Cluster.Journals.Sqlite.SqliteJournal.OpenReadOnly(directory.Journal);
        }
        catch (Exception e) when (e is JournalFormatException or IOException)
        {
            Add(name, new AuditFinding(AuditFault.Unreadable, "", 0, e.Message));
            return;
        }

        using IDisposable? hold = journal as IDisposable;
        bool isReadable = Chains(name, journal);
        Compare(name, journal, heads);
        if (!isReadable) return;
        foreach (string log in journal.PersistenceIds())
        {
            ImmutableArray<SignedHead> receipts = [.. JobHistory.EventsOf(journal, log, ProtocolSerializers.Silo).OfType<SiloEvent.RoundSettled>().Select(static e => e.Head).OfType<SignedHead>()];
            ofNode.AddRange(receipts);
            if (!receipts.IsEmpty) _newest.Add((site, receipts.MaxBy(static head => head.Sequence)!));
        }
    }

    private void Compare(string name, IJournalReader journal, IEnumerable<SignedHead> heads)
    {
        ImmutableArray<SignedHead> receipts = [.. heads];
        Receipts += receipts.Length;
        using LocalSigner verifier = LocalSigner.CreateEphemeral();
        foreach (AuditFinding finding in JournalAudit.VerifyReceipts(journal, receipts, verifier, _keys)) Add(name, finding);
    }

    private void CheckManifests(JobHistory job)
    {
        using LocalSigner verifier = LocalSigner.CreateEphemeral();
        ImmutableSortedDictionary<SiloId, Digest> roster = job.Plan.Roster.ToImmutableSortedDictionary(static entry => entry.Silo, static entry => entry.KeyId);
        foreach (SumRecord sum in job.Rounds.SelectMany(static round => round.Committed.Sums))
        {
            foreach (UpdateManifest manifest in sum.Contributions)
            {
                Manifests++;
                bool isSigned = roster.TryGetValue(manifest.Silo, out Digest keyId) && _keys.TryGetValue(keyId, out ReadOnlyMemory<byte> key)
                    && verifier.Verify(UpdateManifest.Purpose, manifest.SignedContent(), manifest.Signature.Span, key.Span);
                if (!isSigned) Add("node", new AuditFinding(AuditFault.SignatureInvalid, FederationNodes.RoundLog(job.Id), 0, $"round {manifest.Round}: the update of '{manifest.Silo}' to '{manifest.Sum}' does not carry its site's signature"));
            }
        }
    }

    private void CheckModels(JobHistory job)
    {
        Dictionary<int, CommittedRound> rounds = job.Rounds.ToDictionary(static round => round.Committed.Round);
        foreach (JobEvent.RoundRecorded recorded in job.JobEvents.OfType<JobEvent.RoundRecorded>())
        {
            bool agrees = rounds.TryGetValue(recorded.Round, out CommittedRound? round) && round.Committed.Step.State == recorded.State;
            if (!agrees) Add("node", new AuditFinding(AuditFault.HistoryRewritten, FederationNodes.JobLog(job.Id), 0, $"round {recorded.Round}: the job recorded another outcome than the coordinator committed"));
        }
    }

    private void CheckBlobs(JobHistory job, NodeReader reader)
    {
        NodeBlobs blobs = reader.Blobs();
        List<(int Round, string Finding)> contributions = [];
        foreach (CommittedRound round in job.Rounds)
        {
            int number = round.Committed.Round;
            foreach (SumRecord sum in round.Committed.Sums)
            {
                string name = sum.Collection.Sum;
                string?[] findings =
                [
                    Check(blobs, sum.Base, $"round {number}: the server state before '{name}'"),
                    Check(blobs, sum.Opened, $"round {number}: the opened sum of '{name}'"),
                    Check(blobs, sum.Step.State, $"round {number}: the server state after '{name}'"),
                ];
                foreach (string finding in findings.OfType<string>()) AddDamage(job, finding);
                if (!IsRetained(number, job)) continue;
                foreach (UpdateManifest manifest in sum.Contributions)
                    if (Check(blobs, manifest.Hash, $"round {number}: the stored update of site '{manifest.Silo}' to '{name}'") is { } finding) contributions.Add((number, finding));
            }
        }

        if (contributions.Count == 0) return;
        JobHistory now = JobHistory.Read(reader.Journal, job.Id) ?? job;   // a job that is running may have let go of some while we looked
        foreach ((int round, string finding) in contributions)
            if (IsRetained(round, now)) AddDamage(job, finding);
    }

    private void CheckPublished(JobHistory job, NodeReader reader)
    {
        string directory = reader.Data.Job(job.Id.Value);
        if (job.Rounds.IsEmpty || !File.Exists(Path.Combine(directory, "report.json"))) return;
        NodeBlobs blobs = reader.Blobs();
        if (blobs.Verify(job.Rounds[^1].Committed.Step.State) is not null) return;   // found already, and nothing to compare with
        if (PublishedModel.Finding(job, blobs, directory) is { } finding) Add("node", new AuditFinding(AuditFault.ModelDamaged, FederationNodes.RoundLog(job.Id), 0, finding));
    }

    private static bool IsRetained(int round, JobHistory job) =>
        job.Plan.RetainContributions == int.MaxValue || round > job.Rounds[^1].Committed.Round - job.Plan.RetainContributions;

    private string? Check(NodeBlobs blobs, Digest hash, string what)
    {
        Blobs++;
        return blobs.Verify(hash) is { } finding ? $"{what}: {finding}" : null;
    }

    private void AddDamage(JobHistory job, string finding) => Add("node", new AuditFinding(AuditFault.BlobDamaged, FederationNodes.RoundLog(job.Id), 0, finding));

    private void Add(string journal, AuditFinding finding) => _findings.Add((journal, finding));
}
