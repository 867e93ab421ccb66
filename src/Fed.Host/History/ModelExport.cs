using Fed.Host.Commands;

namespace Fed.Host.History;

/// <summary>The body of <c>fed model export</c>.</summary>
internal static class ModelExport
{
    public static int Run(ModelExportOptions options, CommandContext context) => throw new UserException($"model export is not wired yet for {options} (data in {context.DataDirectory})");
}
