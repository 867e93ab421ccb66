using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Fed.Cluster.Identity;
using Fed.Cluster.Identity.Enrolment;
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
    public static int Run(string file, CommandContext context)
    {
        NodeConfig config = NodeConfig.Load(file);
        ImmutableArray<Check> checks = ExamineAsync(config, context.Cancel).GetAwaiter().GetResult();
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
    public static async Task<ImmutableArray<Check>> ExamineAsync(NodeConfig config, CancellationToken cancel)
    {
        MemberOptions member = config.Member;
        string? proxy = MachineChecks.ProxyOf(Environment.GetEnvironmentVariable);
        ImmutableArray<Check>.Builder checks = ImmutableArray.CreateBuilder<Check>();
        (ImmutableArray<Check> kit, NodeCredentials? credentials) = KitChecks.Examine(new NodeFolder(config.Kit), (config.Role, config.Name), TimeProvider.System);
        checks.AddRange(kit);
        using (credentials)
        {
            checks.Add(MachineChecks.Disk(config.DataDirectory, MachineChecks.FreeBytes));
            checks.Add(MachineChecks.Proxy(proxy));
            checks.AddRange(await ServerAsync("broker", member.Broker, credentials, proxy, cancel).ConfigureAwait(false));
            if (config.Role == NodeRole.Silo)
            {
                checks.Add(MachineChecks.Clock(MachineChecks.IsClockSynchronised()));
                checks.Add(MachineChecks.Policy(member.Policy));
            }
            else checks.AddRange(await DatabaseAsync(config, credentials, proxy, cancel).ConfigureAwait(false));
        }

        return checks.ToImmutable();
    }

    private static async Task<ImmutableArray<Check>> ServerAsync(string what, ServerAddress server, NodeCredentials? credentials, string? proxy, CancellationToken cancel)
    {
        if (server.Tls && credentials is null) return [Check.Skipped(what, "without certificates there is no CA to hold it against")];
        using X509Certificate2? authority = server.Tls ? X509CertificateLoader.LoadCertificateFromFile(credentials!.AuthorityPath) : null;
        return await ServerChecks.ExamineAsync(what, server.Host!, server.Port, authority, proxy, cancel).ConfigureAwait(false);
    }

    private static async Task<ImmutableArray<Check>> DatabaseAsync(NodeConfig config, NodeCredentials? credentials, string? proxy, CancellationToken cancel)
    {
        if (credentials is null) return [Check.Skipped("database", "without certificates there is no CA to hold it against")];
        try
        {
            return await DatabaseChecks.ExamineAsync(NodeRun.ConnectionOf(config), TimeProvider.System, cancel).ConfigureAwait(false);
        }
        catch (UserException missing)
        {
            return [Check.Failed("database", missing.Message, "put the password of the nodes' role there, mode 0600")];
        }
    }

    private static Table Report(ImmutableArray<Check> checks)
    {
        Table table = new("check", "result", "finding", "remedy");
        foreach (Check check in checks) table.Add(check.Name, Word(check.Result), check.Finding, check.Remedy);
        return table;
    }

    private static string Word(CheckResult result) => result.ToString().ToLowerInvariant();
}
