using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Host.Export;
using Fed.Learning.Program;

namespace Fed.Host.Policy;

/// <summary>
/// Where a site's node and the people of the site speak with each other about jobs: <c>policy/pending/HASH.json</c> for each plan that waits, and <c>policy/decisions/HASH.json</c> for each that a person has decided. A decision is for
/// one plan's hash: the same job with another plan is asked about again. Files are written whole or not at all; no lock is needed.
/// </summary>
/// <param name="data">The site's data folder.</param>
internal sealed class SiteDecisions(string data)
{
    /// <summary>Plans that may wait; a coordinator cannot fill the disk.</summary>
    public const int PendingMax = 100;

    /// <summary>
    /// How long a plan waits that nobody asks about: its job repeats the proposal every few seconds, so one that has said nothing for an hour has ended or lost its coordinator, and an outage of less takes it off no list. One that is proposed again
    /// later waits anew.
    /// </summary>
    public static readonly TimeSpan WaitsFor = TimeSpan.FromHours(1);

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    /// <summary>Plans that wait, the oldest first. Files that nobody can read are left out.</summary>
    public ImmutableArray<PendingPlan> Pending(DateTimeOffset now) => [.. Noted().Where(pending => Waits(pending, now)).OrderBy(static pending => pending.Since)];

    /// <summary>What people have decided, the oldest first.</summary>
    public ImmutableArray<PersonsDecision> Decisions() => [.. Read("decisions", PersonsDecision.From).OrderBy(static decision => decision.At)];

    /// <summary>What a person has decided of a plan; null for nothing.</summary>
    public PersonsDecision? Of(Digest hash) => ReadOne(PathOf("decisions", hash), PersonsDecision.From) is { } decision && decision.Plan == hash ? decision : null;

    /// <summary>Puts a person's decision on record, where the node finds it with the job's next proposal; the plan waits no longer.</summary>
    public void Decide(PersonsDecision decision)
    {
        AtomicFile.WriteText(PathOf("decisions", decision.Plan), decision.ToJson().ToJsonString(Readable) + "\n");
        End(decision.Plan);
    }

    /// <summary>Notes that a plan waits. Those that nobody asks about any more make room.</summary>
    /// <returns>False where too many wait.</returns>
    public bool Wait(JobPlan plan, Digest hash, string reason, DateTimeOffset now)
    {
        string path = PathOf("pending", hash);
        PendingPlan? known = ReadOne(path, PendingPlan.From) is { } noted && Waits(noted, now) ? noted : null;
        if (known is null && !MakeRoom(now)) return false;
        if (known is not null && known.Reason == reason && now - known.Asked < TimeSpan.FromSeconds(30)) return true;   // not a write for each of the job's repetitions
        AtomicFile.WriteText(path, PendingPlan.Of(plan, hash, reason, known?.Since ?? now, now).ToJson().ToJsonString(Readable) + "\n");
        return true;
    }

    /// <summary>Notes that a plan waits no longer.</summary>
    public void End(Digest hash)
    {
        string path = PathOf("pending", hash);
        if (File.Exists(path)) File.Delete(path);
    }

    /// <summary>Notes that a job is over: none of its plans waits any longer.</summary>
    public void End(JobId job)
    {
        foreach (PendingPlan pending in Noted().Where(pending => pending.Job == job.Value)) End(pending.Plan);
    }

    private bool MakeRoom(DateTimeOffset now)
    {
        int waiting = 0;
        foreach (PendingPlan pending in Noted())
        {
            if (Waits(pending, now)) waiting++;
            else End(pending.Plan);
        }

        return waiting < PendingMax;
    }

    private static bool Waits(PendingPlan pending, DateTimeOffset now) => now - pending.Asked < WaitsFor;

    private IEnumerable<PendingPlan> Noted() => Read("pending", PendingPlan.From);

    private string FolderOf(string kind) => Path.Combine(data, "policy", kind);

    private string PathOf(string kind, Digest hash) => Path.Combine(FolderOf(kind), $"{hash}.json");

