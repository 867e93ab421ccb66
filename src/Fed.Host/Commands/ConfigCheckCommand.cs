using System.CommandLine;
using Fed.Host.Configuration;

namespace Fed.Host.Commands;

/// <summary>What <c>fed config check</c> is asked to do.</summary>
/// <param name="File">The configuration.</param>
internal sealed record ConfigCheckOptions(string File);

/// <summary><c>fed config check FILE</c></summary>
internal sealed class ConfigCheckCommand : Verb<ConfigCheckOptions>
{
    private readonly Argument<string> _file = new("FILE") { Description = "The configuration (HOCON)." };

    public ConfigCheckCommand() : base("check", "Validates a configuration and shows the plan that it makes.", "./fed config check hocon/quickstart.conf") => Add(_file);

    /// <inheritdoc/>
    protected override ConfigCheckOptions Read(ParseResult parse) => new(parse.GetRequiredValue(_file));

    /// <inheritdoc/>
    protected override int Run(ConfigCheckOptions options, CommandContext context)
    {
        FedConfig config = FedConfig.Load(options.File);
        config.CheckAnySites();
        if (context.Json) context.Out.WriteLine(ConfigSummary.Json(config));
        else context.Out.Write(ConfigSummary.Text(config));
        return ExitCodes.Success;
    }
}
