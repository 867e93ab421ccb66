using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fed.TestKit.Servers;

/// <summary>A PostgreSQL server of one test class: its own data in a temporary folder, on a free port of the loopback interface, gone when it is disposed. Debian's package is enough; its service need not run.</summary>
/// <remarks>The server refuses to run as root, so under root it runs as the package's user <c>postgres</c>. Started once and shared as a class or assembly fixture: it takes about two seconds.</remarks>
public sealed class PostgresServer : IDisposable
{
    private const string Ready = "database system is ready to accept connections";
    private const int Attempts = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly string _folder = Directory.CreateTempSubdirectory("fed-postgres-").FullName;
    private readonly string _program, _data;
    private Process _server;

    /// <summary>Makes a database cluster and starts its server.</summary>
    /// <exception cref="InvalidOperationException">PostgreSQL is not installed, or does not start; the message has what it said.</exception>
    public PostgresServer()
    {
        string programs = Programs ?? throw new InvalidOperationException("PostgreSQL is not installed (apt-get install postgresql)");
        string passwordFile = Path.Combine(_folder, "password");
        (_program, _data) = (Path.Combine(programs, "postgres"), Path.Combine(_folder, "data"));
        File.WriteAllText(passwordFile, Password);
        if (Environment.UserName == "root") Run("chown", "-R", "postgres:postgres", _folder);
        Run(AsUser(Path.Combine(programs, "initdb"), "-D", _data, "-U", User, "-A", "scram-sha-256", $"--pwfile={passwordFile}", "-E", "UTF8", "--locale=C", "--no-sync"));
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
        Run("kill", signal, $"{_server.Id}");
        if (!_server.WaitForExit(Patience)) _server.Kill(entireProcessTree: true);
        _server.Dispose();
    }

    // A port that is free now may be taken a moment later; then another one is tried, but for a server that has one already.
    private Process Start()
    {
        string said = "";
        bool hasPort = Port != 0;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (!hasPort) Port = FreePort();
            ProcessStartInfo start = AsUser(
                _program, "-D", _data, "-p", $"{Port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "logging_collector=off", "-c", "log_destination=stderr", "-c", "lc_messages=C", "-c", "recovery_init_sync_method=syncfs");
            start.RedirectStandardError = true;
            Process server = Process.Start(start)!;
            StringBuilder log = new();
            SemaphoreSlim known = new(0);   // not disposed: a late last line may still want it
            bool isReady = false;
            server.ErrorDataReceived += (_, line) =>
            {
                lock (log)
                {
                    log.AppendLine(line.Data);
                    bool isNews = line.Data is null || line.Data.Contains(Ready, StringComparison.Ordinal);   // null: it has ended
                    if (isReady || !isNews) return;
                    isReady = line.Data is not null;
                    known.Release();
                }
            };
            server.BeginErrorReadLine();
            bool isKnown = known.Wait(Patience);
            lock (log)
            {
                if (isReady) return server;
                said = log.ToString();
            }
            if (!isKnown) server.Kill(entireProcessTree: true);
            server.Dispose();
        }
        throw new InvalidOperationException($"PostgreSQL did not start:\n{said}");
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private ProcessStartInfo AsUser(string program, params ReadOnlySpan<string> arguments)
    {
        string[] line = [program, .. arguments];
        if (Environment.UserName == "root") line = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", .. line];
        return new ProcessStartInfo(line[0], line[1..]) { WorkingDirectory = _folder, RedirectStandardOutput = true, UseShellExecute = false };
    }

    private static void Run(string program, params string[] arguments) => Run(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false });

    private static void Run(ProcessStartInfo start)
    {
        start.RedirectStandardError = true;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        _ = output.Result;
        if (!process.WaitForExit(Patience) || process.ExitCode != 0) throw new InvalidOperationException($"{start.FileName} {string.Join(' ', start.ArgumentList)} failed: {error}");
    }
}
