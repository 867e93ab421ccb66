namespace Fed.TestKit.Federation;

/// <summary>A simulated federation broke one of its promises. The message's first line says which, the second how to see it again; then come the last steps.</summary>
public sealed class FederationViolationException(string violation, ulong seed, IEnumerable<string> lastSteps)
    : Exception($"{violation}\nreplay: ./test.sh sim --seed {seed} --trace\n{string.Join('\n', lastSteps)}")
{
    /// <summary>Which promise.</summary>
    public string Violation { get; } = violation;
}
