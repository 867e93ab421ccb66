using Fed.Actors.Protocol.Aggregation;
using Fed.Cluster.Identity;
using Fed.Host.Telemetry;

namespace Fed.Host.Configuration;

/// <summary>Reads and validates the <c>node</c> block.</summary>
internal static class NodeBinder
{
    public static NodeOptions Bind(ConfigReader block) => new(
        block.Has("data-dir") ? block.File("data-dir") : null,
        block.Choice<LogLevelChoice>("log-level"),
        block.Integer("mailbox-capacity", 16),
        block.Integer("stash-capacity", 1),
        block.Duration("shutdown-limit", TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1)))
    {
        Trainers = TrainerBinder.Bind(block),
        Member = Member(block, block.Section("broker"), block.Section("database")),
    };

    private static MemberOptions Member(ConfigReader block, ConfigReader broker, ConfigReader database)
    {
        string? name = block.OptionalText("name");
        if (name is not null && !NodeIdentity.IsName(name)) throw block.Refuse("name", $"expected {block.Path}.name to be 1 to {NodeIdentity.NameLengthMax} characters of a to z, 0 to 9 and hyphen, found '{name}'");
        return new MemberOptions(
            name,
            block.Has("role") ? block.Choice<NodeRole>("role") : null,
            block.Has("kit") ? block.File("kit") : null,
            block.Integer("health-port", 0, 65_535),
            block.Duration("lease", TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
            Server(broker),
            Server(database))
        {
            JobsAtOnce = block.Section("jobs").Integer("at-once", 1, 100),
            Proxy = Proxy(broker.Section("proxy")),
            Policy = block.Has("policy") ? block.File("policy") : null,
            Part = block.Has("part") ? block.Integer("part", 1, AggregatorTree.PartsMax) : null,
            PasswordFile = database.Has("password-file") ? database.File("password-file") : null,
            Database = database.Text("name"),
            DatabaseUser = database.Text("user"),
            Telemetry = Telemetry(block.Section("telemetry")),
        };
    }

    private static ProxyAddress? Proxy(ConfigReader block)
    {
        string? host = block.OptionalText("host"), user = block.OptionalText("user"), passwordFile = block.Has("password-file") ? block.File("password-file") : null;
        int port = block.Integer("port", 1, 65_535);
        if (host is null) return null;
        ProxyAddress proxy = new(host, port, user, passwordFile);
        return proxy.User is null == proxy.PasswordFile is null ? proxy : throw block.Refuse("user", $"expected {block.Path}.user and {block.Path}.password-file, or neither of them");
    }

    private static TelemetryOptions? Telemetry(ConfigReader block)
    {
        TimeSpan interval = block.Duration("interval", TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        if (block.OptionalText("otlp") is not { } otlp) return null;
        return Uri.TryCreate(otlp, UriKind.Absolute, out Uri? collector) && collector.Scheme is "http" or "https"
            ? new TelemetryOptions(collector, interval)
            : throw block.Refuse("otlp", $"expected {block.Path}.otlp to be an address such as http://127.0.0.1:4318, found '{otlp}'");
    }

    private static ServerAddress Server(ConfigReader block) => new(block.OptionalText("host"), block.Integer("port", 1, 65_535), block.Flag("tls"));
}
