using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Fed.Cluster.Identity;
using Fed.Cluster.Identity.Enrolment;
using Fed.Cluster.Messaging.RabbitMq;
using Fed.Host.Cluster;
using Fed.Host.Commands;
using Fed.Host.Configuration;
using Fed.Host.History;

namespace Fed.Host.Doctor;

/// <summary>The body of <c>fed doctor</c>: looks at a node's configuration and surroundings as the node would use them, changes nothing, and says what to do about what it finds.</summary>
internal static class DoctorRun
{
    /// <summary>Makes all checks and prints them.</summary>
    /// <returns>1 where one failed.</returns>
    public static int Run(DoctorOptions options, CommandContext context)
    {
        NodeConfig config = NodeConfig.Load(options.Config);
        ImmutableArray<Check> checks = ExamineAsync(config, options.Idle, context.Cancel).GetAwaiter().GetResult();
        Table table = new("check", "result", "finding");
        foreach (Check check in checks) table.Add(check.Name, Word(check.Result), check.Finding);
        if (context.Json) Report(checks).Write(context, "checks");
        else table.Write(context, "checks");
        Check[] remedied = context.Json ? [] : [.. checks.Where(static check => check.Remedy is not null)];
        if (remedied.Length > 0) context.Out.WriteLine();
        foreach (Check check in remedied) context.Out.WriteLine($"{check.Name}: {check.Remedy}.");
        return checks.Any(static check => check.Result == CheckResult.Failed) ? ExitCodes.Environment : ExitCodes.Success;
    }

    /// <summary>Makes all checks of a node.</summary>
    /// <param name="config">Its configuration.</param>
    /// <param name="idle">How long a connection is held without a byte; null for not at all.</param>
    /// <param name="cancel">Ends the checks.</param>
    public static async Task<ImmutableArray<Check>> ExamineAsync(NodeConfig config, TimeSpan? idle, CancellationToken cancel)
    {
        string? environment = MachineChecks.ProxyOf(Environment.GetEnvironmentVariable);
        ImmutableArray<Check>.Builder checks = ImmutableArray.CreateBuilder<Check>();
        (ImmutableArray<Check> kit, NodeCredentials? credentials) = KitChecks.Examine(new NodeFolder(config.Kit), (config.Role, config.Name), TimeProvider.System);
        checks.AddRange(kit);
        using (credentials)
        using (X509Certificate2? authority = credentials is null ? null : X509CertificateLoader.LoadCertificateFromFile(credentials.AuthorityPath))
        {
            checks.Add(MachineChecks.Disk(config.DataDirectory, MachineChecks.FreeBytes));
            checks.Add(MachineChecks.Proxy(config.Member.Proxy is { } proxy ? $"{proxy.Host}:{proxy.Port}" : null, environment));
            checks.AddRange(credentials is null ? [Unheld("broker")] : await BrokerAsync(config, credentials, authority!, environment, idle, cancel).ConfigureAwait(false));
            if (config.Role == NodeRole.Silo)
            {
                checks.Add(MachineChecks.Clock(MachineChecks.IsClockSynchronised()));
                checks.Add(MachineChecks.Policy(config.Member.Policy));
            }
            else checks.AddRange(credentials is null ? [Unheld("database")] : await DatabaseAsync(config, authority!, cancel).ConfigureAwait(false));

            checks.AddRange(config.Node.Trainers.Values.Select(MachineChecks.Trainer));
        }

        return checks.ToImmutable();
    }

    private static Check Unheld(string what) => Check.Skipped(what, "without certificates there is no CA to hold it against");

    private static async Task<ImmutableArray<Check>> BrokerAsync(NodeConfig config, NodeCredentials credentials, X509Certificate2 authority, string? environment, TimeSpan? idle, CancellationToken cancel)
    {
        RabbitOptions broker;
        try
        {
            broker = config.BrokerOptions(credentials.BrokerPassword, authority);
        }
        catch (UserException missing)
        {
            return [Check.Failed("broker", missing.Message, "put the proxy's password there, mode 0600, or leave proxy.user and proxy.password-file out")];
        }

        ImmutableArray<Check> reached = await ServerChecks.ExamineAsync("broker", broker.Host, broker.Port, broker.Authority, environment, cancel, broker.Proxy).ConfigureAwait(false);
        if (reached.Any(static check => check.Result == CheckResult.Failed)) return [.. reached, Check.Skipped("broker login", "not reached")];
        ImmutableArray<Check> known = [.. reached, await BrokerChecks.LoginAsync(credentials.Identity, broker, cancel).ConfigureAwait(false)];
        return idle is { } length ? [.. known, await BrokerChecks.IdleAsync(credentials.Identity, broker, length, cancel).ConfigureAwait(false)] : known;
    }

    private static async Task<ImmutableArray<Check>> DatabaseAsync(NodeConfig config, X509Certificate2 authority, CancellationToken cancel)
    {
        ServerAddress server = config.Member.Journal;
        string connection;
        try
        {
            connection = NodeRun.ConnectionOf(config);
        }
        catch (UserException missing)
        {
            return [Check.Failed("database", missing.Message, "put the password of the nodes' role there, mode 0600")];
        }

        ImmutableArray<Check> reached = await ServerChecks.ExamineAsync("database", server.Host!, server.Port, server.Tls ? authority : null, environment: null, cancel, isPostgres: true).ConfigureAwait(false);
        return reached.Any(static check => check.Result == CheckResult.Failed)
            ? [.. reached, Check.Skipped("database login", "not reached"), Check.Skipped("clock", "the database does not tell its time")]
            : [.. reached, .. await DatabaseChecks.ExamineAsync(connection, TimeProvider.System, cancel).ConfigureAwait(false)];
    }

    private static Table Report(ImmutableArray<Check> checks)
    {
        Table table = new("check", "result", "finding", "remedy");
        foreach (Check check in checks) table.Add(check.Name, Word(check.Result), check.Finding, check.Remedy);
        return table;
    }

    private static string Word(CheckResult result) => result.ToString().ToLowerInvariant();
}
