using System.CommandLine;
using System.CommandLine.Help;
using Fed.Host.Cluster;
using Fed.Host.Configuration;

namespace Fed.Host.Commands;

/// <summary>The <c>fed</c> command.</summary>
internal static class FedCommand
{
    // No bundling (-rf) and no response files (@file): neither is ours, and a site may be named @home.
    private static readonly ParserConfiguration Parsing = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    /// <summary>Parses and runs a command line, with nobody to answer questions.</summary>
    /// <inheritdoc cref="Run(IReadOnlyList{string}, TextWriter, TextWriter, TextReader?, CancellationToken)"/>
    public static int Run(IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken cancel = default) => Run(args, output, error, input: null, cancel);

    /// <summary>Parses and runs a command line.</summary>
    /// <param name="args">Without the program's name.</param>
    /// <param name="output">Results.</param>
    /// <param name="error">Errors, warnings and progress.</param>
    /// <param name="input">Answers of a person to questions; null where nobody can be asked.</param>
    /// <param name="cancel">Ends the command early, in order.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static int Run(IReadOnlyList<string> args, TextWriter output, TextWriter error, TextReader? input, CancellationToken cancel)
    {
        SharedOptions shared = new(input);
        ErrorBoundary boundary = new(shared, cancel);
        Command root = Build(shared, boundary);
        ParseResult parse = root.Parse(args, Parsing);
        InvocationConfiguration invocation = new() { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        if (args is ["--version", ..]) return Run(["version", .. args.Skip(1)], output, error, input, cancel); // What people type first.
        if (args.Count == 0)
        {
            root.Parse(["--help"], Parsing).Invoke(invocation);
            return ExitCodes.User;
        }
        if (parse.Errors.Count > 0 && parse.Action is not { ClearsParseErrors: true })
        {
            string help = CommandPath(parse.CommandResult.Command);
            ErrorBoundary.Report(error, args.Contains("--json", StringComparer.Ordinal), ExitCodes.User, $"{Sentence(parse)}; see '{help} --help'");
            return ExitCodes.User;
        }
        return parse.Invoke(invocation);
    }

    private static Command Build(SharedOptions shared, ErrorBoundary boundary)
    {
        Group root = new(
            "fed",
            "Federated learning: institutions keep their data and train one model together.",
            "./fed simulate hocon/quickstart.conf",
            new SimulateCommand().Under(boundary),
            new CompareCommand().Under(boundary),
            new NodeCommand().Under(boundary),
            new DoctorCommand().Under(boundary),
            new SubmitCommand().Under(boundary),
            new StatusCommand().Under(boundary),
            new NodesCommand().Under(boundary),
            new Group("cluster", "A federation of real processes on this machine.", "./fed cluster up --sites 5", new ClusterUpCommand().Under(boundary), new ClusterDownCommand().Under(boundary)),
            new Group("jobs", "Jobs in the data folder.", "./fed jobs list", new JobsListCommand().Under(boundary),
                new JobRequestCommand(RequestKind.Pause, "Lets a job of a running cluster end its round, and asks for no further one until it is resumed.").Under(boundary),
                new JobRequestCommand(RequestKind.Resume, "Goes on with a job that was paused.").Under(boundary),
                new JobRequestCommand(RequestKind.Cancel, "Ends a job of a running cluster, with the round under way.").Under(boundary)),
            new Group(
                "rounds",
                "Rounds of a job.",
                "./fed rounds replay 3",
                new RoundsListCommand().Under(boundary),
                new RoundsMetricsCommand().Under(boundary),
                new RoundsShowCommand().Under(boundary),
                new RoundsReplayCommand().Under(boundary)),
            new Group(
                "federation",
                "A federation and its CA.",
                "./fed federation nodes --federation lung-ca",
                new FederationCreateCommand().Under(boundary),
                new FederationNodesCommand().Under(boundary),
                new FederationBrokerCommand().Under(boundary),
                new FederationServerCommand().Under(boundary),
                new FederationDatabaseCommand().Under(boundary)),
            new Group(
                "enroll",
                "Nodes that come into a federation, and leave it.",
                "./fed enroll approve request.pem --federation lung-ca",
                new EnrollRequestCommand().Under(boundary),
                new EnrollApproveCommand().Under(boundary),
                new EnrollImportCommand().Under(boundary),
                new EnrollRevokeCommand().Under(boundary)),
            new Group(
                "site",
                "A site's word on jobs.",
                "./fed site pending --site north",
                new SitePendingCommand().Under(boundary),
                new SiteApproveCommand().Under(boundary),
                new SiteRefuseCommand().Under(boundary)),
            new Group("audit", "Checks of what is on disk.", "./fed audit verify", new AuditVerifyCommand().Under(boundary), new AuditExportCommand().Under(boundary)),
            new Group("model", "Trained models.", "./fed model export --format safetensors --out model.safetensors", new ModelExportCommand().Under(boundary)),
            new Group("crypto", "The cryptography on this machine.", "./fed crypto check", new CryptoCheckCommand().Under(boundary)),
            new Group("data", "The data of the sites.", "./fed data report hocon/quickstart.conf", new DataReportCommand().Under(boundary)),
            new Group("config", "Configuration files.", "./fed config check hocon/quickstart.conf", new ConfigCheckCommand().Under(boundary)),
            new VersionCommand().Under(boundary));
        shared.AddTo(root);
        HelpOption help = new();
        help.Action = new HelpWithExample((HelpAction)help.Action!);
        root.Add(help);
        return root;
    }

    // The parser's own messages speak of tokens and types; what was mistyped or left out says more.
    private static string Sentence(ParseResult parse)
    {
        Command command = parse.CommandResult.Command;
        Option[] options = [.. Chain(command).SelectMany(static c => c.Options)];
        if (parse.UnmatchedTokens is [var unknown, ..])
        {
            string[] known = [.. unknown.StartsWith('-') ? options.Select(static o => o.Name) : command.Subcommands.Select(static c => c.Name)];
            string kind = unknown.StartsWith('-') ? "option" : known.Length > 0 ? "command" : "argument";
            return $"unknown {kind} '{unknown}'{Nearest.Suggestion(unknown, known)}".TrimEnd('?');
        }
        if (command is Group) return $"expected one of the commands {string.Join(", ", command.Subcommands.Select(static c => c.Name))}";
        if (command.Arguments.FirstOrDefault(argument => parse.GetResult(argument) is null or { Tokens.Count: 0 }) is { } argument) return $"expected {argument.Name} after '{CommandPath(command)}'";
        if (options.FirstOrDefault(option => option.Required && parse.GetResult(option) is null or { IdentifierToken: null }) is { } option) return $"expected the option {option.Name} {option.HelpName}";
        if (options.FirstOrDefault(o => o.Arity.MinimumNumberOfValues > 0 && parse.GetResult(o) is { Tokens.Count: 0 }) is { } empty) return $"expected {empty.HelpName ?? "a value"} after {empty.Name}";
        return parse.Errors[0].Message.TrimEnd('.');
    }

    private static string CommandPath(Command command) => string.Join(' ', Chain(command).Reverse().Select(static c => c.Name));

    private static IEnumerable<Command> Chain(Command command)
    {
        for (Command? at = command; at is not null; at = at.Parents.OfType<Command>().FirstOrDefault()) yield return at;
    }
}
