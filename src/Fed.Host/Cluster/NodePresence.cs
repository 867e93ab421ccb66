using System.Text.Json;
using Fed.Actors.Ports;
using Fed.Cluster.Identity;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Cluster.Messaging.Envelopes;

namespace Fed.Host.Cluster;

/// <summary>Lets a server say of itself, every few seconds and for all coordinators' operators, how it is and, where it leads, what it has heard of the sites.</summary>
internal sealed class NodePresence : IDisposable
{
    /// <summary>How often it is said.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    /// <summary>Whoever has said nothing for so long is away.</summary>
    public static readonly TimeSpan AwayAfter = TimeSpan.FromSeconds(15);

    private readonly string _name;
    private readonly CoordinatorNotes _notes;
    private readonly PostgresRequests _requests;
    private readonly Func<NodeStatus> _status;
    private readonly ITimer _timer;
    private int _isBusy;

    /// <summary>Begins.</summary>
    public NodePresence(NodeRuntime node, PostgresDatabase database, NodeRole role, Func<NodeStatus> status)
    {
        (_name, _status, _requests) = (node.Kit.Identity.Name, status, new PostgresRequests(database));
        _notes = new CoordinatorNotes(node.Kit.Keys, node.Kit.EncryptionKeys, node.Kit.Members, role == NodeRole.Coordinator ? NodeAddress.Coordinator : NodeAddress.Aggregator);
        _timer = TimeProvider.System.CreateTimer(_ => Say(), null, TimeSpan.Zero, Every);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Say()
    {
        if (Interlocked.Exchange(ref _isBusy, 1) == 1) return;   // the database is slow; the next time is soon
        try
        {
            _requests.Say(_name, _notes.SealPresence(JsonSerializer.SerializeToUtf8Bytes(_status(), ClusterJson.Default.NodeStatus)));
        }
        catch (Exception away) when (away is IOException or ObjectDisposedException or ArgumentException)
        {
            // Who reads it sees that it is old.
        }
        finally
        {
            Volatile.Write(ref _isBusy, 0);
        }
    }
}
