using Fed.Host.Commands;

namespace Fed.Host.History;

/// <summary>The body of <c>fed rounds show</c>.</summary>
internal static class RoundsShow
{
    public static int Run(RoundOptions options, CommandContext context) => throw new UserException($"rounds show is not wired yet for {options} (data in {context.DataDirectory})");
}
