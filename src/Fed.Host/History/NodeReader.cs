using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Cluster.Journals.Sqlite;
using Fed.Cluster.Stores;
using Fed.Host.Cluster;
using Fed.Host.Commands;

namespace Fed.Host.History;

/// <summary>A data directory opened for reading, beside a running node or after one ended.</summary>
internal sealed class NodeReader : IDisposable
{
    private NodeReader(DataDirectory data, IJournalReader journal, ClusterReader? cluster = null) => (Data, Journal, Cluster) = (data, journal, cluster);

    /// <summary>The cluster that runs in the directory; null for one that a simulation has written.</summary>
    public ClusterReader? Cluster { get; }

    /// <summary>The directory.</summary>
    public DataDirectory Data { get; }

    /// <summary>The node's journal.</summary>
    public IJournalReader Journal { get; }

    /// <summary>Opens a directory that a run has written.</summary>
    /// <exception cref="UserException">There is none, or it is damaged.</exception>
    public static NodeReader Open(CommandContext context)
    {
        DataDirectory data = new(context.DataDirectory);
        if (!data.Exists) throw new UserException($"'{context.DataDirectory}' holds no jobs; run './fed simulate hocon/quickstart.conf' first, or name the folder with --data");
        return new NodeReader(data, Opened(() => SqliteJournal.OpenReadOnly(data.Node.Journal)));
    }

    /// <summary>Opens the cluster that runs in a directory, or else the directory as <see cref="Open(CommandContext)"/>.</summary>
    /// <exception cref="UserException">There is nothing to read, or it is damaged.</exception>
    public static NodeReader OpenRunning(CommandContext context) =>
        ClusterReader.TryOpen(context.DataDirectory) is { } cluster ? new NodeReader(new DataDirectory(context.DataDirectory), cluster.Journal, cluster) : Open(context);

    /// <summary>Opens one node's journal for reading.</summary>
    public static IDisposable? Open(NodeDirectory node, out IJournalReader journal)
    {
        journal = Opened(() => SqliteJournal.OpenReadOnly(node.Journal));
        return journal as IDisposable;
    }

    /// <summary>Opens a data directory's own journal for reading.</summary>
    public static IDisposable? Open(DataDirectory data, out IJournalReader journal) => Open(data.Node, out journal);

    /// <summary>The node's blobs, and those of its parts' aggregators.</summary>
    public NodeBlobs Blobs() => Cluster is { } running ? new NodeBlobs(running.Blobs) : NodeBlobs.Of(Data);

    /// <summary>All jobs, the oldest first.</summary>
    public ImmutableArray<JobHistory> Jobs() => Damaged(() => JobHistory.ReadAll(Journal));

    /// <summary>Of a cluster: jobs that are accepted and wait for their turn.</summary>
    public ImmutableArray<string> Queued() => [.. (Cluster?.Queued() ?? []).Select(static job => job.Value)];

    /// <summary>One job, or the newest.</summary>
    /// <exception cref="UserException">There is no such job.</exception>
    public JobHistory Job(string? id)
    {
        ImmutableArray<JobHistory> jobs = Jobs();
        if (jobs.IsEmpty) throw new UserException(Cluster is null ? $"'{Data.Root}' holds no jobs; run './fed simulate hocon/quickstart.conf' first, or name the folder with --data" : "the cluster has had no job; submit one: ./fed submit hocon/quickstart.conf");
        if (id is null) return jobs[^1];
        return jobs.FirstOrDefault(job => job.Id == new JobId(id))
            ?? throw new UserException($"there is no job '{id}'; there are {string.Join(", ", jobs.Select(static job => job.Id.Value))}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Cluster is { } cluster) cluster.Dispose();
        else (Journal as IDisposable)?.Dispose();
    }

    /// <summary>Turns a journal that cannot be opened, damaged or of a newer version, into the user's concern.</summary>
    public static T Opened<T>(Func<T> open)
    {
        try
        {
            return open();
        }
        catch (JournalFormatException e)
        {
            throw new UserException(e.Message, e);
        }
    }

    /// <summary>Turns damage in an open journal into a sentence with the way on.</summary>
    public static T Damaged<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (JournalFormatException e)
        {
            throw new UserException($"{e.Message} (`fed audit verify` tells what is wrong)", e);
        }
    }
}