    private IEnumerable<T> Read<T>(string kind, Func<JsonNode, T> from) where T : class =>
        Directory.Exists(FolderOf(kind)) ? Directory.EnumerateFiles(FolderOf(kind), "*.json").Order(StringComparer.Ordinal).Select(path => ReadOne(path, from)).OfType<T>() : [];

    private static T? ReadOne<T>(string path, Func<JsonNode, T> from) where T : class
    {
        try
        {
            return File.Exists(path) && JsonNode.Parse(File.ReadAllText(path)) is { } node ? from(node) : null;
        }
        catch (Exception damaged) when (damaged is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or IOException)
        {
            return null;   // somebody's own file; the person decides again
        }
    }
}

/// <summary>A plan that waits for a person, or for another job's end.</summary>
/// <param name="Job">The job.</param>
/// <param name="Plan">The plan's hash.</param>
/// <param name="Summary">What it wants, in one sentence.</param>
/// <param name="Sites">Who takes part.</param>
/// <param name="Reason">Why it waits.</param>
/// <param name="Since">When it came first.</param>
/// <param name="Asked">When it was proposed last, give or take half a minute.</param>
internal sealed record PendingPlan(string Job, Digest Plan, string Summary, ImmutableArray<string> Sites, string Reason, DateTimeOffset Since, DateTimeOffset Asked)
{
    public static PendingPlan Of(JobPlan plan, Digest hash, string reason, DateTimeOffset since, DateTimeOffset asked)
    {
        LearningPlan? learning = PolicyJudge.LearningOf(plan);
        string program = learning is null ? "a program that this site cannot read" : $"{learning.ModelName} by {learning.Algorithm.Algorithm}";
        string colluding = (plan.Ckks?.Colluding ?? plan.SecAgg?.Colluding) is { } c ? $" (c = {c})" : "";
        long values = plan.StartSums.Concat(plan.RoundSums).Max(static sum => (long)sum.ToSchema().Length);
        string summary = string.Create(CultureInfo.InvariantCulture, $"'{plan.Name}': {program}, {plan.Protection}{colluding}, {plan.Rounds} rounds, vectors of up to {values} values");
        return new PendingPlan(plan.Job.Value, hash, summary, [.. plan.Silos.Select(static silo => silo.Value)], reason, since, asked);
    }

    public static PendingPlan From(JsonNode node) => new(
        (string)node["job"]!, Digest.Parse((string)node["plan"]!), (string)node["summary"]!, [.. node["sites"]!.AsArray().Select(static site => (string)site!)], (string)node["reason"]!,
        (DateTimeOffset)node["since"]!, (DateTimeOffset)node["asked"]!);

    public JsonObject ToJson() => new()
    {
        ["job"] = Job, ["plan"] = Plan.ToString(), ["summary"] = Summary, ["sites"] = new JsonArray([.. Sites.Select(static site => (JsonNode)site)]), ["reason"] = Reason, ["since"] = Since, ["asked"] = Asked,
    };
}

/// <summary>What a person has decided of a plan.</summary>
/// <param name="Job">The job.</param>
/// <param name="Plan">The plan's hash.</param>
/// <param name="IsApproved">Yes or no.</param>
/// <param name="By">Who.</param>
/// <param name="Reason">Why; null for nothing said.</param>
/// <param name="At">When.</param>
internal sealed record PersonsDecision(string Job, Digest Plan, bool IsApproved, string By, string? Reason, DateTimeOffset At)
{
    public static PersonsDecision From(JsonNode node) => new(
        (string)node["job"]!, Digest.Parse((string)node["plan"]!), (bool)node["approved"]!, (string)node["by"]!, (string?)node["reason"], (DateTimeOffset)node["at"]!);

    public JsonObject ToJson() => new() { ["job"] = Job, ["plan"] = Plan.ToString(), ["approved"] = IsApproved, ["by"] = By, ["reason"] = Reason, ["at"] = At };
}
