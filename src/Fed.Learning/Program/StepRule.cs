namespace Fed.Learning.Program;

/// <summary>Where the grid step of a training entry comes from. Both are public before a round begins.</summary>
public enum StepRule
{
    /// <summary>The plan's step in every round.</summary>
    Fixed,

    /// <summary>The plan's step times a power of two for each block of parameters, which the server derives from the sum of the round before (<see cref="StepScale"/>).</summary>
    Adaptive,
}
