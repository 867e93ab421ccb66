namespace Fed.Benchmarks.Crypto;

/// <summary>One line of the table.</summary>
/// <param name="Name">What was measured, with its parameters.</param>
/// <param name="Value">The figure.</param>
/// <param name="Unit">Its unit: us, us/value, GB/s, bytes/value.</param>
/// <param name="Seal">SEAL 4.4.3's figure for the same work in the same unit, same processor family, one core; null where SEAL has no such operation.</param>
/// <param name="Goal">The bound that this project sets itself; null for none.</param>
/// <param name="ValuesPerSecond">Encoded values handled in a second; null where none are.</param>
/// <param name="BytesPerValue">Bytes on the wire for one encoded value; null where none are.</param>
/// <param name="AllocatedBytes">Managed bytes allocated by one operation.</param>
internal sealed record CryptoFigure(
    string Name, double Value, string Unit, double? Seal = null, double? Goal = null, double? ValuesPerSecond = null, double? BytesPerValue = null, long AllocatedBytes = 0)
{
    /// <summary>Whether more is better.</summary>
    public bool IsRate => Unit.EndsWith("/s", StringComparison.Ordinal);

    /// <summary>How many times better than SEAL.</summary>
    public double? TimesSeal => IsRate ? Value / Seal : Seal / Value;

    /// <summary>Whether the goal is met; null without one.</summary>
    public bool? MeetsGoal => Goal is null ? null : IsRate ? Value >= Goal : Value <= Goal;
}
