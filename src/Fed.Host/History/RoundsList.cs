using Fed.Host.Commands;

namespace Fed.Host.History;

/// <summary>The body of <c>fed rounds list</c>.</summary>
internal static class RoundsList
{
    public static int Run(RoundsListOptions options, CommandContext context) => throw new UserException($"rounds list is not wired yet for {options} (data in {context.DataDirectory})");
}
