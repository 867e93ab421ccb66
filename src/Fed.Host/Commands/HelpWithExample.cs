using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Fed.Host.Commands;

/// <summary>The usual help text with an example at its end.</summary>
internal sealed class HelpWithExample(HelpAction usual) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true; // Who asks for help while typing gets it.

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int code = usual.Invoke(parseResult);
        if (parseResult.CommandResult.Command is IExemplified { Example: var example })
        {
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Example:");
            output.WriteLine($"  {example}");
            output.WriteLine();
        }
        return code;
    }
}
