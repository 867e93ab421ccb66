using System.CommandLine;
using Fed.Host.Cluster;

namespace Fed.Host.Commands;

/// <summary>What <c>fed status</c> is asked to show.</summary>
/// <param name="Watch">Again whenever it changes.</param>
internal sealed record StatusOptions(bool Watch);

/// <summary><c>fed status [--watch]</c></summary>
internal sealed class StatusCommand : Verb<StatusOptions>
{
    private readonly Option<bool> _watch = new("--watch") { Description = "Print it again whenever it changes, until interrupted." };

    public StatusCommand() : base("status", "Shows who leads a running cluster, how its job goes, and which sites are away.", "./fed status") => Add(_watch);

    /// <inheritdoc/>
    protected override StatusOptions Read(ParseResult parse) => new(parse.GetValue(_watch));

    /// <inheritdoc/>
    protected override int Run(StatusOptions options, CommandContext context) => ClusterStatus.Run(options, context);
}

/// <summary><c>fed nodes</c></summary>
internal sealed class NodesCommand() : Verb<NoOptions>("nodes", "Lists the nodes of a running cluster, and what each says of itself.", "./fed nodes")
{
    /// <inheritdoc/>
    protected override NoOptions Read(ParseResult parse) => NoOptions.Instance;

    /// <inheritdoc/>
    protected override int Run(NoOptions options, CommandContext context) => ClusterStatus.Nodes(context);
}
