using System.CommandLine;

namespace Fed.Host.Commands;

/// <summary>What a person says for the record: a name or a reason, on one line.</summary>
internal static class OperatorText
{
    private const int LengthMax = 200;

    /// <summary>An option's text; null where it was not given.</summary>
    /// <exception cref="UserException">It is empty, too long, or not one line.</exception>
    public static string? Of(ParseResult parse, Option<string?> option) => parse.GetValue(option) switch
    {
        { Length: > LengthMax } => throw new UserException($"{option.Name} has more than {LengthMax} characters; shorten it"),
        { } text when string.IsNullOrWhiteSpace(text) || text.Any(char.IsControl) => throw new UserException($"{option.Name} is empty, or has control characters; name one"),
        var text => text,
    };
}
