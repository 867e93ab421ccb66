using System.Collections.Immutable;
using System.Globalization;
using Fed.Cluster.Identity.Enrolment;
using Fed.Host.Commands;
using Fed.Host.Enrolment;
using Fed.Host.History;

namespace Fed.Host.Policy;

/// <summary>What a site's people do: the bodies of <c>fed site</c>.</summary>
internal static class SiteSteps
{
    private const int ShortestPrefix = 8;

    /// <summary>Lists the plans that wait.</summary>
    public static int Pending(string site, CommandContext context)
    {
        Table table = new("job", "plan", "since", "last asked", "waits for", "what");
        foreach (PendingPlan pending in Of(site).Pending(TimeProvider.System.GetUtcNow()))
            table.Add(pending.Job, pending.Plan.ToString(), Time(pending.Since), Time(pending.Asked), pending.Reason, $"{pending.Summary}, with {string.Join(", ", pending.Sites)}");
        return table.Write(context, "pending");
    }

    /// <summary>Puts a person's decision on record.</summary>
    public static int Decide(SiteDecideOptions options, bool isApproved, CommandContext context)
    {
        SiteDecisions decisions = Of(options.Site);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        PendingPlan plan = Find(decisions.Pending(now), options);
        PersonsDecision decision = new(plan.Job, plan.Plan, isApproved, options.By, options.Reason, now);
        decisions.Decide(decision);
        return Answer.Write(
            context, decision.ToJson(),
            $"{plan.Job} is {(isApproved ? "approved" : "refused")} by {options.By}: {plan.Summary}.",
            "The node takes it up with the job's next proposal, and journals it.");
    }

    private static PendingPlan Find(ImmutableArray<PendingPlan> pending, SiteDecideOptions options)
    {
        ImmutableArray<PendingPlan> found = [.. pending.Where(plan => plan.Job == options.Job || (options.Job.Length >= ShortestPrefix && plan.Plan.ToString().StartsWith(options.Job, StringComparison.OrdinalIgnoreCase)))];
        return found switch
        {
            [var plan] => plan,
            [] => throw new UserException($"no job '{options.Job}' waits at this site{(pending.IsEmpty ? "" : $"; there are {string.Join(", ", pending.Select(static plan => plan.Job))}")}; 'fed site pending' lists them"),
            _ => throw new UserException($"several plans of '{options.Job}' wait; name one by the beginning of its hash: {string.Join(", ", found.Select(static plan => plan.Plan.ToString()[..(ShortestPrefix * 2)]))}"),
        };
    }

    private static SiteDecisions Of(string site)
    {
        string data = new NodeFolder(site).Data;
        return Directory.Exists(data) ? new SiteDecisions(data) : throw new UserException($"'{site}' has no data folder: no node has run there; name the site's folder with --site");
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
