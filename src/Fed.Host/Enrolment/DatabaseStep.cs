using System.Text.Json.Nodes;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Host.Commands;
using Npgsql;

namespace Fed.Host.Enrolment;

/// <summary>The body of <c>fed federation database</c>: makes the tables of a federation's database, or brings older ones to this version, and gives the nodes' role its rights.</summary>
internal static class DatabaseStep
{
    private const int PasswordMax = 4096;

    public static int Run(FederationDatabaseOptions options, CommandContext context)
    {
        string To(string user, string passwordFile) => new NpgsqlConnectionStringBuilder
        {
            Host = options.Host, Port = options.Port, Database = options.Database, Username = user, Password = TextInput.Read(passwordFile, "password file", PasswordMax).Trim(), SslMode = SslMode.VerifyFull, RootCertificate = options.Authority,
        }.ConnectionString;
        if (!File.Exists(options.Authority)) throw new UserException($"the CA's certificate '{options.Authority}' does not exist; name ca.crt with --authority");
        PostgresOptions connection = new() { Connection = To(options.Node, options.NodePasswordFile), OwnerConnection = To(options.Owner, options.OwnerPasswordFile), OutageMax = TimeSpan.FromSeconds(5) };
        PostgresDatabase.Open(connection).Dispose();
        return Answer.Write(
            context,
            new JsonObject { ["host"] = options.Host, ["database"] = options.Database, ["node"] = options.Node },
            $"The database '{options.Database}' at {options.Host} has the tables of this version, and '{options.Node}' the rights of a node.",
            $"Each coordinator and aggregator needs that role's password in its folder, as database.password (mode 0600).");
    }
}
