using System.Security.Cryptography.X509Certificates;
using Fed.Cluster.Identity;
using Fed.Cluster.Messaging.RabbitMq;
using Fed.Host.Configuration;
using Fed.Host.Configuration.Hocon;

namespace Fed.Host.Cluster;

/// <summary>The configuration of a node of a federation on several machines: its <c>node</c> block, checked; a site's has its data's settings beside it.</summary>
/// <param name="File">The file.</param>
/// <param name="Node">Its <c>node</c> block.</param>
/// <param name="Name">The node's name.</param>
/// <param name="Role">Its role.</param>
/// <param name="Kit">Folder of its keys and certificates, absolute.</param>
internal sealed record NodeConfig(string File, NodeOptions Node, string Name, NodeRole Role, string Kit)
{
    /// <summary>What it says of the federation's servers.</summary>
    public MemberOptions Member => Node.Member;

    /// <summary>Where the node keeps what it must not lose, absolute.</summary>
    public string DataDirectory => Path.GetFullPath(Node.DataDirectory ?? Path.Combine(Kit, "data"));

    /// <summary>Where the node says on which port it answers, and by which word it knows its operator.</summary>
    public string ControlFile => Path.Combine(Kit, "control.json");

    /// <summary>Reads a file.</summary>
    /// <exception cref="UserException">It is missing, is no HOCON, or is not of a node.</exception>
    public static NodeConfig Load(string file)
    {
        HoconObject defaults = Hocon.Parse(FedConfig.ReferenceText, FedConfig.ReferenceName);
        HoconObject root = ShortForm.Expand(Hocon.Load(file, (FedConfig.ReferenceName, FedConfig.ReferenceText), Environment.GetEnvironmentVariable), defaults);
        TrainerBinder.RefuseCommands(root);
        KnownKeys.Check(root, defaults);
        ConfigReader block = new ConfigReader(root, "", new HashSet<string>(StringComparer.Ordinal)).Section("node");
        NodeOptions node = NodeBinder.Bind(block);
        MemberOptions member = node.Member;
        string name = member.Name ?? throw new UserException($"{file}: node.name is not set; write the name that the node's certificates have");
        NodeRole role = member.Role ?? throw new UserException($"{file}: node.role is not set; write coordinator, aggregator or silo");
        if (member.Broker.Host is null) throw new UserException($"{file}: node.broker.host is not set; write the name of the federation's broker");
        if (role != NodeRole.Silo && member.Journal.Host is null) throw new UserException($"{file}: node.database.host is not set; a {Kebab.From(role.ToString())} keeps its journal in the federation's database");
        if (member.Part is not null && role != NodeRole.Aggregator) throw new UserException($"{file}: node.part is of aggregators, and this node is a {Kebab.From(role.ToString())}; leave it out");
        return new NodeConfig(file, node, name, role, Path.GetFullPath(member.Kit ?? Path.GetDirectoryName(Path.GetFullPath(file))!));
    }

    /// <summary>The password of the node's role at the database.</summary>
    /// <exception cref="UserException">The file is missing or readable by others.</exception>
    public string DatabasePassword() => Secret(Member.PasswordFile ?? Path.Combine(Kit, "database.password"));

    /// <summary>How the node reaches its broker.</summary>
    /// <param name="password">Of its user there.</param>
    /// <param name="authority">The federation's CA.</param>
    /// <exception cref="UserException">The proxy's password is missing or readable by others.</exception>
    public RabbitOptions BrokerOptions(string password, X509Certificate2 authority) => new()
    {
        Host = Member.Broker.Host!, Port = Member.Broker.Port, Password = password, Authority = Member.Broker.Tls ? authority : null,
        Proxy = Member.Proxy is { } proxy ? new HttpProxy(proxy.Host, proxy.Port) { User = proxy.User, Password = proxy.PasswordFile is { } file ? Secret(file) : null } : null,
    };

    private static string Secret(string path)
    {
        if (!System.IO.File.Exists(path)) throw new UserException($"'{path}' is missing; it holds the password that the operator of the server gave to this node");
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.OtherRead | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
        if (!OperatingSystem.IsWindows() && (System.IO.File.GetUnixFileMode(path) & Others) != UnixFileMode.None) throw new UserException($"'{path}' can be read by others; allow its owner only: chmod 600 {path}");
        return System.IO.File.ReadAllText(path).Trim();
    }
}
