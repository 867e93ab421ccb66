namespace Fed.TestKit.Federation.Faults;

/// <summary>A stream of choices for each kind of fault, so that switching one off, or leaving out some of its strikes, moves no choice of another kind.</summary>
internal sealed class FaultDice
{
    private readonly FederationScenario _scenario;
    private readonly SplitMix64[] _streams;
    private readonly int[] _strikes;

    public FaultDice(FederationScenario scenario)
    {
        int kinds = (int)Enum.GetValues<FaultKind>().Max() + 1;
        _scenario = scenario;
        _streams = [.. Enumerable.Range(0, kinds).Select(kind => new SplitMix64(new SplitMix64(scenario.Seed + (ulong)kind).Next() ^ 0xC4A5_C4A5_C4A5_C4A5))];
        _strikes = new int[kinds];
    }

    /// <summary>How often each kind was drawn to strike, whether it was carried out or left out.</summary>
    public IReadOnlyList<int> Strikes => _strikes;

    /// <summary>True <paramref name="count"/> times in <paramref name="outOf"/>, but for strikes that the scenario leaves out.</summary>
    public bool IsStruck(FaultKind kind, int count, int outOf)
    {
        if (count <= 0 || Below(kind, outOf) >= count) return false;
        int strike = _strikes[(int)kind]++;
        return !_scenario.Only.TryGetValue(kind, out var kept) || kept.Contains(strike);
    }

    public int Below(FaultKind kind, int bound) => (int)Math.BigMul(_streams[(int)kind].Next(), (ulong)bound, out _);

    public TimeSpan UpTo(FaultKind kind, TimeSpan max) => new((long)Math.BigMul(_streams[(int)kind].Next(), (ulong)max.Ticks + 1, out _));

    /// <summary>Forwards or backwards.</summary>
    public TimeSpan AtMost(FaultKind kind, TimeSpan max) => Below(kind, 2) == 0 ? UpTo(kind, max) : -UpTo(kind, max);
}
