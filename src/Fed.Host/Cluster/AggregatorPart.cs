using System.Collections.Immutable;
using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Cluster.Stores;
using Fed.Host.History;

namespace Fed.Host.Cluster;

/// <summary>The aggregator of a federation, or that of a part of each roster, or a standby for it. It learns of a job when the coordinator asks it for the first sum.</summary>
/// <param name="node">What the node stands on.</param>
/// <param name="database">The federation's database.</param>
/// <param name="dataDirectory">The node's folder.</param>
/// <param name="part">The part, from 1; null for the aggregator proper.</param>
internal sealed class AggregatorPart(NodeRuntime node, PostgresDatabase database, string dataDirectory, int? part) : ServerPart(node, database, AddressOf(part))
{
    private readonly NodeAddress _address = AddressOf(part);

    /// <summary>The address of the aggregator, or of a part's.</summary>
    public static NodeAddress AddressOf(int? part) => part is { } number ? NodeAddress.SubAggregator(number) : NodeAddress.Aggregator;

    /// <inheritdoc/>
    protected override ImmutableArray<IActorRef> Start(Leadership leadership, IBlobStore blobs, ImmutableArray<JobState> jobs)
    {
        FileInbox inbox = new(Path.Combine(dataDirectory, "inbox"));
        inbox.Discard("");   // what came when this node led before: its sites still have it where it is wanted, and of jobs that ended under another leader nobody would ever tell
        HashSet<JobId> known = [.. jobs.Select(static job => job.Planned!.Plan.Job)];
        IActorRef StartJob(JobId job) => FederationNodes.StartAggregator(Services(_address, leadership, job, new PlannedKeys(Node.Kit)), job, new JobInbox(inbox, job), part);
        Hold(Node.Bulk.Register(_address, blobs));
        Hold(Node.Switchboard.Attend(_address, Node.Observer, (from, message) =>
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

    /// <inheritdoc/>
    protected override ImmutableArray<IActorRef> Rehearse(NodeServices services, JobPlan plan) => [FederationNodes.StartAggregator(services, plan.Job, new NoInbox(), part)];

    /// <inheritdoc/>
    protected override IEnumerable<Digest> NamedBy(JobHistory job) => part is { } number ? BlobCollector.NamedByPart(job, Journal, number) : base.NamedBy(job);

    /// <inheritdoc/>
    protected override IEnumerable<string> LogsOf(JobId job) => [part is { } number ? FederationNodes.AggregationLog(job, number) : FederationNodes.AggregationLog(job)];

    /// <summary>Of a rehearsal, in which nothing arrives; what the node received when it led stays.</summary>
    private sealed class NoInbox : IInbox
    {
        public IInboxEntry Open(string entryId, Digest hash, long length) => throw new NotSupportedException("a rehearsal receives nothing");

        public Stream? OpenRead(string entryId, Digest hash, long length) => null;

        public void Discard(string prefix)
        {
        }
    }

    /// <summary>A job's part of the inbox: rounds of two jobs have the same names.</summary>
    private sealed class JobInbox(IInbox inbox, JobId job) : IInbox
    {
        private string Own(string id) => $"{job}.{id}";

        public IInboxEntry Open(string entryId, Digest hash, long length) => inbox.Open(Own(entryId), hash, length);

        public Stream? OpenRead(string entryId, Digest hash, long length) => inbox.OpenRead(Own(entryId), hash, length);

        public void Discard(string prefix) => inbox.Discard(Own(prefix));
    }
}
