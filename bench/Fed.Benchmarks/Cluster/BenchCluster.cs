using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using Fed.Actors.Ports;
using Fed.Cluster.Identity;
using Fed.Cluster.Identity.Enrolment;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Cluster.Messaging.RabbitMq;
using Fed.Host.Cluster.Local;
using Fed.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fed.Benchmarks.Cluster;

/// <summary>A federation's broker and database on this machine, started from the installed packages as <c>fed cluster up</c> starts them, and kits of a coordinator and a site.</summary>
internal sealed class BenchCluster : IDisposable
{
    public const string Server = "coordinator", Site = "north";
    private static readonly NodeIdentity[] Nodes = [new(LocalFolder.Federation, NodeRole.Coordinator, Server), new(LocalFolder.Federation, NodeRole.Silo, Site)];

    private readonly string _data = Directory.CreateTempSubdirectory("fed-bench-").FullName;
    private readonly LocalFolder _folder;
    private readonly FederationFolder _federation;
    private readonly LocalStarter _starter;
    private readonly LocalServers _servers;
    private readonly LastWill _will;

    public BenchCluster(bool hasTls)
    {
        HasTls = hasTls;
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_data, (UnixFileMode)0b111_101_101);   // the servers run as users of their own
        _folder = new LocalFolder(_data);
        _starter = new LocalStarter(_folder, new LocalState("bench", []));
        Directory.CreateDirectory(_folder.Root);
        _federation = FederationFolder.Create(LocalFolder.Federation, _folder.Authority, TimeProvider.System);
        foreach (NodeIdentity node in Nodes) _federation.Approve(_folder.Node(node.Name).Ask(node, TimeProvider.System), CertificateAuthority.NodeLifetime);
        MembersFile members = MembersFile.Parse(File.ReadAllText(_federation.MembersPath));
        foreach (NodeIdentity node in Nodes) _folder.Node(node.Name).Import(members, TimeProvider.System, static _ => { });
        _servers = new LocalServers(_folder, _federation, _starter, parts: 0, hasTls);
        _will = LastWill.OfCluster(Path.Combine(AppContext.BaseDirectory, "fed.dll"), _data, _data);   // servers outlive whoever starts them
        try
        {
            _servers.StartBroker();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public bool HasTls { get; }

    /// <summary>The addresses of both nodes.</summary>
    public static NodeAddress ServerAddress => NodeAddress.Coordinator;

    /// <inheritdoc cref="ServerAddress"/>
    public static NodeAddress SiteAddress => NodeAddress.Silo(Site);

    /// <summary>Processor seconds of the broker so far.</summary>
    public double BrokerSeconds() => ProcessFigures.Of(_starter.State.Processes.First(static process => process.Name == "rabbitmq-beam").Id).CpuSeconds;

    public void Dispose()
    {
        foreach (string signal in (string[])["-TERM", "-KILL"])
        {
            foreach (LocalProcess process in _starter.State.Processes.Reverse()) ProcessTable.Signal(process, signal);
            if (ProcessTable.WaitForEnd(_starter.State.Processes, TimeSpan.FromSeconds(20)).IsEmpty) break;
        }

        _federation.Dispose();
        Directory.Delete(_data, recursive: true);
        _will.Dispose();
    }

    /// <summary>Command line by which a child process finds the cluster.</summary>
    public string[] Place => [_folder.Node(Site).Root, $"{_servers.BrokerPort}", HasTls ? "on" : "off"];

    /// <summary>Opens a node's connection in this process.</summary>
    public BenchWire Connect(string name) => new(_folder.Node(name), _servers.BrokerPort, HasTls);

    /// <summary>Starts the database, and opens it as a node.</summary>
    public PostgresDatabase OpenDatabase()
    {
        _servers.StartDatabase();
        return PostgresDatabase.Open(new PostgresOptions { Connection = _servers.NodeConnection });
    }

    /// <summary>Starts this program as a child, as the site.</summary>
    public Process StartSite(string role, params string[] arguments)
    {
        string[] entry = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(BenchCluster).Assembly.Location] : [];
        return Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. entry, "cluster-child", role, .. Place, .. arguments]) { RedirectStandardOutput = true, RedirectStandardInput = true, UseShellExecute = false })!;
    }
}

/// <summary>A node's keys and connection.</summary>
internal sealed class BenchWire : IDisposable
{
    private readonly NodeCredentials _credentials;
    private readonly X509Certificate2 _authority;

    public BenchWire(NodeFolder kit, int brokerPort, bool hasTls)
    {
        _credentials = kit.Open(TimeProvider.System);
        _authority = X509Certificate2.CreateFromPem(File.ReadAllText(_credentials.AuthorityPath));
        Options = new RabbitOptions { Host = "127.0.0.1", Port = brokerPort, Password = _credentials.BrokerPassword, Authority = hasTls ? _authority : null };
        Node = new RabbitNode(_credentials.Identity, _credentials.Keys, _credentials.Members, Options, TimeProvider.System, NullLogger.Instance);
    }

    public RabbitNode Node { get; }

    public RabbitOptions Options { get; }

    public NodeIdentity Identity => _credentials.Identity;

    public LocalSigner Signer => _credentials.Keys.Signer;

    /// <summary>Who reads what the node stores in the database.</summary>
    public BlobReaders Readers => new(_credentials.Members, [_credentials.Keys.Encryption]);

    /// <summary>Waits until all channels are open.</summary>
    public void WaitUntilReady()
    {
        using ManualResetEventSlim ready = new();
        void Look(object? sender, EventArgs nothing)
        {
            if (Node.IsReady) ready.Set();
        }

        Node.ReadinessChanged += Look;
        Look(null, EventArgs.Empty);
        if (!ready.Wait(TimeSpan.FromSeconds(60))) throw new IOException($"{Identity} did not reach the broker");
        Node.ReadinessChanged -= Look;
    }

    public void Dispose()
    {
        Node.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _authority.Dispose();
        _credentials.Dispose();
    }
}
