using System.CommandLine;
using Fed.Cluster.Identity;
using Fed.Cluster.Servers;
using Fed.Host.Enrolment;

namespace Fed.Host.Commands;

/// <summary>What <c>fed enroll request</c> is asked to do.</summary>
/// <param name="Federation">The federation's name.</param>
/// <param name="Role">What the node wants to be.</param>
/// <param name="Name">Its name.</param>
/// <param name="Directory">Its folder.</param>
internal sealed record EnrollRequestOptions(string Federation, NodeRole Role, string Name, string Directory);

/// <summary>What <c>fed enroll approve</c> is asked to do.</summary>
/// <param name="Request">The request's file.</param>
/// <param name="Federation">The CA's folder.</param>
/// <param name="Fingerprint">What the node has told; null to be asked.</param>
/// <param name="Days">How long the certificates count.</param>
internal sealed record EnrollApproveOptions(string Request, string Federation, string? Fingerprint, int Days);

/// <summary>What <c>fed enroll import</c> is asked to do.</summary>
/// <param name="File">The members file.</param>
/// <param name="Directory">The node's folder.</param>
/// <param name="Fingerprint">The CA's, as its holder has told it; null to be asked.</param>
internal sealed record EnrollImportOptions(string File, string Directory, string? Fingerprint);

/// <summary>What <c>fed enroll revoke</c> is asked to do.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Federation">The CA's folder.</param>
/// <param name="Broker">The broker to close it out of; null for none here.</param>
internal sealed record EnrollRevokeOptions(string Node, string Federation, BrokerChoice? Broker);

/// <summary><c>fed enroll request --federation NAME --role ROLE --name NAME --directory DIR</c></summary>
internal sealed class EnrollRequestCommand : Verb<EnrollRequestOptions>
{
    private readonly Option<string> _federation = new("--federation") { Description = "The federation's name.", HelpName = "NAME", Required = true };
    private readonly Option<string> _role = new("--role") { Description = "silo, coordinator or aggregator.", HelpName = "ROLE", Required = true };
    private readonly Option<string> _name = new("--name") { Description = "The node's name; of a silo the site's.", HelpName = "NAME", Required = true };
    private readonly Option<string> _directory = FolderOption.Node();

    public EnrollRequestCommand() : base("request", "Makes a node's keys, which stay here, and a request for certificates.", "./fed enroll request --federation lung --role silo --name north --directory north")
    {
        Add(_federation);
        Add(_role);
        Add(_name);
        Add(_directory);
    }

    /// <inheritdoc/>
    protected override EnrollRequestOptions Read(ParseResult parse)
    {
        string text = parse.GetRequiredValue(_role);
        NodeRole role = text switch
        {
            "silo" => NodeRole.Silo,
            "coordinator" => NodeRole.Coordinator,
            "aggregator" => NodeRole.Aggregator,
            _ => throw new UserException($"expected --role silo, coordinator or aggregator, found '{text}'"),
        };
        return new EnrollRequestOptions(parse.GetRequiredValue(_federation), role, parse.GetRequiredValue(_name), FolderOption.Value(parse, _directory));
    }

    /// <inheritdoc/>
    protected override int Run(EnrollRequestOptions options, CommandContext context) => NodeSteps.Request(options, context);
}

/// <summary><c>fed enroll approve REQUEST --federation DIR [--fingerprint VALUE] [--days N]</c></summary>
internal sealed class EnrollApproveCommand : Verb<EnrollApproveOptions>
{
    private readonly Argument<string> _request = new("REQUEST") { Description = "The node's request.pem." };
    private readonly Option<string> _federation = FolderOption.Federation();
    private readonly Option<string?> _fingerprint = FingerprintOption.Create("The request's fingerprint as the node has told it (default: ask).");
    private readonly Option<string?> _days = DaysOption.Create();

    public EnrollApproveCommand() : base("approve", "Certifies a node whose fingerprint is right.", "./fed enroll approve request.pem --federation lung-ca")
    {
        Add(_request);
        Add(_federation);
        Add(_fingerprint);
        Add(_days);
    }

    /// <inheritdoc/>
    protected override EnrollApproveOptions Read(ParseResult parse) =>
        new(parse.GetRequiredValue(_request), FolderOption.Value(parse, _federation), parse.GetValue(_fingerprint), DaysOption.Read(parse, _days));

    /// <inheritdoc/>
    protected override int Run(EnrollApproveOptions options, CommandContext context) => FederationSteps.Approve(options, context);
}

