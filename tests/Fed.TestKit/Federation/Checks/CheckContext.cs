using System.Runtime.CompilerServices;

namespace Fed.TestKit.Federation.Checks;

/// <summary>
/// What all checks share. A promise that is broken inside an actor's turn would be taken for the actor's failure, so the first one found is kept and thrown behind the step.
/// </summary>
internal sealed class CheckContext(FederationScenario scenario, FederationTrace trace)
{
    private FederationViolationException? _found;

    public FederationTrace Trace => trace;

    /// <summary>A promise must be kept.</summary>
    /// <exception cref="FederationViolationException">The promise is broken.</exception>
    public void Require(FederationCheck check, bool isKept, [InterpolatedStringHandlerArgument(nameof(isKept))] CheckMessage message)
    {
        if (!isKept) throw Violation(check, message.ToString());
    }

    /// <summary>A violation of this run, with its last steps.</summary>
    public FederationViolationException Violation(FederationCheck check, string what) => new(check, what, scenario, trace.Last);

    /// <summary>Runs a check inside somebody else's turn.</summary>
    public void Guard(Action check)
    {
        try
        {
            check();
        }
        catch (FederationViolationException violation)
        {
            _found ??= violation;
        }
    }

    /// <summary>Throws what was found during the step.</summary>
    public void AfterStep()
    {
        if (_found is { } violation) throw violation;
    }
}
