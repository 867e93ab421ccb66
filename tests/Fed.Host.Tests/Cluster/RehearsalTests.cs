using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Shell;
using Fed.Cluster.Identity;
using Fed.Cluster.Messaging;
using Fed.Cluster.Stores;
using Fed.Host.Cluster;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Fed.Host.Tests.Cluster;

/// <summary>A standby that does what a leader begins with.</summary>
public sealed class RehearsalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fed-rehearsal-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Rehearsal_comes_to_the_first_append_and_leaves_journal_peers_and_the_nodes_own_actors_as_they_were()
    {
        using ThreadWorkerPool workers = new(1);
        using NodeKeys keys = NodeKeys.LoadOrCreate(_folder);
        InMemoryJournal journal = new();
        Peers peers = new();
        NodeServices services = new()
        {
            System = new ActorSystem("own", new ActorSystemOptions()),
            Journal = journal,
            Blobs = new FileBlobStore(Path.Combine(_folder, "blobs")),
            Switchboard = new Switchboard(peers),
            Bulk = new InProcessBulk(workers),
            Workers = workers,
            Signer = keys.Signer,
            PublicKeys = static _ => null,
            Protection = new PlainProtection(),
            Observer = new NodeObserver(NullLogger.Instance),
            ResendInterval = TimeSpan.FromSeconds(1),
            BeatInterval = TimeSpan.FromSeconds(1),
            Deposed = static cause => Assert.Fail(cause.Message),
        };
        Assert.True(Rehearsal.Run(services, static mine => [FederationNodes.StartJob(mine, new JobId("trial-1")).Node]));
        Assert.Empty(journal.PersistenceIds());
        Assert.Equal((0, 0), (peers.Sent, peers.Registered));
        await services.System.TerminateAsync(TimeSpan.FromSeconds(10));
    }

    private sealed class Peers : ITransport
    {
        public int Sent { get; private set; }

        public int Registered { get; private set; }

        public void Send(Origin from, NodeAddress to, object message) => Sent++;

        public IDisposable Register(NodeAddress address, Action<Origin, object> receive)
        {
            Registered++;
            return new MemoryStream();
        }
    }
}
