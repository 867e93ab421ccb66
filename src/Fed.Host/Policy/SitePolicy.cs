using System.Globalization;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;

namespace Fed.Host.Policy;

/// <summary>
/// A site's policy at work: its file, read anew for each judgement so that an edit counts at once, how the site stands, and what people have decided. A file that cannot be read lets nothing pass, and the job waits. Thread-safe.
/// </summary>
/// <param name="file">The policy file; null for a site without one, where no job passes.</param>
/// <param name="data">The site's data folder.</param>
/// <param name="jobs">What is on record of jobs here; one of which nothing was journaled for so long takes no place.</param>
/// <param name="rows">The site's training rows; null where they are not known.</param>
/// <param name="clock">The time.</param>
internal sealed class SitePolicy(string? file, string data, Func<TimeSpan, JobsOnRecord> jobs, Func<long?> rows, TimeProvider clock) : ISitePolicy
{
    private static readonly TimeSpan MeasuredFor = TimeSpan.FromSeconds(10);

    private readonly SiteDecisions _decisions = new(data);
    private readonly Lock _gate = new();
    private readonly Dictionary<JobId, DateTimeOffset> _allowed = [];   // by this process: approvals that are on their way to the journal
    private (DateTimeOffset At, long Used, long Free)? _measured;

    /// <inheritdoc/>
    public PolicyNote Judge(JobPlan plan, Digest hash)
    {
        lock (_gate)
        {
            PolicyNote note = Read(plan, hash);
            if (note.Decision == PolicyDecision.Allowed) _allowed[plan.Job] = clock.GetUtcNow();
            if (note.Decision != PolicyDecision.Waiting)
            {
                _decisions.End(hash);
                return note;
            }

            if (_decisions.Wait(plan, hash, note.Reason, clock.GetUtcNow())) return note;
            return new PolicyNote(PolicyDecision.Refused, note.Rule, $"{SiteDecisions.PendingMax} jobs wait here already");
        }
    }

    /// <summary>A job is over, decided or not: nothing of it waits here any longer.</summary>
    public void End(JobId job)
    {
        lock (_gate)
        {
            _allowed.Remove(job);
            _decisions.End(job);
        }
    }

    private PolicyNote Read(JobPlan plan, Digest hash)
    {
        PersonsDecision? decision = _decisions.Of(hash);
        string told = decision is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{decision.By} at {decision.At.UtcDateTime:yyyy-MM-dd HH:mm} UTC{(decision.Reason is { } why ? $": {why}" : "")}");
        if (decision is { IsApproved: false }) return new PolicyNote(PolicyDecision.Refused, "approval", $"refused by {told}");
        PolicyOptions policy;
        try
        {
            policy = file is null ? PolicyFile.None : PolicyFile.Load(file);
        }
        catch (Exception damaged) when (damaged is UserException or IOException or UnauthorizedAccessException)
        {
            return new PolicyNote(PolicyDecision.Waiting, "policy", $"the site's policy cannot be read: {damaged.Message}");
        }

        PolicyNote note = PolicyJudge.Judge(policy, plan, hash, Standing(policy, plan.Job));
        return note is { Decision: PolicyDecision.Waiting, Rule: PolicyJudge.ApprovalRule } && decision is not null ? new PolicyNote(PolicyDecision.Allowed, PolicyJudge.ApprovalRule, $"approved by {told}") : note;
    }

    private SiteStanding Standing(PolicyOptions policy, JobId asked)
    {
        DateTimeOffset now = clock.GetUtcNow();
        if (_measured is not { } measured || now - measured.At >= MeasuredFor)
            _measured = measured = (now, policy.Disk.Quota is null ? 0 : BytesIn(data), BytesFreeAt(data));
        return new SiteStanding(now, rows(), Others(asked, jobs(policy.Jobs.IdleAfter), now - policy.Jobs.IdleAfter), measured.Used, measured.Free);
    }

    /// <summary>How many other jobs have a place here, those that were allowed a moment ago among them: two proposals may come at one instant.</summary>
    private int Others(JobId asked, JobsOnRecord record, DateTimeOffset idleSince)
    {
        foreach ((JobId job, DateTimeOffset at) in _allowed.ToArray())
            if (record.Decided.Contains(job) || at <= idleSince) _allowed.Remove(job);
        return record.Running.Union(_allowed.Keys).Remove(asked).Count;
    }

    private static long BytesIn(string folder) => Directory.Exists(folder)
        ? new DirectoryInfo(folder).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint }).Sum(static found => found.Length)
        : 0;

    private static long BytesFreeAt(string folder) => new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
}
