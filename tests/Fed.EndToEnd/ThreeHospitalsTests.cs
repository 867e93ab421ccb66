using System.Diagnostics;
using System.Globalization;
using Fed.Cluster.Servers;
using Fed.EndToEnd.Running;
using Fed.Host.Cluster;
using Fed.TestKit.Servers;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>
/// The way from nothing to a federation of three hospitals, by the commands of docs/operations.md and over servers with the configurations of <c>deploy/servers</c>: ports, paths and addresses alone are others. Half a minute of processor
/// time, so <c>./test.sh chaos</c> runs it.
/// </summary>
public sealed class ThreeHospitalsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly (string Role, string Name)[] Nodes = [("coordinator", "node-1"), ("aggregator", "sums-1"), ("silo", "north"), ("silo", "south"), ("silo", "west")];
    private static readonly string[] Settings = ["job.rounds = 3", "simulation { baselines = false, site-names = [north, south, west], partition { from = iid, sites = 3, file = null, column = null } }"];

    [Fact]
    public void Commands_of_the_operations_page_and_the_deploy_folders_servers_make_a_federation_that_trains_as_a_simulation_does()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("FED_CHAOS_KILLS") is not null, "a long test; ./test.sh chaos runs it");
        if (!RabbitProgram.IsInstalled || !PostgresProgram.IsInstalled || !ServerAccount.IsRoot) Assert.Skip("it needs RabbitMQ, PostgreSQL, and root for the servers' users");
        using Workspace workspace = new();
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(workspace.PathOf("."), (UnixFileMode)0b111_001_001);   // the servers' users pass through it
        string conf = workspace.Conf(Repository.Quickstart, Settings), authority = workspace.PathOf("lung-ca");
        Enrol(workspace, authority);

        (string broker, string database) = (workspace.PathOf("broker"), workspace.PathOf("database"));
        List<(ServerProcess Server, Func<int?> StandsFor)> servers = [];
        List<FedProcess> nodes = [];
        try
        {
            int brokerPort = StartBroker(workspace, authority, broker, servers), databasePort = StartDatabase(workspace, authority, database, servers);
            foreach ((string role, string name) in Nodes)
            {
                string kit = workspace.PathOf(name), server = role == "silo" ? "policy = site.policy" : $"database {{ host = localhost, port = {databasePort} }}";
                File.WriteAllText(Path.Combine(kit, "node.conf"), $"{(role == "silo" ? $"include \"{conf}\"\n" : "")}node {{ name = {name}, role = {role}, broker {{ host = localhost, port = {brokerPort} }}, {server} }}\n");
                if (role == "silo") File.WriteAllText(Path.Combine(kit, "site.policy"), "policy { allow = rules, rules { protection-min = plain }, disk.free-min = 1 MiB }\n");
                else Secret(Path.Combine(kit, "database.password"), "of the nodes");
                FedResult doctor = workspace.Fed("doctor", "--config", Path.Combine(kit, "node.conf")).Succeeded();
                Assert.DoesNotContain("failed", doctor.Out, StringComparison.Ordinal);
                nodes.Add(FedProcess.Start("node", "--config", Path.Combine(kit, "node.conf")));
            }

            AwaitSites(workspace.PathOf("node-1"));
            FedResult submitted = FedProcess.Run("submit", conf, "--watch", "--json", "--data", workspace.PathOf("node-1")).Succeeded();
            Assert.Contains(RunHere.Hashes(Repository.Quickstart, Settings)[^1], submitted.Out, StringComparison.Ordinal);
            Assert.Contains("completed", FedProcess.Run("status", "--data", workspace.PathOf("node-1")).Succeeded().Out, StringComparison.Ordinal);
            foreach (FedProcess node in nodes) node.Terminate();
            Assert.All(nodes, static node => Assert.Equal(0, node.Result().ExitCode));

            // A stolen machine: revoked at the CA, and at the broker with the definitions alone.
            workspace.Fed("enroll", "revoke", "west", "--federation", authority).Succeeded();
            string definitions = workspace.PathOf("definitions.json");
            workspace.Fed("federation", "broker", "--federation", authority, "--out", definitions).Succeeded();
            FedResult applied = workspace.Fed("federation", "broker", "--definitions", definitions, "--apply", "--broker", broker).Succeeded();
            Assert.Contains("deleted west", applied.Out, StringComparison.Ordinal);
            Assert.Equal(File.ReadAllText(definitions), File.ReadAllText(RabbitProgram.DefinitionsOf(broker)));   // which it reads at each start
        }
        finally
        {
            nodes.ForEach(static node => node.Dispose());
            servers.Reverse();
            foreach ((ServerProcess server, Func<int?> standsFor) in servers)
            {
                server.Stop("-TERM", standsFor());
                server.Dispose();
            }
        }
    }

    private static void Enrol(Workspace workspace, string authority)
    {
        string own = workspace.Fed("federation", "create", "lung", "--directory", authority, "--json").Succeeded().Json().GetProperty("fingerprint").GetString()!;
        foreach ((string role, string name) in Nodes)
        {
            string told = workspace.Fed("enroll", "request", "--federation", "lung", "--role", role, "--name", name, "--directory", workspace.PathOf(name), "--json").Succeeded().Json().GetProperty("fingerprint").GetString()!;
            workspace.Fed("enroll", "approve", Path.Combine(workspace.PathOf(name), "request.pem"), "--federation", authority, "--fingerprint", told).Succeeded();
        }

        foreach ((_, string name) in Nodes) workspace.Fed("enroll", "import", Path.Combine(authority, "members.pem"), "--directory", workspace.PathOf(name), "--fingerprint", own).Succeeded();
    }

    /// <summary>RabbitMQ with <c>deploy/servers/rabbitmq.conf</c>.</summary>
    private static int StartBroker(Workspace workspace, string authority, string folder, List<(ServerProcess, Func<int?>)> servers)
    {
        workspace.Fed("federation", "server", "localhost", "--federation", authority, "--out", folder).Succeeded();
        workspace.Fed("federation", "broker", "--federation", authority, "--out", RabbitProgram.DefinitionsOf(folder)).Succeeded();
        (int port, int mapperPort, int nodePort) = (ServerAccount.FreePort(), ServerAccount.FreePort(), ServerAccount.FreePort());
        RabbitProgram.Prepare(folder, "three-hospitals");
        RabbitControl.Remember(folder, "hospitals", mapperPort);
        string conf = Deployed("rabbitmq.conf").Replace("/etc/rabbitmq/fed", folder, StringComparison.Ordinal).Replace("listeners.ssl.default = 5671", $"listeners.ssl.1 = 127.0.0.1:{port}", StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "rabbitmq.conf"), conf + "log.console = true\nlog.file = false\n");
        ServerAccount.Own(RabbitProgram.Account, folder);
        servers.Add((Started(RabbitProgram.MapperCommand(folder, mapperPort), RabbitProgram.MapperReady), static () => null));
        servers.Add((Started(RabbitProgram.Command(folder, "hospitals", nodePort, mapperPort), RabbitProgram.Ready), () => int.Parse(File.ReadAllText(RabbitProgram.ProcessIdOf(folder)), CultureInfo.InvariantCulture)));
        return port;
    }

    /// <summary>PostgreSQL with <c>deploy/servers/postgresql.conf</c>, <c>pg_hba.conf</c> and <c>roles.sql</c>, and the tables.</summary>
    private static int StartDatabase(Workspace workspace, string authority, string folder, List<(ServerProcess, Func<int?>)> servers)
    {
        workspace.Fed("federation", "server", "localhost", "--federation", authority, "--out", folder).Succeeded();
        string superuser = Path.Combine(folder, "superuser.password"), roles = Path.Combine(folder, "roles.sql");
        File.WriteAllText(superuser, "of the superuser");
        File.WriteAllText(roles, Deployed("roles.sql"));
        ServerAccount.Own(PostgresProgram.Account, folder);
        PostgresProgram.Initialise(folder, PostgresProgram.Account, superuser, isDurable: false);
        File.AppendAllText(Path.Combine(PostgresProgram.DataOf(folder), "postgresql.conf"), Deployed("postgresql.conf").Replace("/etc/postgresql/fed", folder, StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(PostgresProgram.DataOf(folder), "pg_hba.conf"), Deployed("pg_hba.conf"));
        int port = ServerAccount.FreePort();
        servers.Add((Started(PostgresProgram.Command(folder, port, $"unix_socket_directories={folder}"), PostgresProgram.Ready), static () => null));
        ServerAccount.Run(ServerAccount.As(
            PostgresProgram.Account, folder, "psql", "-v", "ON_ERROR_STOP=1", "-h", folder, "-p", $"{port}", "-d", "postgres", "-v", "owner=of the owner", "-v", "node=of the nodes", "-f", roles));
        (string ownerFile, string nodeFile) = (workspace.Write("owner.password", "of the owner"), workspace.Write("node.password", "of the nodes"));
        workspace.Fed("federation", "database", "--host", "localhost", "--port", $"{port}", "--authority", Path.Combine(authority, "ca.crt"), "--owner-password-file", ownerFile, "--node-password-file", nodeFile).Succeeded();
        return port;
    }

    private static string Deployed(string file) => File.ReadAllText(Path.Combine(Repository.Root, "deploy", "servers", file));

    private static void Secret(string path, string text)
    {
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private static ServerProcess Started(ProcessStartInfo start, string ready)
    {
        ServerProcess? server = ServerProcess.TryStart(start, ready, out string said);
        Assert.True(server is not null, $"{start.FileName} did not start:\n{said}");
        return server;
    }

    private static void AwaitSites(string kit)
    {
        for (long since = Stopwatch.GetTimestamp(); NodeClient.TryStatus(kit) is not { Sites: { } sites } || sites.Any(static site => site.LastHeard is null); TestContext.Current.CancellationToken.WaitHandle.WaitOne(100))
            Assert.True(Stopwatch.GetElapsedTime(since) < Patience, "the coordinator has not heard of all sites");
    }
}
