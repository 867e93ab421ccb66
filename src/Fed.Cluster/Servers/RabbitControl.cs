using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fed.Cluster.Messaging.RabbitMq;

namespace Fed.Cluster.Servers;

/// <summary>
/// A broker's own command line (<c>rabbitmqctl</c>), on its machine, and the definitions that it reads at each start: brings users and queues to what a federation's definitions say, and closes out who is no member any more, now and after
/// the next start.
/// </summary>
public sealed class RabbitControl
{
    private const string Service = "rabbitmqctl", Bare = "/usr/lib/rabbitmq/bin/rabbitmqctl";

    private readonly LoadedDefinitions _loaded;
    private readonly string? _folder;
    private readonly string[] _node = [];
    private readonly (string Variable, string Value)[] _environment = [];

    private RabbitControl(string definitions) => _loaded = new LoadedDefinitions(definitions);

    private RabbitControl(string folder, string name, int mapperPort) => (_loaded, _folder, _node, _environment) =
        (new LoadedDefinitions(RabbitProgram.DefinitionsOf(folder)), folder, ["-n", $"{name}@localhost"], [("HOME", folder), ("RABBITMQ_CONF_ENV_FILE", "/dev/null"), ("ERL_EPMD_PORT", $"{mapperPort}")]);

    /// <summary>The service of this machine.</summary>
    /// <param name="definitions">The file that it reads at each start (<c>load_definitions</c>).</param>
    /// <exception cref="IOException">There is no such file: it is another one.</exception>
    public static RabbitControl OfService(string definitions) => File.Exists(definitions)
        ? new RabbitControl(Path.GetFullPath(definitions))
        : throw new IOException($"there is no '{definitions}', which the broker would read at each start; name the file of load_definitions in its rabbitmq.conf with --load-definitions FILE, on the broker's machine");

    /// <summary>A broker that was started in a folder of its own (<see cref="RabbitProgram"/>).</summary>
    /// <exception cref="IOException">None was.</exception>
    public static RabbitControl OfFolder(string folder)
    {
        string path = PlaceOf(folder);
        string[] place = File.Exists(path) ? File.ReadAllText(path).Split(' ') : [];
        return place.Length == 2 ? new RabbitControl(Path.GetFullPath(folder), place[0], int.Parse(place[1], System.Globalization.CultureInfo.InvariantCulture)) : throw new IOException($"'{folder}' is no folder of a broker that 'fed cluster up' has started; name DATA/cluster/broker");
    }

    /// <summary>Writes down how a broker that was started in a folder can be reached.</summary>
    public static void Remember(string folder, string name, int mapperPort) => File.WriteAllText(PlaceOf(folder), $"{name} {mapperPort}");

    /// <summary>
    /// Has the broker read these definitions, now and at each start, and deletes the users that have rights in the virtual host and are not in them. Connections of theirs are closed, and those of users whose password is another one now:
    /// whoever knew the old one may hold them.
    /// </summary>
    /// <param name="definitions">What <see cref="BrokerDefinitions"/> has written.</param>
    /// <returns>The users that were deleted.</returns>
    /// <exception cref="Identity.IdentityException">They are none of a federation.</exception>
    /// <exception cref="IOException">The file that the broker reads cannot be written, and nothing has changed; or the broker does not run, or refuses; the message has what it said.</exception>
    public ImmutableArray<string> Apply(string definitions)
    {
        (string federation, ImmutableArray<string> members) = BrokerDefinitions.Read(definitions);
        ImmutableArray<string> renewed = _loaded.Replace(definitions);
        Run("import_definitions", _loaded.Path);
        ImmutableArray<string> strangers = [.. UsersOf(federation).Where(user => !members.Contains(user))];
        foreach (string user in strangers) Delete(user);
        foreach (string user in renewed) Run("close_all_user_connections", user, "its password is another one now");
        return strangers;
    }

    /// <summary>Deletes a user, also from what the broker reads at each start, and closes its connections; one that is not there is none.</summary>
    /// <exception cref="IOException">As of <see cref="Apply"/>.</exception>
    public void Remove(string user)
    {
        _loaded.Remove(user);
        Delete(user);
    }

    private static string PlaceOf(string folder) => Path.Combine(folder, "control.place");

    private void Delete(string user)
    {
        try
        {
            Run("delete_user", user);
        }
        catch (IOException gone) when (gone.Message.Contains("does not exist", StringComparison.Ordinal))
        {
            // Deleted before.
        }

        Run("close_all_user_connections", user, "revoked");
    }

    private IEnumerable<string> UsersOf(string federation)
    {
        try
        {
            return [.. JsonNode.Parse(Run("list_permissions", "-p", federation, "--formatter", "json"))!.AsArray().Select(static row => row!["user"]!.GetValue<string>())];
        }
        catch (Exception unread) when (unread is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new IOException($"rabbitmqctl list_permissions gave no list of users: {unread.Message}", unread);
        }
    }

    private string Run(params ReadOnlySpan<string> arguments)
    {
        string[] line = [.. _node, "--silent", .. arguments];
        ProcessStartInfo start = _folder is null ? new ProcessStartInfo(Service, line) : ServerAccount.As(RabbitProgram.Account, _folder, Bare, line);
        foreach ((string variable, string value) in _environment) start.Environment[variable] = value;
        try
        {
            return ServerAccount.Run(start);
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new IOException($"rabbitmqctl cannot be run here ({missing.Message}); run this on the broker's machine, or import the definitions there", missing);
        }
    }
}
