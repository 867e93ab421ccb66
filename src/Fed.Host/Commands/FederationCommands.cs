using System.CommandLine;
using System.Globalization;
using Fed.Host.Enrolment;

namespace Fed.Host.Commands;

/// <summary>What <c>fed federation create</c> is asked to do.</summary>
/// <param name="Name">The federation's name.</param>
/// <param name="Directory">The CA's folder.</param>
internal sealed record FederationCreateOptions(string Name, string Directory);

/// <summary>What <c>fed federation broker</c> is asked to do.</summary>
/// <param name="Federation">The CA's folder; null where the definitions were written before.</param>
/// <param name="Definitions">File of those; null where they follow from the CA's folder.</param>
/// <param name="Parts">Aggregators of parts.</param>
/// <param name="Out">Null for standard output, or for none where the broker itself is changed.</param>
/// <param name="Broker">The broker to change; null for none.</param>
internal sealed record FederationBrokerOptions(string? Federation, string? Definitions, int Parts, string? Out, BrokerChoice? Broker);

/// <summary>What <c>fed federation server</c> is asked to do.</summary>
/// <param name="Hosts">Names or addresses of the server.</param>
/// <param name="Federation">The CA's folder.</param>
/// <param name="Out">Folder for key and certificate.</param>
/// <param name="Days">How long the certificate counts.</param>
internal sealed record FederationServerOptions(string[] Hosts, string Federation, string Out, int Days);

/// <summary><c>fed federation create NAME --directory DIR</c></summary>
internal sealed class FederationCreateCommand : Verb<FederationCreateOptions>
{
    private readonly Argument<string> _name = new("NAME") { Description = "1 to 40 characters of a to z, 0 to 9 and hyphen." };
    private readonly Option<string> _directory = new("--directory") { Description = "Folder for the CA; it belongs offline.", HelpName = "DIR", Required = true };

    public FederationCreateCommand() : base("create", "Makes a federation's CA and prints its fingerprint.", "./fed federation create lung --directory lung-ca")
    {
        Add(_name);
        Add(_directory);
    }

    /// <inheritdoc/>
    protected override FederationCreateOptions Read(ParseResult parse) => new(parse.GetRequiredValue(_name), FolderOption.Value(parse, _directory));

    /// <inheritdoc/>
    protected override int Run(FederationCreateOptions options, CommandContext context) => FederationSteps.Create(options.Name, options.Directory, context);
}

/// <summary><c>fed federation nodes --federation DIR</c></summary>
internal sealed class FederationNodesCommand : Verb<string>
{
    private readonly Option<string> _federation = FolderOption.Federation();

    public FederationNodesCommand() : base("nodes", "Lists the nodes that are enrolled.", "./fed federation nodes --federation lung-ca") => Add(_federation);

    /// <inheritdoc/>
    protected override string Read(ParseResult parse) => FolderOption.Value(parse, _federation);

    /// <inheritdoc/>
    protected override int Run(string options, CommandContext context) => FederationSteps.Nodes(options, context);
}

/// <summary><c>fed federation broker --federation DIR [--aggregators N] [--out FILE] [--apply ...]</c>, and at the broker, without the CA's folder, <c>fed federation broker --definitions FILE --apply [--load-definitions FILE | --broker DIR]</c></summary>
internal sealed class FederationBrokerCommand : Verb<FederationBrokerOptions>
{
    private readonly Option<string?> _federation = new("--federation") { Description = "The CA's folder; its key is not opened.", HelpName = "DIR" };
    private readonly Option<string?> _definitions = new("--definitions") { Description = "With --apply, in place of --federation: what --out has written, so that nothing else of the CA comes to the broker.", HelpName = "FILE" };
    private readonly Option<string?> _parts = new("--aggregators") { Description = "Aggregators of parts of the roster (default 0).", HelpName = "N" };
    private readonly Option<string?> _out = new("--out") { Description = "The file to write (default: standard output).", HelpName = "FILE" };
    private readonly BrokerOptions _broker = new();

