using System.Diagnostics;
using System.Globalization;

namespace Fed.Cluster.Servers;

/// <summary>RabbitMQ from Debian's package, as a server of one user's own: its data, cookie and port mapper (epmd) in a folder, on ports of the loopback interface.</summary>
public static class RabbitProgram
{
    /// <summary>The package.</summary>
    public const string Package = "rabbitmq-server";

    /// <summary>The package's user.</summary>
    public const string Account = "rabbitmq";

    /// <summary>What the server says when it can be used.</summary>
    public const string Ready = "Server startup complete";

    /// <summary>What the port mapper says when it can be used.</summary>
    public const string MapperReady = "epmd running";

    /// <summary>The largest message that the server takes: twice the largest envelope. Clients take no larger ones, and would lose their connection over it.</summary>
    public const int MessageBytesMax = 8 * 1024 * 1024;

    /// <summary>The definitions that the machine's service reads at each start, as <c>deploy/servers/rabbitmq.conf</c> names them.</summary>
    public const string ServiceDefinitions = "/etc/rabbitmq/fed/definitions.json";

    private const string Program = "/usr/lib/rabbitmq/bin/rabbitmq-server", Mapper = "/usr/bin/epmd";

    /// <summary>True where the package is there.</summary>
    public static bool IsInstalled => File.Exists(Program) && File.Exists(Mapper);

    /// <summary>Writes what a server needs before its first start.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="cookie">The secret by which Erlang nodes know each other; this one is alone.</param>
    /// <param name="consumerTimeout">After about so long a channel that holds a delivery is closed; null for the server's own.</param>
    public static void Prepare(string folder, string cookie, TimeSpan? consumerTimeout = null)
    {
        string rabbit = consumerTimeout is { } limit ? string.Create(CultureInfo.InvariantCulture, $"{{rabbit, [{{consumer_timeout, {(long)limit.TotalMilliseconds}}}, {{channel_tick_interval, 1000}}]}}") : "";   // the tick, at which time-outs are looked for, is a minute by default
        File.WriteAllText(Path.Combine(folder, "advanced.config"), $"[{rabbit}].\n");
        File.WriteAllText(Path.Combine(folder, "enabled_plugins"), "[].\n");
        string path = Path.Combine(folder, ".erlang.cookie");
        File.Delete(path);
        File.WriteAllText(path, cookie);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead);
    }

    /// <summary>Writes where the server listens. TLS where there is a certificate: <c>server.crt</c>, <c>server.key</c> and <c>ca.crt</c> in the folder.</summary>
    public static void Configure(string folder, int port, bool hasTls)
    {
        string At(string file) => Path.Combine(folder, file);
        string listeners = hasTls
            ? $"listeners.tcp = none\nlisteners.ssl.1 = 127.0.0.1:{port}\nssl_options.cacertfile = {At("ca.crt")}\nssl_options.certfile = {At("server.crt")}\nssl_options.keyfile = {At("server.key")}\n"
                + "ssl_options.verify = verify_none\nssl_options.fail_if_no_peer_cert = false\nssl_options.versions.1 = tlsv1.3\nssl_options.versions.2 = tlsv1.2\n"
            : $"listeners.tcp.1 = 127.0.0.1:{port}\n";
        File.WriteAllText(At("rabbitmq.conf"), $"{listeners}log.console = true\nlog.file = false\nmax_message_size = {MessageBytesMax}\nload_definitions = {DefinitionsOf(folder)}\n");
    }

    /// <summary>Where the definitions lie: virtual hosts, users, queues.</summary>
    public static string DefinitionsOf(string folder) => Path.Combine(folder, "definitions.json");

    /// <summary>Where the server writes its process id: what is started is a script that waits for it.</summary>
    public static string ProcessIdOf(string folder) => Path.Combine(folder, "pid");

    /// <summary>The port mapper's command line.</summary>
    public static ProcessStartInfo MapperCommand(string folder, int mapperPort) => ServerAccount.As(Account, folder, Mapper, "-d", "-address", "127.0.0.1", "-port", $"{mapperPort}");

    /// <summary>The server's command line.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The Erlang node's name, before its <c>@</c>.</param>
    /// <param name="nodePort">For other Erlang nodes, of which there are none.</param>
    /// <param name="mapperPort">The port mapper's.</param>
    public static ProcessStartInfo Command(string folder, string name, int nodePort, int mapperPort)
    {
        string At(string file) => Path.Combine(folder, file);
        ProcessStartInfo start = ServerAccount.As(Account, folder, Program);
        (string, string)[] environment =
        [
            ("HOME", folder), ("RABBITMQ_CONF_ENV_FILE", "/dev/null"), ("RABBITMQ_CONFIG_FILE", At("rabbitmq.conf")), ("RABBITMQ_ADVANCED_CONFIG_FILE", At("advanced.config")),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", At("enabled_plugins")), ("RABBITMQ_MNESIA_BASE", At("data")), ("RABBITMQ_LOG_BASE", At("log")), ("RABBITMQ_LOGS", "-"), ("RABBITMQ_PID_FILE", ProcessIdOf(folder)),
            ("RABBITMQ_NODENAME", $"{name}@localhost"), ("RABBITMQ_DIST_PORT", $"{nodePort}"), ("ERL_EPMD_PORT", $"{mapperPort}"), ("ERL_EPMD_ADDRESS", "127.0.0.1"), ("ERL_CRASH_DUMP_SECONDS", "0"),
            ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none"),   // one scheduler that does not spin: it shares the machine
        ];
        foreach ((string variable, string value) in environment) start.Environment[variable] = value;
        return start;
    }
}
