using System.Globalization;
using System.Security.Cryptography;
using Fed.Cluster.Identity.Enrolment;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Cluster.Servers;
using Npgsql;

namespace Fed.Host.Cluster.Local;

/// <summary>RabbitMQ and PostgreSQL of a cluster on this machine, on free ports of the loopback interface, with TLS and certificates of the cluster's CA, or without.</summary>
internal sealed class LocalServers(LocalFolder folder, FederationFolder federation, LocalStarter starter, int parts, bool hasTls)
{
    private const string Superuser = "fed_admin", Owner = "fed_owner", NodeUser = "fed_node", DatabaseName = "federation", BrokerName = "fed";
    private const int Attempts = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2), Lifetime = TimeSpan.FromDays(3650);
    private static readonly string[] Hosts = ["127.0.0.1", "localhost"];

    /// <summary>Whether they speak TLS.</summary>
    public bool HasTls => hasTls;

    /// <summary>The broker's port.</summary>
    public int BrokerPort { get; private set; }

    /// <summary>The database's port.</summary>
    public int DatabasePort { get; private set; }

    /// <summary>The password of the nodes' role at the database.</summary>
    public string NodePassword => Secret("node");

    /// <summary>How nodes connect to the database.</summary>
    public string NodeConnection => To(NodeUser, NodePassword, DatabaseName);

    /// <summary>What is missing on this machine; empty where nothing is.</summary>
    public static string[] MissingPackages() =>
        [.. RabbitProgram.IsInstalled ? Array.Empty<string>() : [RabbitProgram.Package], .. PostgresProgram.IsInstalled ? Array.Empty<string>() : [PostgresProgram.Package]];

    /// <summary>Starts the broker with users and queues for all nodes that are enrolled.</summary>
    public void StartBroker()
    {
        Directory.CreateDirectory(folder.Broker);
        bool isNew = !File.Exists(RabbitProgram.DefinitionsOf(folder.Broker));
        if (!File.Exists(Path.Combine(folder.Broker, "server.key"))) federation.IssueServer(Hosts, folder.Broker, Lifetime);
        RabbitProgram.Prepare(folder.Broker, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
        File.WriteAllText(RabbitProgram.DefinitionsOf(folder.Broker), federation.BrokerDefinitionsOf(parts));
        File.Delete(RabbitProgram.ProcessIdOf(folder.Broker));
        BrokerPort = ServerAccount.FreePort();
        RabbitProgram.Configure(folder.Broker, BrokerPort, hasTls);
        int mapperPort = ServerAccount.FreePort();
        RabbitControl.Remember(folder.Broker, BrokerName, mapperPort);
        ServerAccount.Own(RabbitProgram.Account, folder.Broker);
        starter.Start("epmd", "broker", RabbitProgram.MapperCommand(folder.Broker, mapperPort), RabbitProgram.MapperReady, Patience);
        starter.Start("rabbitmq", "broker", RabbitProgram.Command(folder.Broker, BrokerName, ServerAccount.FreePort(), mapperPort), RabbitProgram.Ready, Patience);
        starter.Note("rabbitmq-beam", "broker", int.Parse(File.ReadAllText(RabbitProgram.ProcessIdOf(folder.Broker)), CultureInfo.InvariantCulture));
        if (!isNew) RabbitControl.OfFolder(folder.Broker).Apply(File.ReadAllText(RabbitProgram.DefinitionsOf(folder.Broker)));   // it has users of before, and adds those of the file to them
    }

    /// <summary>Starts the database; the first time it makes it.</summary>
    public void StartDatabase()
    {
        Directory.CreateDirectory(folder.Database);
        bool isNew = !Directory.Exists(PostgresProgram.DataOf(folder.Database));
        if (!File.Exists(Path.Combine(folder.Database, "server.key"))) federation.IssueServer(Hosts, folder.Database, Lifetime);
        string passwordFile = Path.Combine(folder.Database, "superuser.password");
        if (isNew) File.WriteAllText(passwordFile, Secret("superuser"));
        ServerAccount.Own(PostgresProgram.Account, folder.Database);
        if (isNew)
        {
            PostgresProgram.Initialise(folder.Database, Superuser, passwordFile, isDurable: true);
        }

        File.WriteAllText(Path.Combine(PostgresProgram.DataOf(folder.Database), "pg_hba.conf"), $"{(hasTls ? "hostssl" : "host")} all all 127.0.0.1/32 scram-sha-256\n");
        DatabasePort = ServerAccount.FreePort();
        starter.Start(
            "postgresql", "database",
            PostgresProgram.Command(folder.Database, DatabasePort, hasTls ? "ssl=on" : "ssl=off", $"ssl_cert_file={Path.Combine(folder.Database, "server.crt")}", $"ssl_key_file={Path.Combine(folder.Database, "server.key")}"),
            PostgresProgram.Ready, Patience);
        if (isNew) CreateRoles();
        PostgresDatabase.Open(new PostgresOptions { Connection = NodeConnection, OwnerConnection = To(Owner, Secret("owner"), DatabaseName) }).Dispose();   // migrates
    }

    private void CreateRoles()
    {
        using NpgsqlConnection connection = new(To(Superuser, Secret("superuser"), "postgres") + ";Pooling=false");
        connection.Open();
        foreach (string sql in (string[])
        [
            $"CREATE ROLE {Owner} LOGIN PASSWORD '{Secret("owner")}'", $"CREATE ROLE {NodeUser} LOGIN PASSWORD '{Secret("node")}'",
            $"CREATE DATABASE {DatabaseName} OWNER {Owner} TEMPLATE template0 ENCODING 'UTF8'",
        ])
        {
            using NpgsqlCommand command = new(sql, connection);
            command.ExecuteNonQuery();
        }
    }

    private string To(string user, string password, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1", Port = DatabasePort, Database = database, Username = user, Password = password, SslMode = hasTls ? SslMode.VerifyFull : SslMode.Disable, RootCertificate = Path.Combine(folder.Authority, "ca.crt"),
    }.ConnectionString;

    /// <summary>A password of hexadecimal digits, made once and kept beside the CA, for the owner of the cluster's folder.</summary>
    private string Secret(string name)
    {
        string path = Path.Combine(folder.Authority, $"database-{name}.password");
        if (!File.Exists(path)) LocalStarter.WriteSecret(path, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24)));
        return File.ReadAllText(path).Trim();
    }
}
