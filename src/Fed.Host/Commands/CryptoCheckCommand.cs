using System.CommandLine;
using Fed.Host.Crypto;

namespace Fed.Host.Commands;

/// <summary><c>fed crypto check</c></summary>
internal sealed class CryptoCheckCommand() : Verb<NoOptions>("check", "Tests the cryptography on this machine and shows the parameters of each profile.", "./fed crypto check")
{
    /// <inheritdoc/>
    protected override NoOptions Read(ParseResult parse) => NoOptions.Instance;

    /// <inheritdoc/>
    protected override int Run(NoOptions options, CommandContext context) => CryptoCheck.Run(context);
}