    public FederationBrokerCommand() : base("broker", "Writes RabbitMQ's definitions: exchanges, queues, and a user with the rights of its role for each node.", "./fed federation broker --federation lung-ca --out definitions.json")
    {
        Add(_federation);
        Add(_definitions);
        Add(_parts);
        Add(_out);
        _broker.AddTo(this);
    }

    /// <inheritdoc/>
    protected override FederationBrokerOptions Read(ParseResult parse)
    {
        (string? federation, string? definitions, string? parts, string? written) = (parse.GetValue(_federation), parse.GetValue(_definitions), parse.GetValue(_parts), parse.GetValue(_out));
        BrokerChoice? broker = _broker.Read(parse);
        if (federation is null == definitions is null) throw new UserException("expected --federation DIR, or at the broker --definitions FILE --apply");
        if (definitions is not null && (broker is null || parts is not null || written is not null)) throw new UserException("--definitions FILE was written before, and goes with --apply alone; --aggregators and --out go with --federation");
        return new FederationBrokerOptions(federation is null ? null : FolderOption.Named(_federation, federation), definitions, WholeNumber.Read(parts, _parts.Name, 0, 0, 64), written, broker);
    }

    /// <inheritdoc/>
    protected override int Run(FederationBrokerOptions options, CommandContext context) => FederationSteps.Broker(options, context);
}

/// <summary><c>fed federation server HOST[,HOST...] --federation DIR --out DIR [--days N]</c></summary>
internal sealed class FederationServerCommand : Verb<FederationServerOptions>
{
    private readonly Argument<string> _hosts = new("HOST") { Description = "DNS name or address under which nodes reach the server; several with commas between." };
    private readonly Option<string> _federation = FolderOption.Federation();
    private readonly Option<string> _out = new("--out") { Description = "Folder for server.key, server.crt and ca.crt.", HelpName = "DIR", Required = true };
    private readonly Option<string?> _days = DaysOption.Create();

    public FederationServerCommand() : base("server", "Certifies a broker or database for TLS.", "./fed federation server broker.example.org --federation lung-ca --out broker-tls")
    {
        Add(_hosts);
        Add(_federation);
        Add(_out);
        Add(_days);
    }

    /// <inheritdoc/>
    protected override FederationServerOptions Read(ParseResult parse) =>
        new(parse.GetRequiredValue(_hosts).Split(',', StringSplitOptions.TrimEntries), FolderOption.Value(parse, _federation), FolderOption.Value(parse, _out), DaysOption.Read(parse, _days));

    /// <inheritdoc/>
    protected override int Run(FederationServerOptions options, CommandContext context) => FederationSteps.Server(options, context);
}

/// <summary>Options that name a folder.</summary>
internal static class FolderOption
{
    public static Option<string> Federation() => new("--federation") { Description = "The CA's folder.", HelpName = "DIR", Required = true };

    public static Option<string> Node() => new("--directory") { Description = "The node's folder.", HelpName = "DIR", Required = true };

    /// <summary>What was typed.</summary>
    /// <exception cref="UserException">It is empty, or a file.</exception>
    public static string Value(ParseResult parse, Option<string> option) => Named(option, parse.GetRequiredValue(option));

    /// <inheritdoc cref="Value"/>
    public static string Named(Option option, string folder) => string.IsNullOrWhiteSpace(folder) || File.Exists(folder) ? throw new UserException($"{option.Name} '{folder}' is no folder; name one") : folder;
}

/// <summary>The option that says how long a certificate counts.</summary>
internal static class DaysOption
{
    private const int Usual = 397, Max = 3650;

    public static Option<string?> Create() => new("--days") { Description = $"How long the certificates count (default {Usual}).", HelpName = "N" };

    public static int Read(ParseResult parse, Option<string?> option) => WholeNumber.Read(parse.GetValue(option), option.Name, Usual, 1, Max);
}

/// <summary>Whole numbers on the command line.</summary>
internal static class WholeNumber
{
    /// <summary>What was typed, or the usual value.</summary>
    /// <exception cref="UserException">It is none, or out of range.</exception>
    public static int Read(string? text, string option, int usual, int min, int max)
    {
        if (text is null) return usual;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= min && number <= max
            ? number
            : throw new UserException($"expected {option} from {min} to {max}, found '{text}'");
    }
}
