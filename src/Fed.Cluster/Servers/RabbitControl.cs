using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fed.Cluster.Servers;

/// <summary>A broker's own command line (<c>rabbitmqctl</c>), on its machine: brings users and queues to what a federation's definitions say, and closes out who is no member any more.</summary>
public sealed class RabbitControl
{
    private const string Service = "rabbitmqctl", Bare = "/usr/lib/rabbitmq/bin/rabbitmqctl";

    private readonly string? _folder;
    private readonly string[] _node = [];
    private readonly (string Variable, string Value)[] _environment = [];

    private RabbitControl()
    {
    }

    private RabbitControl(string folder, string name, int mapperPort) => (_folder, _node, _environment) =
        (folder, ["-n", $"{name}@localhost"], [("HOME", folder), ("RABBITMQ_CONF_ENV_FILE", "/dev/null"), ("ERL_EPMD_PORT", $"{mapperPort}")]);

    /// <summary>The service of this machine.</summary>
    public static RabbitControl OfService() => new();

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

    /// <summary>Imports definitions, and deletes the users that have rights in the virtual host and are not in them; their connections are closed.</summary>
    /// <param name="federation">The virtual host.</param>
    /// <param name="definitions">What <c>BrokerDefinitions</c> has written.</param>
    /// <returns>The users that were deleted.</returns>
    /// <exception cref="IOException">The broker does not run, or refuses; the message has what it said.</exception>
    public ImmutableArray<string> Apply(string federation, string definitions)
    {
        string file = _folder is null ? Path.Combine(Path.GetTempPath(), $"fed-definitions-{Guid.NewGuid():N}.json") : RabbitProgram.DefinitionsOf(_folder);   // there it is read at the next start, too
        File.WriteAllText(file, definitions);
        try
        {
            Run("import_definitions", file);
        }
        finally
        {
            if (_folder is null) File.Delete(file);
        }

        HashSet<string> members = [.. JsonNode.Parse(definitions)!["users"]!.AsArray().Select(static user => user!["name"]!.GetValue<string>())];
        ImmutableArray<string> strangers = [.. UsersOf(federation).Where(user => !members.Contains(user))];
        foreach (string user in strangers) Remove(user);
        return strangers;
    }

    /// <summary>Deletes a user and closes its connections; one that is not there is none.</summary>
    /// <exception cref="IOException">As of <see cref="Apply"/>.</exception>
    public void Remove(string user)
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

    private static string PlaceOf(string folder) => Path.Combine(folder, "control.place");

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
