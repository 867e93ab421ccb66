using System.CommandLine;
using Fed.Host.Cluster.Local;

namespace Fed.Host.Commands;

/// <summary>What <c>fed cluster up</c> is asked to start.</summary>
/// <param name="Sites">How many sites.</param>
/// <param name="From">The configuration whose rows they have.</param>
/// <param name="Tls">False to measure without it.</param>
/// <param name="StandbyAggregator">True for a second node that stands for the aggregator.</param>
internal sealed record ClusterUpOptions(int Sites, string From, bool Tls, bool StandbyAggregator = false);

/// <summary><c>fed cluster up --sites N [--from FILE] [--tls on|off] [--standby-aggregator]</c></summary>
internal sealed class ClusterUpCommand : Verb<ClusterUpOptions>
{
    private const int SitesMax = 1000;

    private readonly Option<string> _sites = new("--sites") { Description = "How many sites; as many as the file divides its rows among.", HelpName = "N", Required = true };
    private readonly Option<string> _from = new("--from") { Description = "The configuration whose data and division the sites get (default hocon/quickstart.conf).", HelpName = "FILE", DefaultValueFactory = static _ => "hocon/quickstart.conf" };
    private readonly Option<string> _tls = new("--tls") { Description = "on, or off to measure without it (default on). Envelopes and blobs are encrypted either way.", HelpName = "on|off", DefaultValueFactory = static _ => "on" };

    private readonly Option<bool> _standby = new("--standby-aggregator") { Description = "Starts a second aggregator, which takes over when the first one is lost." };

    public ClusterUpCommand() : base("up", "Starts a federation of real processes on this machine, over RabbitMQ and PostgreSQL.", "./fed cluster up --sites 5")
    {
        Add(_sites);
        Add(_from);
        Add(_tls);
        Add(_standby);
    }

    /// <inheritdoc/>
    protected override ClusterUpOptions Read(ParseResult parse) => new(WholeNumber.Read(parse.GetRequiredValue(_sites), _sites.Name, 0, 1, SitesMax), parse.GetRequiredValue(_from), parse.GetRequiredValue(_tls) switch
    {
        "on" => true,
        "off" => false,
        var other => throw new UserException($"expected --tls on or off, found '{other}'"),
    }, parse.GetValue(_standby));

    /// <inheritdoc/>
    protected override int Run(ClusterUpOptions options, CommandContext context) => LocalCluster.Up(options, context);
}

/// <summary><c>fed cluster down</c></summary>
internal sealed class ClusterDownCommand() : Verb<NoOptions>("down", "Ends what 'fed cluster up' has started; its data stay.", "./fed cluster down")
{
    /// <inheritdoc/>
    protected override NoOptions Read(ParseResult parse) => NoOptions.Instance;

    /// <inheritdoc/>
    protected override int Run(NoOptions options, CommandContext context) => LocalCluster.Down(context);
}
