using System.CommandLine;
using Fed.Host.Enrolment;

namespace Fed.Host.Commands;

/// <summary>What <c>fed federation database</c> is asked to do.</summary>
/// <param name="Host">The server.</param>
/// <param name="Port">Its port.</param>
/// <param name="Database">The database.</param>
/// <param name="Authority">File with the CA's certificate.</param>
/// <param name="Owner">The role that owns the tables.</param>
/// <param name="OwnerPasswordFile">File with its password.</param>
/// <param name="Node">The nodes' role.</param>
/// <param name="NodePasswordFile">File with its password.</param>
internal sealed record FederationDatabaseOptions(string Host, int Port, string Database, string Authority, string Owner, string OwnerPasswordFile, string Node, string NodePasswordFile);

/// <summary><c>fed federation database --host HOST --authority FILE --owner-password-file FILE --node-password-file FILE</c></summary>
internal sealed class FederationDatabaseCommand : Verb<FederationDatabaseOptions>
{
    private readonly Option<string> _host = new("--host") { Description = "The database's server, as its certificate names it.", HelpName = "HOST", Required = true };
    private readonly Option<string?> _port = new("--port") { Description = "Its port (default 5432).", HelpName = "N" };
    private readonly Option<string> _name = new("--name") { Description = "The database (default federation).", HelpName = "NAME", DefaultValueFactory = static _ => "federation" };
    private readonly Option<string> _authority = new("--authority") { Description = "The CA's certificate (ca.crt).", HelpName = "FILE", Required = true };
    private readonly Option<string> _owner = new("--owner") { Description = "The role that owns the tables (default fed_owner).", HelpName = "ROLE", DefaultValueFactory = static _ => "fed_owner" };
    private readonly Option<string> _ownerPassword = new("--owner-password-file") { Description = "File with its password.", HelpName = "FILE", Required = true };
    private readonly Option<string> _node = new("--node") { Description = "The nodes' role (default fed_node).", HelpName = "ROLE", DefaultValueFactory = static _ => "fed_node" };
    private readonly Option<string> _nodePassword = new("--node-password-file") { Description = "File with its password.", HelpName = "FILE", Required = true };

    public FederationDatabaseCommand()
        : base(
            "database", "Makes the tables of a federation's database, or brings older ones to this version.",
            "./fed federation database --host db.example.org --authority lung-ca/ca.crt --owner-password-file owner.password --node-password-file node.password")
    {
        foreach (Option option in (Option[])[_host, _port, _name, _authority, _owner, _ownerPassword, _node, _nodePassword]) Add(option);
    }

    /// <inheritdoc/>
    protected override FederationDatabaseOptions Read(ParseResult parse) => new(
        parse.GetRequiredValue(_host), WholeNumber.Read(parse.GetValue(_port), _port.Name, 5432, 1, 65_535), parse.GetRequiredValue(_name), parse.GetRequiredValue(_authority),
        parse.GetRequiredValue(_owner), parse.GetRequiredValue(_ownerPassword), parse.GetRequiredValue(_node), parse.GetRequiredValue(_nodePassword));

    /// <inheritdoc/>
    protected override int Run(FederationDatabaseOptions options, CommandContext context) => DatabaseStep.Run(options, context);
}
