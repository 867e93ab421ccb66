using System.Diagnostics;

namespace Fed.Cluster.Servers;

/// <summary>PostgreSQL from Debian's package, as a server of one user's own: its data in a folder, on a port of the loopback interface.</summary>
public static class PostgresProgram
{
    /// <summary>The package.</summary>
    public const string Package = "postgresql";

    /// <summary>The package's user.</summary>
    public const string Account = "postgres";

    /// <summary>What the server says when it can be used.</summary>
    public const string Ready = "database system is ready to accept connections";

    /// <summary>True where the package is there.</summary>
    public static bool IsInstalled => Programs is not null;

    // The newest version that is installed.
    private static string? Programs =>
        !Directory.Exists("/usr/lib/postgresql") ? null
            : Directory.EnumerateDirectories("/usr/lib/postgresql").Select(static version => Path.Combine(version, "bin")).Where(static bin => File.Exists(Path.Combine(bin, "initdb"))).Order(StringComparer.Ordinal).LastOrDefault();

    /// <summary>Makes a database cluster in <c>data</c> below a folder, which the server's user owns.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="superuser">Who may do everything.</param>
    /// <param name="passwordFile">A file with the superuser's password.</param>
    /// <param name="isDurable">False for tests: a machine that stops may lose it.</param>
    /// <exception cref="IOException">It could not be made; the message has what was said.</exception>
    public static void Initialise(string folder, string superuser, string passwordFile, bool isDurable) => ServerAccount.Run(ServerAccount.As(
        Account, folder, Path.Combine(Folder, "initdb"),
        ["-D", DataOf(folder), "-U", superuser, "-A", "scram-sha-256", $"--pwfile={passwordFile}", "-E", "UTF8", "--locale=C", .. isDurable ? Array.Empty<string>() : ["--no-sync"]]));

    /// <summary>The server's command line.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="port">On 127.0.0.1.</param>
    /// <param name="settings">More settings, such as <c>ssl=on</c>.</param>
    public static ProcessStartInfo Command(string folder, int port, params ReadOnlySpan<string> settings)
    {
        string[] all = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "logging_collector=off", "log_destination=stderr", "lc_messages=C", "recovery_init_sync_method=syncfs", .. settings];
        return ServerAccount.As(Account, folder, Path.Combine(Folder, "postgres"), ["-D", DataOf(folder), "-p", $"{port}", .. all.SelectMany(static setting => (string[])["-c", setting])]);
    }

    /// <summary>Where the data lies.</summary>
    public static string DataOf(string folder) => Path.Combine(folder, "data");

    private static string Folder => Programs ?? throw new IOException($"PostgreSQL is not installed (apt-get install {Package})");
}
