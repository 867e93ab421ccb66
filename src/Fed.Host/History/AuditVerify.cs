using Fed.Host.Commands;

namespace Fed.Host.History;

/// <summary>The body of <c>fed audit verify</c>.</summary>
internal static class AuditVerify
{
    public static int Run(CommandContext context) => throw new UserException($"audit verify is not wired yet (data in {context.DataDirectory})");
}
