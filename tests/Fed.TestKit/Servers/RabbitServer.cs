using System.Globalization;
using Fed.Cluster.Servers;

namespace Fed.TestKit.Servers;

/// <summary>
/// A RabbitMQ server of one test class: its own data, cookie and port mapper (epmd) in a temporary folder, on free ports of the loopback interface, gone when it is disposed. Debian's package is enough; its service need not run.
/// </summary>
/// <remarks>Under root it runs as the package's user <c>rabbitmq</c>. It takes about ten seconds to start: share it.</remarks>
public sealed class RabbitServer : IDisposable
{
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
        RabbitProgram.Prepare(_folder, $"fed{Environment.ProcessId}", consumerTimeout);
        File.WriteAllText(RabbitProgram.DefinitionsOf(_folder), RabbitUser.Definitions([new RabbitUser(User, ".*", ".*", ".*"), .. users], Password, definitions));
        ServerAccount.Own(RabbitProgram.Account, _folder);
        _mapper = StartMapper();
        _server = Start();
    }

    /// <summary>A user who may do everything in the virtual host <c>/</c>.</summary>
    public const string User = "fed";

    /// <summary>Its password.</summary>
    public const string Password = "not-a-secret-of-one-test";

    /// <summary>True where the package is there.</summary>
    public static bool IsInstalled => RabbitProgram.IsInstalled;

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
        _server.Stop("-KILL", int.Parse(File.ReadAllText(RabbitProgram.ProcessIdOf(_folder)), CultureInfo.InvariantCulture));
        _server.Dispose();
        File.Delete(RabbitProgram.ProcessIdOf(_folder));
    }

    private ServerProcess StartMapper()
    {
        string said = "";
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            _mapperPort = ServerAccount.FreePort();
            if (ServerProcess.TryStart(RabbitProgram.MapperCommand(_folder, _mapperPort), RabbitProgram.MapperReady, out said) is { } mapper) return mapper;
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
            if (!hasPorts) (Port, _nodePort) = (ServerAccount.FreePort(), ServerAccount.FreePort());
            RabbitProgram.Configure(_folder, Port, hasTls: false);
            if (ServerProcess.TryStart(RabbitProgram.Command(_folder, $"fed{Port}", _nodePort, _mapperPort), RabbitProgram.Ready, out said) is { } server) return server;
        }
        throw new InvalidOperationException($"RabbitMQ did not start:\n{said}");
    }
}
