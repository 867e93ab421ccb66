using Fed.Actors.Ports;
using Fed.Cluster.Identity;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Cluster.Messaging.Envelopes;
using Microsoft.Extensions.Logging;

namespace Fed.Host.Cluster;

/// <summary>Lets a server say of itself, every few seconds and for all coordinators' operators, how it is and, where it leads, what it has heard of the sites.</summary>
internal sealed partial class NodePresence : IDisposable
{
    /// <summary>How often it is said.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    /// <summary>Whoever has said nothing for so long is away.</summary>
    public static readonly TimeSpan AwayAfter = TimeSpan.FromSeconds(15);

    private readonly string _name;
    private readonly CoordinatorNotes _notes;
    private readonly PostgresRequests _requests;
    private readonly Func<NodeStatus> _status;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private int _isBusy;
    private bool _isCut;

    /// <summary>Begins.</summary>
    public NodePresence(NodeRuntime node, PostgresDatabase database, NodeRole role, Func<NodeStatus> status)
    {
        (_name, _status, _requests, _log) = (node.Kit.Identity.Name, status, new PostgresRequests(database), node.Logs.CreateLogger<NodePresence>());
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
            NodeStatus whole = _status(), status = whole.Within(NodeStatus.BytesMax);
            bool isCut = !ReferenceEquals(status, whole);
            if (isCut && !_isCut) LogCut(NodeStatus.BytesMax);
            _isCut = isCut;
            _requests.Say(_name, _notes.SealPresence(status.ToJson()));
        }
        catch (Exception away) when (away is IOException or ObjectDisposedException)
        {
            // Who reads it sees that it is old.
        }
        catch (ArgumentException impossible)
        {
            LogImpossible(impossible);
        }
        finally
        {
            Volatile.Write(ref _isBusy, 0);
        }
    }

    [LoggerMessage(5501, LogLevel.Warning, "what this node says of itself has more than {Bytes} bytes; it is said without its largest parts, columns of sites first")]
    private partial void LogCut(int bytes);

    [LoggerMessage(5502, LogLevel.Error, "what this node says of itself cannot be sealed; operators do not see it")]
    private partial void LogImpossible(Exception failure);
}
