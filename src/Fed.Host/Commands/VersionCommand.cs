using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Fed.Host.Commands;

/// <summary><c>fed version</c></summary>
internal sealed class VersionCommand() : Verb<NoOptions>("version", "Prints the version.", "./fed version")
{
    /// <summary>Major, minor and patch.</summary>
    public static string Number { get; } = Assembly.GetExecutingAssembly().GetName().Version!.ToString(3);

    /// <inheritdoc/>
    protected override NoOptions Read(ParseResult parse) => NoOptions.Instance;

    /// <inheritdoc/>
    protected override int Run(NoOptions options, CommandContext context)
    {
        context.Out.WriteLine(context.Json ? $$"""{"version":"{{Number}}","runtime":"{{RuntimeInformation.FrameworkDescription}}"}""" : $"fed {Number}");
        return ExitCodes.Success;
    }
}
