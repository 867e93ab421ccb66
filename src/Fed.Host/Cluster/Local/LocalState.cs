using System.Collections.Immutable;
using System.Text.Json;
using Fed.Host.Export;

namespace Fed.Host.Cluster.Local;

/// <summary>What a cluster on this machine consists of, as <c>fed cluster up</c> writes it down.</summary>
/// <param name="From">The configuration whose data and policy the sites have.</param>
/// <param name="Processes">All that was started, servers first. They are ended in the opposite order.</param>
internal sealed record LocalState(string From, ImmutableArray<LocalProcess> Processes)
{
    /// <summary>Reads a cluster's state; null where there is none.</summary>
    /// <exception cref="UserException">The file is damaged.</exception>
    public static LocalState? Read(string path)
    {
        if (!File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), ClusterJson.Default.LocalState);
        }
        catch (JsonException e)
        {
            throw new UserException($"'{path}' is damaged; end the cluster's processes by hand and delete the file", e);
        }
    }

    /// <summary>Writes it, whole or not at all.</summary>
    public void Write(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, ClusterJson.Default.LocalState));
}

/// <summary>A process of a cluster on this machine. Its id alone would not do: ids are used again.</summary>
/// <param name="Name">What it is: a node's name, or a server's.</param>
/// <param name="Role"><c>broker</c>, <c>database</c>, <c>coordinator</c> ...</param>
/// <param name="Id">Its process id.</param>
/// <param name="Started">When it began, in the ticks of the kernel since the machine started.</param>
internal sealed record LocalProcess(string Name, string Role, int Id, long Started);
