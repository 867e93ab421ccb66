using System.CommandLine;
using Fed.Host.Simulation;

namespace Fed.Host.Commands;

/// <summary>What <c>fed simulate</c> is asked to do.</summary>
/// <param name="File">The configuration.</param>
/// <param name="Resume">Carry on with the unfinished job.</param>
internal sealed record SimulateOptions(string File, bool Resume);

/// <summary><c>fed simulate FILE [--resume]</c></summary>
internal sealed class SimulateCommand : Verb<SimulateOptions>
{
    private readonly Argument<string> _file = new("FILE") { Description = "The configuration (HOCON)." };
    private readonly Option<bool> _resume = new("--resume") { Description = "Carry on with the unfinished job in the data folder." };

    public SimulateCommand() : base("simulate", "Trains a federation of several sites on this machine.", "./fed simulate hocon/quickstart.conf")
    {
        Add(_file);
        Add(_resume);
    }

    /// <inheritdoc/>
    protected override SimulateOptions Read(ParseResult parse) => new(parse.GetRequiredValue(_file), parse.GetValue(_resume));

    /// <inheritdoc/>
    protected override int Run(SimulateOptions options, CommandContext context) => SimulationRun.Run(options, context);
}
