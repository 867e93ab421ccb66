using System.CommandLine;
using Fed.Host.Simulation;

namespace Fed.Host.Commands;

/// <summary>What <c>fed simulate</c> is asked to do.</summary>
/// <param name="File">The configuration.</param>
/// <param name="Resume">Carry on with the unfinished job.</param>
internal sealed record SimulateOptions(string File, bool Resume)
{
    /// <summary>A data folder, and behind a colon a job, whose contributors each round is to have; null for those that the plan's rule gives.</summary>
    public string? ContributorsFrom { get; init; }
}

/// <summary><c>fed simulate FILE [--resume] [--contributors-from DATA[:JOB]]</c></summary>
internal sealed class SimulateCommand : Verb<SimulateOptions>
{
    private readonly Argument<string> _file = new("FILE") { Description = "The configuration (HOCON)." };
    private readonly Option<bool> _resume = new("--resume") { Description = "Carry on with the unfinished job in the data folder." };
    private readonly Option<string?> _contributors = ContributorsOption.Create();

    public SimulateCommand() : base("simulate", "Trains a federation of several sites on this machine.", "./fed simulate hocon/quickstart.conf")
    {
        Add(_file);
        Add(_resume);
        Add(_contributors);
    }

    /// <inheritdoc/>
    protected override SimulateOptions Read(ParseResult parse) => new(parse.GetRequiredValue(_file), parse.GetValue(_resume)) { ContributorsFrom = parse.GetValue(_contributors) };

    /// <inheritdoc/>
    protected override int Run(SimulateOptions options, CommandContext context) => SimulationRun.Run(options, context);
}
