namespace Fed.Actors.Protocol.Job;

/// <summary>Why a plan cannot hold, and the nearest one that would.</summary>
/// <param name="Rule">Name of the rule that it breaks, as docs/protection.md lists it.</param>
/// <param name="Reason">What does not hold together, with the numbers.</param>
/// <param name="Advice">What would help outside the plan, such as more sites; null for nothing.</param>
/// <param name="Nearest">The plan with as little changed as makes it hold; null where no change does.</param>
/// <param name="Changes">What is changed, as settings of the <c>job</c> block; empty where there is no such plan.</param>
public sealed record PlanRefusal(string Rule, string Reason, string? Advice, JobPlan? Nearest, ImmutableArray<string> Changes)
{
    /// <summary>One sentence: the reason, and what to do.</summary>
    public string Sentence => string.Join("; ", new[] { Reason, Remedy }.OfType<string>());

    private string? Remedy => (Advice, Changes.IsEmpty) switch
    {
        (null, true) => null,
        (null, false) => Settings,
        ({ } advice, true) => advice,
        ({ } advice, false) => $"{advice}, or {Settings}",
    };

    private string Settings => $"set {string.Join(", ", Changes)}";
}
