namespace Fed.TestKit.Servers;

/// <summary>A PostgreSQL server of one test class: its own data in a temporary folder, on a free port of the loopback interface, gone when it is disposed. Debian's package is enough; its service need not run.</summary>
/// <remarks>The server refuses to run as root, so under root it runs as the package's user <c>postgres</c>. Started once and shared as a class or assembly fixture: it takes about two seconds.</remarks>
public sealed class PostgresServer : IDisposable
{
    private const string Account = "postgres", Ready = "database system is ready to accept connections";
    private const int Attempts = 5;
    private readonly string _folder = Directory.CreateTempSubdirectory("fed-postgres-").FullName;
    private readonly string _program, _data;
    private ServerProcess _server;

    /// <summary>Makes a database cluster and starts its server.</summary>
    /// <exception cref="InvalidOperationException">PostgreSQL is not installed, or does not start; the message has what it said.</exception>
    public PostgresServer()
    {
        string programs = Programs ?? throw new InvalidOperationException("PostgreSQL is not installed (apt-get install postgresql)");
        string passwordFile = Path.Combine(_folder, "password");
        (_program, _data) = (Path.Combine(programs, "postgres"), Path.Combine(_folder, "data"));
        File.WriteAllText(passwordFile, Password);
        ServerProcess.Own(Account, _folder);
        ServerProcess.Run(ServerProcess.As(
            Account, _folder, Path.Combine(programs, "initdb"), "-D", _data, "-U", User, "-A", "scram-sha-256", $"--pwfile={passwordFile}", "-E", "UTF8", "--locale=C", "--no-sync"));
        _server = Start();
    }

    /// <summary>The superuser.</summary>
    public const string User = "fed";

    /// <summary>Its password.</summary>
    public const string Password = "not a secret: a server of one test";

    /// <summary>True where the package is there.</summary>
    public static bool IsInstalled => Programs is not null;

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; private set; }

    /// <summary>For Npgsql: the superuser in the database <c>postgres</c>.</summary>
    public string ConnectionString => $"Host=127.0.0.1;Port={Port};Database=postgres;Username={User};Password={Password}";

    // The newest version that is installed.
    private static string? Programs =>
        !Directory.Exists("/usr/lib/postgresql") ? null
            : Directory.EnumerateDirectories("/usr/lib/postgresql").Select(static version => Path.Combine(version, "bin")).Where(static bin => File.Exists(Path.Combine(bin, "initdb"))).Order(StringComparer.Ordinal).LastOrDefault();

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
            if (!hasPort) Port = ServerProcess.FreePort();
            string[] settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "logging_collector=off", "log_destination=stderr", "lc_messages=C", "recovery_init_sync_method=syncfs"];
            if (ServerProcess.TryStart(ServerProcess.As(Account, _folder, _program, ["-D", _data, "-p", $"{Port}", .. settings.SelectMany(static setting => (string[])["-c", setting])]), Ready, out said) is { } server) return server;
        }
        throw new InvalidOperationException($"PostgreSQL did not start:\n{said}");
    }
}
