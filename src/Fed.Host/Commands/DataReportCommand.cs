using System.Collections.Immutable;
using System.CommandLine;
using Fed.Host.Configuration;
using Fed.Host.Data;
using Fed.Host.Simulation;
using Fed.Learning.Data;

namespace Fed.Host.Commands;

/// <summary>What <c>fed data report</c> is asked to do.</summary>
/// <param name="File">The configuration.</param>
internal sealed record DataReportOptions(string File);

/// <summary><c>fed data report FILE</c></summary>
internal sealed class DataReportCommand : Verb<DataReportOptions>
{
    private readonly Argument<string> _file = new("FILE") { Description = "The configuration (HOCON)." };

    public DataReportCommand() : base("report", "Shows what each site of a simulation reads: rows, classes, missing cells, ranges.", "./fed data report hocon/quickstart.conf") => Add(_file);

    /// <inheritdoc/>
    protected override DataReportOptions Read(ParseResult parse) => new(parse.GetRequiredValue(_file));

    /// <inheritdoc/>
    protected override int Run(DataReportOptions options, CommandContext context)
    {
        FedConfig config = FedConfig.Load(options.File);
        ImmutableArray<SiteData> sites = SimulatedFederation.ReadSites(config);
        DataReportView view = new([.. sites.Select(site => DataReport.Of(site, config.Job.Data.Classes))], config.Job.Data.Labels, sites[0].Schema);
        if (context.Json) context.Out.WriteLine(view.ToJson());
        else view.WriteText(context.Out);
        return ExitCodes.Success;
    }
}
