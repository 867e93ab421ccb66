using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Shell;
using Fed.Cluster.Journals;
using Fed.Cluster.Journals.Sqlite;

namespace Fed.Host.History;

/// <summary>
/// Verifies a whole federation, a simulation's data directory or a cluster: every journal's hash chain; the coordinator's journal against the receipts that the sites keep, and theirs against those that it keeps; what each site tells of
/// its part, by its own journal or an export of it, against what the coordinator's journal says of it; the signature on every update that was summed; every stored blob that a committed round names; and the model file beside a finished
/// job's report.
/// </summary>
internal sealed class FederationAudit
{
    private const string Node = "node";

    private readonly AuditSources _sources;
    private readonly AuditTally _audit;
    private readonly IJournalReader _journal;
    private readonly HashSet<(string Job, string Site)> _heard = [];

    private FederationAudit(AuditSources sources, AuditTally audit) => (_sources, _audit, _journal) = (sources, audit, sources.Reader.Journal);

    /// <summary>Runs all checks. Works beside a running node.</summary>
    /// <param name="reader">The federation.</param>
    /// <param name="exports">What sites elsewhere have exported, each with its file's name.</param>
    public static AuditTally Of(NodeReader reader, IReadOnlyCollection<(string File, SiteStatement Statement)> exports)
    {
        AuditSources sources = AuditSources.Of(reader);
        AuditTally audit = new(sources.Keys);
        new FederationAudit(sources, audit).Run(exports);
        return audit;
    }

    private void Run(IReadOnlyCollection<(string File, SiteStatement Statement)> exports)
    {
        bool isReadable = _audit.Chains(Node, _journal);
        List<SignedHead> ofNode = [];
        ImmutableArray<JobHistory> jobs = isReadable ? _sources.Reader.Jobs() : [];
        ImmutableArray<AggregationEvent> collections = [.. jobs.SelectMany(job => job.AllCollections(_journal))];
        ILookup<string, SignedHead> ofSites = collections.OfType<AggregationEvent.UpdateAccepted>()
            .Where(static e => e.Head is not null).ToLookup(static e => e.Manifest.Silo.Value, static e => e.Head!, StringComparer.Ordinal);
        ILookup<string, SignedHead> ends = jobs.SelectMany(job => EndsOf(job)).ToLookup(static head => head.PersistenceId, StringComparer.Ordinal);
        List<(string Journal, SiteStatement Statement)> told = [];
        foreach ((string site, string journal) in _sources.Sites)
        {
            IEnumerable<SignedHead> ofSite = jobs.SelectMany(job => ends[FederationNodes.SiloLog(job.Id, new SiloId(site))]);
            told.AddRange(Site(site, journal, ofSites[site].Concat(ofSite)));
        }

        foreach ((string file, SiteStatement statement) in exports)
            if (Counts(file, statement, jobs)) told.Add(($"export of site {statement.Site}", statement));
        foreach ((_, SiteStatement statement) in told)
        {
            SignedHead[] receipts = [.. statement.Receipts.Select(static receipt => receipt.Head).OfType<SignedHead>()];
            ofNode.AddRange(receipts);
            _audit.Keeps(statement.Site, receipts);
        }

        ofNode.AddRange(jobs.SelectMany(job => JobHistory.NodeLogs(_journal, job.Id)).SelectMany(log => ends[log]));
        _audit.Compare(Node, _journal, ofNode);
        if (isReadable) Hear(told);
        foreach (JobHistory job in jobs)
        {
            CheckManifests(job);
            CheckModels(job);
            CheckBlobs(job);
            CheckPublished(job);
        }

        _audit.Unheard = [.. jobs.SelectMany(job => job.Plan.Silos.Select(site => (Job: job.Id.Value, Site: site.Value))).Where(pair => !_heard.Contains(pair))];
    }

    /// <summary>Holds what sites tell against the jobs as they are by now, since a cluster may have gone on while their journals were read.</summary>
    private void Hear(List<(string Journal, SiteStatement Statement)> told)
    {
        Dictionary<string, JobHistory> jobs = _sources.Reader.Jobs().ToDictionary(static job => job.Id.Value, StringComparer.Ordinal);
        foreach ((string journal, SiteStatement statement) in told)
        {
            bool isKnown = jobs.TryGetValue(statement.Job, out JobHistory? job);
            foreach (AuditFinding finding in isKnown ? StatementCheck.Compare(job!, statement) : Unknown(statement)) _audit.Add(journal, finding);
            if (!isKnown) continue;
            _heard.Add((statement.Job, statement.Site));
            _audit.Statements++;
        }
    }

