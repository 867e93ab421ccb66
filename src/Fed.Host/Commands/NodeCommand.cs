using System.Collections.Immutable;
using System.CommandLine;
using Fed.Host.Cluster;

namespace Fed.Host.Commands;

/// <summary>Which nodes <c>fed node</c> is to be.</summary>
/// <param name="Files">Their configurations.</param>
internal sealed record NodeCommandOptions(ImmutableArray<string> Files);

/// <summary><c>fed node --config FILE</c></summary>
internal sealed class NodeCommand : Verb<NodeCommandOptions>
{
    private readonly Option<string[]> _config = new("--config") { Description = "The node's configuration (HOCON); given several times, several nodes run in one process.", HelpName = "FILE", Required = true };

    public NodeCommand() : base("node", "Runs a node of a federation on several machines: a coordinator, an aggregator or a site.", "./fed node --config /etc/fed/node.conf") => Add(_config);

    /// <inheritdoc/>
    protected override NodeCommandOptions Read(ParseResult parse) => new([.. parse.GetRequiredValue(_config)]);

    /// <inheritdoc/>
    protected override int Run(NodeCommandOptions options, CommandContext context) => NodeRun.Run(options.Files, context);
}
