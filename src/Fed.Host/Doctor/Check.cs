namespace Fed.Host.Doctor;

/// <summary>What became of a check.</summary>
internal enum CheckResult
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>It works, and somebody should look at it.</summary>
    Warning,

    /// <summary>The node cannot work so.</summary>
    Failed,

    /// <summary>Not made, since another had failed before, or there is nothing to check.</summary>
    Skipped,
}

/// <summary>One check of a node and its surroundings.</summary>
/// <param name="Name">What was checked.</param>
/// <param name="Result">What became of it.</param>
/// <param name="Finding">What was found, without a full stop.</param>
/// <param name="Remedy">What to do; null where nothing is to be done.</param>
internal sealed record Check(string Name, CheckResult Result, string Finding, string? Remedy = null)
{
    public static Check Ok(string name, string finding) => new(name, CheckResult.Ok, finding);

    public static Check Warning(string name, string finding, string remedy) => new(name, CheckResult.Warning, finding, remedy);

    public static Check Failed(string name, string finding, string remedy) => new(name, CheckResult.Failed, finding, remedy);

    public static Check Skipped(string name, string finding) => new(name, CheckResult.Skipped, finding);
}
