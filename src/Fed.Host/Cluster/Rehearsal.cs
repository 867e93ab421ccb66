using System.Collections.Immutable;
using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Shell;
using Fed.Cluster.Messaging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fed.Host.Cluster;

/// <summary>
/// A standby starts a role's nodes over the real history, and over a journal that takes nothing. They recover, decide to lead, and stop at their first append: nothing is on record, and nobody is told anything. What a successor runs
/// for the first time, while everybody waits for it, has been compiled by then.
/// </summary>
internal static class Rehearsal
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Starts the nodes and waits until each has come to its first append.</summary>
    /// <param name="services">The role's; whatever would reach others is replaced.</param>
    /// <param name="start">Starts the nodes.</param>
    /// <returns>True when all of them came so far.</returns>
    public static bool Run(NodeServices services, Func<NodeServices, ImmutableArray<IActorRef>> start)
    {
        SemaphoreSlim refused = new(0);   // not disposed: a late one may still release it
        ActorSystem system = new("rehearsal", services.System.Options with { LoggerFactory = NullLoggerFactory.Instance });
        try
        {
            ImmutableArray<IActorRef> nodes = start(services with
            {
                System = system,
                Journal = new Unwritten(services.Journal),
                Switchboard = new Switchboard(new InProcessTransport()),
                Bulk = new InProcessBulk(services.Workers),
                Observer = new NodeObserver(NullLogger.Instance),
                Term = new Term(long.MaxValue, "rehearsal"),
                Deposed = _ => refused.Release(),
            });
            return nodes.All(_ => refused.Wait(Patience));
        }
        finally
        {
            system.TerminateAsync(Patience).GetAwaiter().GetResult();
        }
    }

    /// <summary>A history that can be read and goes no further.</summary>
    private sealed class Unwritten(IEventJournal journal) : IEventJournal
    {
        private const string Reason = "a rehearsal writes nothing";

        public bool KeepsObjects => journal.KeepsObjects;

        public void Append(AppendRequest request, Action<AppendOutcome> done) => done(new AppendOutcome(AppendStatus.Failed, Reason));

        public void Replay(string persistenceId, long afterSequence, int batchMax, Action<ReplayBatch> batch) => journal.Replay(persistenceId, afterSequence, batchMax, batch);

        public void SaveSnapshot(JournalSnapshot snapshot, Action<string?> done) => done(Reason);

        public void LoadSnapshot(string persistenceId, long maxSequence, Action<SnapshotOutcome> done) => journal.LoadSnapshot(persistenceId, maxSequence, done);
    }
}