    private static ImmutableArray<AuditFinding> Unknown(SiteStatement statement) => statement is { Plan: null, Signature: null } ? []
        : [new AuditFinding(AuditFault.TailMissing, FederationNodes.JobLog(new JobId(statement.Job)), 0, $"site '{statement.Site}' has worked for job {statement.Job}, which the journal does not have")];

    /// <summary>Whether an export counts as its site's own word: signed whole, with the key that the plan names for it, or, of a job that the journal does not have, with one that is known here. Of any other nothing is believed.</summary>
    private bool Counts(string file, SiteStatement statement, ImmutableArray<JobHistory> jobs)
    {
        string? fault = statement.Signature is { } own
            ? Stranger(statement, own.KeyId, jobs.FirstOrDefault(job => job.Id.Value == statement.Job)) ?? (statement.IsSigned(_audit) ? null : $"site '{statement.Site}' has not signed it so: it was changed since")
            : "it carries no signature";
        if (fault is not null) _audit.Add($"export of site {statement.Site}", new AuditFinding(AuditFault.SignatureInvalid, FederationNodes.SiloLog(new JobId(statement.Job), new SiloId(statement.Site)), 0, $"'{file}' proves nothing: {fault}; get it from the site again"));
        return fault is null;
    }

    /// <summary>Why a key is none of the site's that an export names; null where it is.</summary>
    private string? Stranger(SiteStatement statement, Digest key, JobHistory? job)
    {
        if (job is null) return _sources.SiteKeys.GetValueOrDefault(key) == statement.Site ? null : $"the key {key} that has signed it is not known as one of a site '{statement.Site}'";
        if (job.Plan.Roster.FirstOrDefault(entry => entry.Silo.Value == statement.Site) is not { } entry) return $"job {statement.Job} has no site '{statement.Site}'";
        return entry.KeyId == key ? null : $"it is signed by the key {key}, and the plan names {entry.KeyId} for site '{statement.Site}'";
    }

    /// <summary>The signed ends that a finished job left beside its report; a job that looks unfinished though it has a report has lost the end of its log.</summary>
    private ImmutableArray<SignedHead> EndsOf(JobHistory job)
    {
        string directory = _sources.Job(job.Id);
        bool hasReport = _sources.HasHeads && File.Exists(Path.Combine(directory, "report.json"));
        ImmutableArray<SignedHead>? ends = _sources.HasHeads ? HeadsFile.Read(directory) : [];
        if (hasReport && ends is null) Add(new AuditFinding(AuditFault.TailMissing, FederationNodes.JobLog(job.Id), 0, $"job {job.Id} has a report, but {HeadsFile.Name} beside it is missing or damaged"));
        int committed = job.Rounds.IsEmpty ? -1 : job.Rounds[^1].Committed.Round;
        if (IsBehind(job, committed) && IsBehind(JobHistory.Read(_journal, job.Id) ?? job, committed))   // a job that is running may have gone on between its two logs
            Add(new AuditFinding(AuditFault.TailMissing, FederationNodes.JobLog(job.Id), 0, $"the job's own log ends at round {job.State.Round}, and round {committed} is committed: events were cut off"));
        return ends ?? [];
    }

    private static bool IsBehind(JobHistory job, int committed) => job.HasEnded ? job.State.Phase == JobPhase.Completed && job.State.Round != committed : committed > job.State.Round + 1;

