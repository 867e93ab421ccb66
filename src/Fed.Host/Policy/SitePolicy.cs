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
/// <param name="jobs">Counts the jobs that are running here.</param>
/// <param name="rows">The site's training rows; null where they are not known.</param>
/// <param name="clock">The time.</param>
internal sealed class SitePolicy(string? file, string data, Func<TimeSpan, int> jobs, Func<long?> rows, TimeProvider clock) : ISitePolicy
{
    private static readonly TimeSpan MeasuredFor = TimeSpan.FromSeconds(10);

    private readonly SiteDecisions _decisions = new(data);
    private readonly Lock _gate = new();
    private (DateTimeOffset At, long Used, long Free, int Jobs)? _measured;

    /// <inheritdoc/>
    public PolicyNote Judge(JobPlan plan, Digest hash)
    {
        lock (_gate)
        {
            PolicyNote note = Read(plan, hash);
            if (note.Decision != PolicyDecision.Waiting)
            {
                _decisions.End(hash);
                return note;
            }

            if (_decisions.Wait(plan, hash, note.Reason, clock.GetUtcNow())) return note;
            return new PolicyNote(PolicyDecision.Refused, note.Rule, $"{SiteDecisions.PendingMax} jobs wait here already");
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

        PolicyNote note = PolicyJudge.Judge(policy, plan, hash, Standing(policy));
        return note is { Decision: PolicyDecision.Waiting, Rule: PolicyJudge.ApprovalRule } && decision is not null ? new PolicyNote(PolicyDecision.Allowed, PolicyJudge.ApprovalRule, $"approved by {told}") : note;
    }

    private SiteStanding Standing(PolicyOptions policy)
    {
        DateTimeOffset now = clock.GetUtcNow();
        if (_measured is not { } measured || now - measured.At >= MeasuredFor)
            _measured = measured = (now, policy.Disk.Quota is null ? 0 : BytesIn(data), BytesFreeAt(data), jobs(policy.Jobs.IdleAfter));
        return new SiteStanding(now, rows(), measured.Jobs, measured.Used, measured.Free);
    }

    private static long BytesIn(string folder) => Directory.Exists(folder)
        ? new DirectoryInfo(folder).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint }).Sum(static found => found.Length)
        : 0;

    private static long BytesFreeAt(string folder) => new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;

    /// <summary>The jobs of a site's journal that are running: approved, not said to be over, not at their last round, and heard of within some time.</summary>
    /// <param name="journal">The site's journal.</param>
    /// <param name="silo">The site.</param>
    /// <param name="idleAfter">A job of which nothing was journaled for so long does not count.</param>
    /// <param name="now">The time.</param>
    public static int JobsIn(IJournalReader journal, SiloId silo, TimeSpan idleAfter, DateTimeOffset now)
    {
        int running = 0;
        foreach (string log in journal.PersistenceIds().Where(log => log.StartsWith("silo/", StringComparison.Ordinal) && log.EndsWith($"/{silo}", StringComparison.Ordinal)))
        {
            SiloState state = SiloDecider.Initial;
            DateTimeOffset last = DateTimeOffset.MinValue;
            foreach (JournalEvent stored in journal.Read(log))
            {
                state = SiloDecider.Evolve(state, ProtocolSerializers.Silo.Read(stored.Tag, stored.Version, stored.Payload.Span));
                last = stored.At;
            }

            if (state is { Plan: { } plan, IsOver: false } && state.SettledRound < plan.Rounds && now - last < idleAfter) running++;
        }

        return running;
    }
}
