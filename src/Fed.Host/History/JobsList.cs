using Fed.Host.Commands;

namespace Fed.Host.History;

/// <summary>The body of <c>fed jobs list</c>.</summary>
internal static class JobsList
{
    public static int Run(CommandContext context) => throw new UserException($"jobs list is not wired yet (data in {context.DataDirectory})");
}
