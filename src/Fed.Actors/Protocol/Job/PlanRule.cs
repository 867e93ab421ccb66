namespace Fed.Actors.Protocol.Job;

/// <summary>One thing that must hold together in a plan.</summary>
/// <param name="Name">By which documentation and refusals know it.</param>
/// <param name="Check">The reason why a plan breaks the rule; null where it keeps it. May assume that the rules before it are kept.</param>
/// <param name="Advice">What would help outside the plan; null for nothing.</param>
public sealed record PlanRule(string Name, Func<JobPlan, string?> Check, string? Advice = null);
