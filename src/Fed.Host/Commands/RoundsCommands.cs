using System.CommandLine;
using System.Globalization;
using Fed.Host.History;

namespace Fed.Host.Commands;

/// <summary>Whose rounds <c>fed rounds list</c> shows.</summary>
/// <param name="Job">Null for the newest job.</param>
internal sealed record RoundsListOptions(string? Job);

/// <summary>Which round a command is about.</summary>
/// <param name="Round">From 1.</param>
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

/// <summary><c>fed rounds show N [--job ID]</c></summary>
internal sealed class RoundsShowCommand() : RoundVerb("show", "Shows what happened in a round.", "./fed rounds show 3")
{
    /// <inheritdoc/>
    protected override int Run(RoundOptions options, CommandContext context) => RoundsShow.Run(options, context);
}

/// <summary><c>fed rounds replay N [--job ID]</c></summary>
internal sealed class RoundsReplayCommand() : RoundVerb("replay", "Computes a committed round again and compares bit by bit.", "./fed rounds replay 3")
{
    /// <inheritdoc/>
    protected override int Run(RoundOptions options, CommandContext context) => RoundsReplay.Run(options, context);
}

/// <summary>A command about one round.</summary>
internal abstract class RoundVerb : Verb<RoundOptions>
{
    private readonly Argument<string> _round = new("N") { Description = "Number of the round, from 1." };
    private readonly Option<string?> _job = JobOption.Create();

    protected RoundVerb(string name, string summary, string example) : base(name, summary, example)
    {
        Add(_round);
        Add(_job);
    }

    /// <inheritdoc/>
    protected override RoundOptions Read(ParseResult parse)
    {
        string text = parse.GetRequiredValue(_round);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int round) && round >= 1
            ? new RoundOptions(round, parse.GetValue(_job))
            : throw new UserException($"expected the number of a round, from 1, found '{text}'; 'fed rounds list' shows them");
    }
}

/// <summary>The option that names a job.</summary>
internal static class JobOption
{
    public static Option<string?> Create() => new("--job") { Description = "The job (default: the newest).", HelpName = "ID" };
}
