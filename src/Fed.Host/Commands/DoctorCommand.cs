using System.CommandLine;
using Fed.Host.Doctor;

namespace Fed.Host.Commands;

/// <summary>What <c>fed doctor</c> is asked to look at.</summary>
/// <param name="Config">The node's configuration.</param>
/// <param name="Idle">How long a connection to the broker is held without a byte; null for not at all.</param>
internal sealed record DoctorOptions(string Config, TimeSpan? Idle);

/// <summary><c>fed doctor --config FILE [--idle SECONDS]</c></summary>
internal sealed class DoctorCommand : Verb<DoctorOptions>
{
    private const int IdleMax = 3600;

    private readonly Option<string> _config = new("--config") { Description = "The node's configuration (HOCON).", HelpName = "FILE", Required = true };
    private readonly Option<string?> _idle = new("--idle") { Description = "Hold a connection to the broker silent for so many seconds, and see whether it lives.", HelpName = "SECONDS" };

    public DoctorCommand() : base("doctor", "Checks a node's surroundings: broker, proxy, TLS, certificates, clock, database, disk, policy; with a remedy each.", "./fed doctor --config /etc/fed/north/node.conf")
    {
        Add(_config);
        Add(_idle);
    }

    /// <inheritdoc/>
    protected override DoctorOptions Read(ParseResult parse) =>
        new(parse.GetRequiredValue(_config), parse.GetValue(_idle) is { } idle ? TimeSpan.FromSeconds(WholeNumber.Read(idle, _idle.Name, 0, 1, IdleMax)) : null);

    /// <inheritdoc/>
    protected override int Run(DoctorOptions options, CommandContext context) => DoctorRun.Run(options, context);
}
