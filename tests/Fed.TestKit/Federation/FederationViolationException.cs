using Fed.TestKit.Federation.Checks;

namespace Fed.TestKit.Federation;

/// <summary>A simulated federation broke one of its promises. The message's first line says which, the second how to see it again; then come the last steps.</summary>
public sealed class FederationViolationException(FederationCheck check, string violation, FederationScenario scenario, IEnumerable<string> lastSteps)
    : Exception($"{violation}\nreplay: {scenario.Replay} --trace\n{string.Join('\n', lastSteps)}")
{
    /// <summary>Which promise.</summary>
    public FederationCheck Check { get; } = check;

    /// <summary>What was seen.</summary>
    public string Violation { get; } = violation;

    /// <summary>In which run.</summary>
    public FederationScenario Scenario { get; } = scenario;
}
