using Fed.Host.Commands;

namespace Fed.Host.History;

/// <summary>The body of <c>fed rounds replay</c>.</summary>
internal static class RoundsReplay
{
    public static int Run(RoundOptions options, CommandContext context) => throw new UserException($"rounds replay is not wired yet for {options} (data in {context.DataDirectory})");
}
