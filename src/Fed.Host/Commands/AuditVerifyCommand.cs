using System.CommandLine;
using Fed.Host.History;

namespace Fed.Host.Commands;

/// <summary><c>fed audit verify</c></summary>
internal sealed class AuditVerifyCommand() : Verb<NoOptions>("verify", "Checks the journal's hash chains, signatures, receipts and stored blobs.", "./fed audit verify")
{
    /// <inheritdoc/>
    protected override NoOptions Read(ParseResult parse) => NoOptions.Instance;

    /// <inheritdoc/>
    protected override int Run(NoOptions options, CommandContext context) => AuditVerify.Run(context);
}
