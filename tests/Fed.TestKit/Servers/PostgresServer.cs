using Fed.Cluster.Servers;

namespace Fed.TestKit.Servers;

/// <summary>A PostgreSQL server of one test class: its own data in a temporary folder, on a free port of the loopback interface, gone when it is disposed. Debian's package is enough; its service need not run.</summary>
/// <remarks>The server refuses to run as root, so under root it runs as the package's user <c>postgres</c>. Started once and shared as a class or assembly fixture: it takes about two seconds.</remarks>
public sealed class PostgresServer : IDisposable
{
    private const int Attempts = 5;
    private readonly string _folder = Directory.CreateTempSubdirectory("fed-postgres-").FullName;
    private ServerProcess _server;

    /// <summary>Makes a database cluster and starts its server.</summary>
    /// <exception cref="InvalidOperationException">PostgreSQL is not installed, or does not start; the message has what it said.</exception>
    public PostgresServer()
    {
        if (!IsInstalled) throw new InvalidOperationException($"PostgreSQL is not installed (apt-get install {PostgresProgram.Package})");
        string passwordFile = Path.Combine(_folder, "password");
        File.WriteAllText(passwordFile, Password);
        ServerAccount.Own(PostgresProgram.Account, _folder);
        PostgresProgram.Initialise(_folder, User, passwordFile, isDurable: false);
        _server = Start();
    }

    /// <summary>The superuser.</summary>
    public const string User = "fed";

    /// <summary>Its password.</summary>
    public const string Password = "not a secret: a server of one test";

    /// <summary>True where the package is there.</summary>
    public static bool IsInstalled => PostgresProgram.IsInstalled;

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; private set; }

    /// <summary>For Npgsql: the superuser in the database <c>postgres</c>.</summary>
    public string ConnectionString => $"Host=127.0.0.1;Port={Port};Database=postgres;Username={User};Password={Password}";

    /// <summary>Stops the server as if its machine had lost its power, and starts it again on the same port: all sessions are lost, and what was committed comes back from the write-ahead log.</summary>
    public void Crash()
    {
        Stop("-QUIT");
        _server = Start();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop("-INT");   // a fast shutdown: sessions are ended, nothing is left behind
        Directory.Delete(_folder, recursive: true);
    }

    private void Stop(string signal)
    {
        _server.Stop(signal);
        _server.Dispose();
    }

    // A server that has a port keeps it.
    private ServerProcess Start()
    {
        string said = "";
        bool hasPort = Port != 0;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (!hasPort) Port = ServerAccount.FreePort();
            if (ServerProcess.TryStart(PostgresProgram.Command(_folder, Port), PostgresProgram.Ready, out said) is { } server) return server;
        }
        throw new InvalidOperationException($"PostgreSQL did not start:\n{said}");
    }
}
