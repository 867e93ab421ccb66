using Fed.Host.Commands;
using Xunit;

namespace Fed.EndToEnd.Running;

/// <summary>
/// A command of <c>fed</c> within the test's process: all of it but the start of a program, which takes longer than most commands do. What a process is needed for (its death, its environment, its programs' lives) runs as a
/// <see cref="FedProcess"/>.
/// </summary>
internal static class FedHere
{
    /// <summary>Runs a command to its end.</summary>
    public static FedResult Run(params ReadOnlySpan<string> arguments)
    {
        string[] line = [.. arguments];
        using StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        int exitCode = FedCommand.Run(line, TextWriter.Synchronized(output), TextWriter.Synchronized(error), TestContext.Current.CancellationToken);
        return new FedResult("fed " + string.Join(' ', line), exitCode, output.ToString().TrimEnd('\n'), error.ToString());
    }
}