/// <summary><c>fed enroll import FILE --directory DIR [--fingerprint VALUE]</c></summary>
internal sealed class EnrollImportCommand : Verb<EnrollImportOptions>
{
    private readonly Argument<string> _file = new("FILE") { Description = "The members.pem that the CA's holder has sent." };
    private readonly Option<string> _directory = FolderOption.Node();
    private readonly Option<string?> _fingerprint = FingerprintOption.Create("The CA's fingerprint as its holder has told it (first import only; default: ask).");

    public EnrollImportCommand() : base("import", "Takes up certificates, new members and revocations; a running node needs no restart.", "./fed enroll import members.pem --directory north")
    {
        Add(_file);
        Add(_directory);
        Add(_fingerprint);
    }

    /// <inheritdoc/>
    protected override EnrollImportOptions Read(ParseResult parse) => new(parse.GetRequiredValue(_file), FolderOption.Value(parse, _directory), parse.GetValue(_fingerprint));

    /// <inheritdoc/>
    protected override int Run(EnrollImportOptions options, CommandContext context) => NodeSteps.Import(options, context);
}

/// <summary><c>fed enroll revoke NODE --federation DIR [--apply [--load-definitions FILE | --broker DIR]]</c></summary>
internal sealed class EnrollRevokeCommand : Verb<EnrollRevokeOptions>
{
    private readonly Argument<string> _node = new("NODE") { Description = "The node's name." };
    private readonly Option<string> _federation = FolderOption.Federation();
    private readonly BrokerOptions _broker = new();

    public EnrollRevokeCommand() : base("revoke", "Takes a node's certificates back, for good.", "./fed enroll revoke north --federation lung-ca")
    {
        Add(_node);
        Add(_federation);
        _broker.AddTo(this);
    }

    /// <inheritdoc/>
    protected override EnrollRevokeOptions Read(ParseResult parse) => new(parse.GetRequiredValue(_node), FolderOption.Value(parse, _federation), _broker.Read(parse));

    /// <inheritdoc/>
    protected override int Run(EnrollRevokeOptions options, CommandContext context) => FederationSteps.Revoke(options, context);
}

/// <summary>The option that says what a person has heard over another channel.</summary>
internal static class FingerprintOption
{
    public static Option<string?> Create(string description) => new("--fingerprint") { Description = description, HelpName = "VALUE" };
}

/// <summary>Which broker is changed.</summary>
/// <param name="Folder">Folder of one that <c>fed cluster up</c> has started; null for the service of this machine.</param>
/// <param name="Loaded">The definitions that the service reads at each start; null for the usual file.</param>
internal sealed record BrokerChoice(string? Folder, string? Loaded)
{
    /// <summary>Its command line.</summary>
    /// <exception cref="IOException">There is no such broker here.</exception>
    public RabbitControl Control() => Folder is null ? RabbitControl.OfService(Loaded ?? RabbitProgram.ServiceDefinitions) : RabbitControl.OfFolder(Folder);
}

/// <summary>The options that say which broker is changed.</summary>
internal sealed class BrokerOptions
{
    private readonly Option<bool> _apply = new("--apply") { Description = "Change the broker of this machine, too (rabbitmqctl), and the definitions that it reads at each start." };
    private readonly Option<string?> _loaded = new("--load-definitions") { Description = $"With --apply: the file that load_definitions names in the broker's rabbitmq.conf (default {RabbitProgram.ServiceDefinitions}).", HelpName = "FILE" };
    private readonly Option<string?> _broker = new("--broker") { Description = "With --apply: folder of a broker that 'fed cluster up' has started (default: this machine's service).", HelpName = "DIR" };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_apply);
        command.Add(_loaded);
        command.Add(_broker);
    }

    /// <summary>The broker; null where none is to be changed.</summary>
    /// <exception cref="UserException">One is named, and not to be changed; or two.</exception>
    public BrokerChoice? Read(ParseResult parse)
    {
        (string? folder, string? loaded) = (parse.GetValue(_broker), parse.GetValue(_loaded));
        if (folder is not null && loaded is not null) throw new UserException("--broker names a broker that has its definitions in its folder; leave --load-definitions out");
        if (parse.GetValue(_apply)) return new BrokerChoice(folder, loaded);
        return folder is null && loaded is null ? null : throw new UserException("--broker and --load-definitions say what --apply changes; add --apply");
    }
}
