using System.Collections.Immutable;
using Fed.Actors.Kernel;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Cluster.Stores;

namespace Fed.Host.Cluster;

/// <summary>The aggregator of a federation, or a standby for it. It learns of a job when the coordinator asks it for the first sum.</summary>
internal sealed class AggregatorPart(NodeRuntime node, PostgresDatabase database, string dataDirectory) : ServerPart(node, database, NodeAddress.Aggregator)
{
    /// <inheritdoc/>
    protected override ImmutableArray<IActorRef> Start(Leadership leadership, IBlobStore blobs, ImmutableArray<JobState> jobs)
    {
        FileInbox inbox = new(Path.Combine(dataDirectory, "inbox"));
        HashSet<JobId> known = [.. jobs.Select(static job => job.Planned!.Plan.Job)];
        IActorRef StartJob(JobId job) => FederationNodes.StartAggregator(Services(NodeAddress.Aggregator, leadership, blobs, job), job, new JobInbox(inbox, job));
        Hold(Node.Bulk.Register(NodeAddress.Aggregator, blobs));
        Hold(Node.Switchboard.Attend(NodeAddress.Aggregator, Node.Observer, (from, message) =>
        {
            if (from.Address != NodeAddress.Coordinator) return false;
            lock (Gate)
            {
                if (Node.Observer.Term?.Epoch != leadership.Term.Epoch) return false;   // what comes between two terms comes again
                if (known.Add(message.Job)) leadership.Started(StartJob(message.Job));
                return true;
            }
        }));
        return [.. known.Select(StartJob)];
    }

    /// <summary>A job's part of the inbox: rounds of two jobs have the same names.</summary>
    private sealed class JobInbox(IInbox inbox, JobId job) : IInbox
    {
        private string Own(string id) => $"{job}.{id}";

        public IInboxEntry Open(string entryId, Actors.Persistence.Digest hash, long length) => inbox.Open(Own(entryId), hash, length);

        public Stream? OpenRead(string entryId, Actors.Persistence.Digest hash, long length) => inbox.OpenRead(Own(entryId), hash, length);

        public void Discard(string prefix) => inbox.Discard(Own(prefix));
    }
}
