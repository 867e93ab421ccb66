using System.CommandLine;

namespace Fed.Host.Commands;

/// <summary>The options that every command takes.</summary>
/// <param name="input">Answers of a person; null where nobody can be asked.</param>
internal sealed class SharedOptions(TextReader? input = null)
{
    private readonly Option<string?> _data = new("--data") { Description = $"Folder with jobs, journal and reports (default {CommandContext.DefaultDataDirectory}).", HelpName = "DIR", Recursive = true };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON document instead of text; errors too.", Recursive = true };
    private readonly Option<bool> _verbose = new("--verbose") { Description = "Add the stack trace to errors.", Recursive = true };

    public void AddTo(Command root)
    {
        root.Add(_data);
        root.Add(_json);
        root.Add(_verbose);
    }

    public bool Json(ParseResult parse) => parse.GetResult(_json) is { Errors: var errors } && !errors.Any() && parse.GetValue(_json);

    public CommandContext Context(ParseResult parse, CancellationToken cancel)
    {
        string? data = parse.GetValue(_data);
        if (data is not null && string.IsNullOrWhiteSpace(data)) throw new UserException("--data is empty; name a folder");
        return new CommandContext(parse.InvocationConfiguration.Output, parse.InvocationConfiguration.Error, data, parse.GetValue(_json), parse.GetValue(_verbose), cancel) { In = input };
    }
}
