using System.Diagnostics;
using System.Globalization;

namespace Fed.TestKit.Servers;

/// <summary>
/// A RabbitMQ server of one test class: its own data, cookie and port mapper (epmd) in a temporary folder, on free ports of the loopback interface, gone when it is disposed. Debian's package is enough; its service need not run.
/// </summary>
/// <remarks>Under root it runs as the package's user <c>rabbitmq</c>. It takes about ten seconds to start: share it.</remarks>
public sealed class RabbitServer : IDisposable
{
    private const string Account = "rabbitmq", Program = "/usr/lib/rabbitmq/bin/rabbitmq-server", Mapper = "/usr/bin/epmd", Ready = "Server startup complete", MapperReady = "epmd running";
    private const int Attempts = 3;
    private readonly string _folder = Directory.CreateTempSubdirectory("fed-rabbit-").FullName;
    private readonly ServerProcess _mapper;
    private ServerProcess _server;
    private int _mapperPort, _nodePort;

    /// <summary>Starts a server with nothing on it but users.</summary>
    /// <param name="consumerTimeout">After about so long a channel that holds a delivery is closed.</param>
    /// <param name="users">Who may connect beside <see cref="User"/>, all with <see cref="Password"/>.</param>
    /// <param name="definitions">A definitions file with more: virtual hosts, users, queues.</param>
    /// <exception cref="InvalidOperationException">RabbitMQ is not installed, or does not start; the message has what it said.</exception>
    public RabbitServer(TimeSpan consumerTimeout, ReadOnlySpan<RabbitUser> users = default, string? definitions = null)
    {
        if (!IsInstalled) throw new InvalidOperationException("RabbitMQ is not installed (apt-get install rabbitmq-server)");
        long milliseconds = (long)consumerTimeout.TotalMilliseconds;
        File.WriteAllText(PathOf("advanced.config"), $"[{{rabbit, [{{consumer_timeout, {milliseconds}}}, {{channel_tick_interval, 1000}}]}}].\n");   // the tick, at which time-outs are looked for, is a minute by default
        File.WriteAllText(PathOf("enabled_plugins"), "[].\n");
        File.WriteAllText(PathOf("definitions.json"), RabbitUser.Definitions([new RabbitUser(User, ".*", ".*", ".*"), .. users], Password, definitions));
        File.WriteAllText(PathOf(".erlang.cookie"), $"fed{Environment.ProcessId}");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(PathOf(".erlang.cookie"), UnixFileMode.UserRead);
        ServerProcess.Own(Account, _folder);
        _mapper = StartMapper();
        _server = Start();
    }

    /// <summary>A user who may do everything in the virtual host <c>/</c>.</summary>
    public const string User = "fed";

    /// <summary>Its password.</summary>
    public const string Password = "not-a-secret-of-one-test";

    /// <summary>True where the package is there.</summary>
    public static bool IsInstalled => File.Exists(Program) && File.Exists(Mapper);

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; private set; }

    /// <summary>Kills the server and starts it again on the same ports: what it has confirmed as persistent is there again.</summary>
    public void Crash()
    {
        Kill();
        _server = Start();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Kill();
        _mapper.Stop("-KILL");
        _mapper.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // What was started is a script that waits for the server.
    private void Kill()
    {
        _server.Stop("-KILL", int.Parse(File.ReadAllText(PathOf("pid")), CultureInfo.InvariantCulture));
        _server.Dispose();
        File.Delete(PathOf("pid"));
    }

    private ServerProcess StartMapper()
    {
        string said = "";
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            _mapperPort = ServerProcess.FreePort();
            if (ServerProcess.TryStart(ServerProcess.As(Account, _folder, Mapper, "-d", "-address", "127.0.0.1", "-port", $"{_mapperPort}"), MapperReady, out said) is { } mapper) return mapper;
        }
        throw new InvalidOperationException($"epmd did not start:\n{said}");
    }

    // A server that has ports keeps them.
    private ServerProcess Start()
    {
        string said = "";
        bool hasPorts = Port != 0;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (!hasPorts) (Port, _nodePort) = (ServerProcess.FreePort(), ServerProcess.FreePort());
            File.WriteAllText(PathOf("rabbitmq.conf"), $"listeners.tcp.1 = 127.0.0.1:{Port}\nlog.console = true\nlog.file = false\nload_definitions = {PathOf("definitions.json")}\n");
            if (ServerProcess.TryStart(Command(), Ready, out said) is { } server) return server;
        }
        throw new InvalidOperationException($"RabbitMQ did not start:\n{said}");
    }

    private ProcessStartInfo Command()
    {
        ProcessStartInfo start = ServerProcess.As(Account, _folder, Program);
        (string, string)[] environment =
        [
            ("HOME", _folder), ("RABBITMQ_CONF_ENV_FILE", "/dev/null"), ("RABBITMQ_CONFIG_FILE", PathOf("rabbitmq.conf")), ("RABBITMQ_ADVANCED_CONFIG_FILE", PathOf("advanced.config")),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", PathOf("enabled_plugins")), ("RABBITMQ_MNESIA_BASE", PathOf("data")), ("RABBITMQ_LOG_BASE", PathOf("log")), ("RABBITMQ_LOGS", "-"), ("RABBITMQ_PID_FILE", PathOf("pid")),
            ("RABBITMQ_NODENAME", $"fed{Port}@localhost"), ("RABBITMQ_DIST_PORT", $"{_nodePort}"), ("ERL_EPMD_PORT", $"{_mapperPort}"), ("ERL_EPMD_ADDRESS", "127.0.0.1"), ("ERL_CRASH_DUMP_SECONDS", "0"),
            ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none"),   // one scheduler that does not spin: tests share the machine
        ];
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        return start;
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
