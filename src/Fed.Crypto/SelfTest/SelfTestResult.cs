namespace Fed.Crypto.SelfTest;

/// <summary>How one check of the self-test went.</summary>
/// <param name="Name">What was checked, against whose answer.</param>
/// <param name="Fault">What is wrong, or null when the check passed.</param>
public sealed record SelfTestResult(string Name, string? Fault)
{
    /// <summary>Whether the check passed.</summary>
    public bool IsPassed => Fault is null;
}