    /// <summary>Verifies a site's journal, and reads what it tells of its jobs.</summary>
    private ImmutableArray<(string Journal, SiteStatement Statement)> Site(string site, string path, IEnumerable<SignedHead> heads)
    {
        string name = "site " + site;
        if (!File.Exists(path))
        {
            _audit.Add(name, new AuditFinding(AuditFault.Unreadable, "", 0, $"the journal of site '{site}' is missing"));
            return [];
        }

        IJournalReader journal;
        try
        {
            journal = SqliteJournal.OpenReadOnly(path);
        }
        catch (Exception e) when (e is JournalFormatException or IOException)
        {
            _audit.Add(name, new AuditFinding(AuditFault.Unreadable, "", 0, e.Message));
            return [];
        }

        using IDisposable? hold = journal as IDisposable;
        bool isReadable = _audit.Chains(name, journal);
        _audit.Compare(name, journal, heads);
        if (!isReadable) return [];
        return [.. journal.PersistenceIds().Select(static log => log.Split('/')).Where(static log => log is ["silo", _, _]).Select(log => (name, SiteStatement.Of(site, log[1], SiteStatement.Read(journal, string.Join('/', log)))))];
    }

    private void CheckManifests(JobHistory job)
    {
        ImmutableSortedDictionary<SiloId, Digest> roster = job.Plan.Roster.ToImmutableSortedDictionary(static entry => entry.Silo, static entry => entry.KeyId);
        foreach (SumRecord sum in job.Rounds.SelectMany(static round => round.Committed.Sums))
        {
            foreach (UpdateManifest manifest in sum.Contributions)
            {
                _audit.Manifests++;
                bool isSigned = roster.TryGetValue(manifest.Silo, out Digest keyId) && _audit.IsSigned(keyId, UpdateManifest.Purpose, manifest.SignedContent(), manifest.Signature.Span);
                if (!isSigned) Add(new AuditFinding(AuditFault.SignatureInvalid, FederationNodes.RoundLog(job.Id), 0, $"round {manifest.Round}: the update of '{manifest.Silo}' to '{manifest.Sum}' does not carry its site's signature"));
            }
        }
    }

    private void CheckModels(JobHistory job)
    {
        Dictionary<int, CommittedRound> rounds = job.Rounds.ToDictionary(static round => round.Committed.Round);
        foreach (JobEvent.RoundRecorded recorded in job.JobEvents.OfType<JobEvent.RoundRecorded>())
        {
            bool agrees = rounds.TryGetValue(recorded.Round, out CommittedRound? round) && round.Committed.Step.State == recorded.State;
            if (!agrees) Add(new AuditFinding(AuditFault.HistoryRewritten, FederationNodes.JobLog(job.Id), 0, $"round {recorded.Round}: the job recorded another outcome than the coordinator committed"));
        }
    }

    private void CheckBlobs(JobHistory job)
    {
        NodeBlobs blobs = _sources.Reader.Blobs();
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
                if (!_sources.HasContributions || !IsRetained(number, job)) continue;
                foreach (UpdateManifest manifest in sum.Contributions)
                    if (Check(blobs, manifest.Hash, $"round {number}: the stored update of site '{manifest.Silo}' to '{name}'") is { } finding) contributions.Add((number, finding));
            }
        }

        if (contributions.Count == 0) return;
        JobHistory now = JobHistory.Read(_journal, job.Id) ?? job;   // a job that is running may have let go of some while we looked
        foreach ((int round, string finding) in contributions)
            if (IsRetained(round, now)) AddDamage(job, finding);
    }

    private void CheckPublished(JobHistory job)
    {
        string directory = _sources.Job(job.Id);
        if (job.Rounds.IsEmpty || !File.Exists(Path.Combine(directory, "report.json"))) return;
        NodeBlobs blobs = _sources.Reader.Blobs();
        if (blobs.Verify(job.Rounds[^1].Committed.Step.State) is not null) return;   // found already, and nothing to compare with
        if (PublishedModel.Finding(job, blobs, directory) is { } finding) Add(new AuditFinding(AuditFault.ModelDamaged, FederationNodes.RoundLog(job.Id), 0, finding));
    }

    private static bool IsRetained(int round, JobHistory job) =>
        job.Plan.RetainContributions == int.MaxValue || round > job.Rounds[^1].Committed.Round - job.Plan.RetainContributions;

    private string? Check(NodeBlobs blobs, Digest hash, string what)
    {
        _audit.Blobs++;
        return blobs.Verify(hash) is { } finding ? $"{what}: {finding}" : null;
    }

    private void AddDamage(JobHistory job, string finding) => Add(new AuditFinding(AuditFault.BlobDamaged, FederationNodes.RoundLog(job.Id), 0, finding));

    private void Add(AuditFinding finding) => _audit.Add(Node, finding);
}
