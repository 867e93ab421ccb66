using System.CommandLine;
using System.Globalization;
using Fed.Host.History;

namespace Fed.Host.Commands;

/// <summary>Whose rounds <c>fed rounds list</c> shows.</summary>
/// <param name="Job">Null for the newest job.</param>
internal sealed record RoundsListOptions(string? Job);

/// <summary>Whose rounds <c>fed rounds metrics</c> gives.</summary>
/// <param name="Job">Null for the newest job.</param>
/// <param name="Csv">A file to write, or null.</param>
internal sealed record RoundsMetricsOptions(string? Job, string? Csv);

/// <summary>Which round a command is about.</summary>
/// <param name="Round">From 1; 0 is start-up.</param>
/// <param name="Job">Null for the newest job.</param>
internal sealed record RoundOptions(int Round, string? Job);

/// <summary><c>fed rounds list [--job ID]</c></summary>
internal sealed class RoundsListCommand : Verb<RoundsListOptions>
{
    private readonly Option<string?> _job = JobOption.Create();

    public RoundsListCommand() : base("list", "Lists the rounds of a job.", "./fed rounds list") => Add(_job);

    /// <inheritdoc/>
    protected override RoundsListOptions Read(ParseResult parse) => new(parse.GetValue(_job));

    /// <inheritdoc/>
    protected override int Run(RoundsListOptions options, CommandContext context) => RoundsList.Run(options, context);
}

/// <summary><c>fed rounds metrics [--job ID] [--csv FILE]</c></summary>
internal sealed class RoundsMetricsCommand : Verb<RoundsMetricsOptions>
{
    private readonly Option<string?> _job = JobOption.Create();
    private readonly Option<string?> _csv = new("--csv") { Description = "Writes them to a file, as comma-separated values (RFC 4180).", HelpName = "FILE" };

    public RoundsMetricsCommand() : base("metrics", "Gives times and figures of each committed round.", "./fed rounds metrics --csv rounds.csv")
    {
        Add(_job);
        Add(_csv);
    }

    /// <inheritdoc/>
    protected override RoundsMetricsOptions Read(ParseResult parse) => new(parse.GetValue(_job), parse.GetValue(_csv));

    /// <inheritdoc/>
    protected override int Run(RoundsMetricsOptions options, CommandContext context) => RoundsMetrics.Run(options, context);
}

/// <summary><c>fed rounds show N [--job ID]</c></summary>
internal sealed class RoundsShowCommand() : RoundVerb("show", "Shows what happened in a round; round 0 is start-up.", "./fed rounds show 3", first: 0)
{
    /// <inheritdoc/>
    protected override int Run(RoundOptions options, CommandContext context) => RoundsShow.Run(options, context);
}

/// <summary><c>fed rounds replay N [--job ID]</c></summary>
internal sealed class RoundsReplayCommand() : RoundVerb("replay", "Computes a committed round again and compares bit by bit.", "./fed rounds replay 3", first: 1)
{
    /// <inheritdoc/>
    protected override int Run(RoundOptions options, CommandContext context) => RoundsReplay.Run(options, context);
}

/// <summary>A command about one round.</summary>
internal abstract class RoundVerb : Verb<RoundOptions>
{
    private readonly int _first;
    private readonly Argument<string> _round;
    private readonly Option<string?> _job = JobOption.Create();

    protected RoundVerb(string name, string summary, string example, int first) : base(name, summary, example)
    {
        _first = first;
        _round = new Argument<string>("N") { Description = $"Number of the round, from {first}." };
        Add(_round);
        Add(_job);
    }

    /// <inheritdoc/>
    protected override RoundOptions Read(ParseResult parse)
    {
        string text = parse.GetRequiredValue(_round);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int round) && round >= _first
            ? new RoundOptions(round, parse.GetValue(_job))
            : throw new UserException($"expected the number of a round, from {_first}, found '{text}'; 'fed rounds list' shows them");
    }
}

/// <summary>The option that names a job.</summary>
internal static class JobOption
{
    public static Option<string?> Create() => new("--job") { Description = "The job (default: the newest).", HelpName = "ID" };
}
