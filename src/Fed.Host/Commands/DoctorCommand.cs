using System.CommandLine;
using Fed.Host.Doctor;

namespace Fed.Host.Commands;

/// <summary><c>fed doctor --config FILE</c></summary>
internal sealed class DoctorCommand : Verb<string>
{
    private readonly Option<string> _config = new("--config") { Description = "The node's configuration (HOCON).", HelpName = "FILE", Required = true };

    public DoctorCommand() : base("doctor", "Checks a node's surroundings: broker, TLS, certificates, clock, database, disk, policy; with a remedy each.", "./fed doctor --config /etc/fed/north/node.conf") => Add(_config);

    /// <inheritdoc/>
    protected override string Read(ParseResult parse) => parse.GetRequiredValue(_config);

    /// <inheritdoc/>
    protected override int Run(string options, CommandContext context) => DoctorRun.Run(options, context);
}
