namespace Fed.TestKit;

/// <summary>Choices that simulated ports draw.</summary>
public static class SimulationChoices
{
    extension(ISimulation simulation)
    {
        /// <summary>A uniform integer in <c>[0, bound)</c>; the bias of the multiplication is below 2^-32 for the bounds used here.</summary>
        public int Below(int bound)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
            return (int)Math.BigMul(simulation.NextUInt64(), (ulong)bound, out _);
        }

        /// <summary>True <paramref name="permille"/> times in a thousand. Draws nothing at 0, so that switching a fault off leaves the rest of a run's choices alone.</summary>
        public bool Chance(int permille) => permille > 0 && simulation.Below(1000) < permille;

        /// <summary>A uniform time from zero to a maximum, in ticks; draws nothing where the maximum is zero.</summary>
        public TimeSpan Delay(TimeSpan max) =>
            max <= TimeSpan.Zero ? TimeSpan.Zero : new TimeSpan((long)Math.BigMul(simulation.NextUInt64(), (ulong)max.Ticks + 1, out _));
    }
}
