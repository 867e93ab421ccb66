using Fed.Host.Commands;

namespace Fed.Host.Simulation;

/// <summary>The body of <c>fed simulate</c>.</summary>
internal static class SimulationRun
{
    public static int Run(SimulateOptions options, CommandContext context) => throw new UserException($"simulate {options.File} is not wired yet (data in {context.DataDirectory})");
}
