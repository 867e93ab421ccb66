using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Threading.Channels;
using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Shell;
using Fed.Cluster.Journals;
using Fed.Cluster.Journals.PostgreSql;
using Fed.TestKit.Servers;
using Xunit;

namespace Fed.Cluster.Tests.Journals.PostgreSql;

/// <summary>Two candidates for a role, on real threads and a real database, one of which is cut off from it.</summary>
[Collection(PostgresTests.Name)]
public sealed class FailOverTests(PostgresFixture server)
{
    private const string Log = "roll";

    [Fact]
    public async Task Leader_that_is_cut_off_from_the_database_steps_down_and_the_standby_goes_on_in_its_log()
    {
        server.OpenEmpty().Dispose();
        await using Candidacy first = new("first", server), second = new("second", server);
        first.Stand();
        long epoch = await first.LedAsync();
        second.Stand();
        first.Network.Refuse();
        first.Node!.Tell("go on");   // fails when the outage has been waited for; should the lease be over before, that ends the term too
        await first.SteppedDownAsync();
        long next = await second.LedAsync();
        first.Network.Accept();

        AppendOutcome late = await PostgresRequests.AppendAsync(first.Journal, PostgresRequests.Request(Log, after: 1, epoch));
        Assert.Equal(AppendStatus.Fenced, late.Status);
        Assert.True(JournalAudit.VerifyChains(second.Journal).IsSound);
        JournalEvent[] log = [.. second.Journal.Read(Log)];
        Assert.Equal(["\"first\"", "\"second\""], log.Select(static one => Encoding.UTF8.GetString(one.Payload.Span)).Distinct());
        Assert.Equal(log.Select(static one => one.Epoch).Order(), log.Select(static one => one.Epoch));
        Assert.True(next > epoch, $"epoch {next} follows epoch {epoch}");
    }

    /// <summary>A process that stands for the role. Its one node writes into the log who leads, and whatever it is told.</summary>
    private sealed class Candidacy : IEffectRunner<string, string>, IFederationObserver, IAsyncDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

        private readonly Channel<long> _led = Channel.CreateUnbounded<long>(), _steppedDown = Channel.CreateUnbounded<long>();
        private readonly ActorSystem _system;
        private readonly PostgresDatabase _database;
        private readonly PostgresLeadership _leases;
        private readonly string _name;

        public Candidacy(string name, PostgresFixture server)
        {
            _name = name;
            Network = new TcpProxy(server.Server.Port);
            _database = server.Open(Network, outageMax: TimeSpan.FromMilliseconds(500));
            Journal = new PostgresJournal(_database);
            _leases = new PostgresLeadership(_database);
            _system = new ActorSystem(name, ActorSystemOptions.Default);
        }

        public TcpProxy Network { get; }

        public PostgresJournal Journal { get; }

        /// <summary>The node of the present term, or of the last one.</summary>
        public IActorRef<string>? Node { get; private set; }

        public void Stand() => FederationNodes.Stand(
            _system,
            new CandidateOptions { Role = NodeAddress.Coordinator, Holder = _name, Leadership = _leases, Observer = this, LeaseLength = TimeSpan.FromSeconds(3) },
            (term, _) => [Node = _system.Spawn(Props.Create(() => new EventSourcedActor<Roll, string, string, string, string>(Options(term), this)), $"node-{term.Epoch}")]);

        /// <summary>The epoch under which the node has written that it leads, and acted on it.</summary>
        public async Task<long> LedAsync() => await _led.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        public async Task SteppedDownAsync() => await _steppedDown.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        void IEffectRunner<string, string>.Run(string effect, EffectContext<string> context) => _led.Writer.TryWrite(context.Epoch);

        void IFederationObserver.StepsDown(NodeAddress role, Term term, string reason) => _steppedDown.Writer.TryWrite(term.Epoch);

        void IFederationObserver.Recovered(NodeAddress node, JournalHead head, object state)
        {
        }

        void IFederationObserver.Journaled(NodeAddress node, JournalHead head, object happened)
        {
        }

        void IFederationObserver.Progress(SiloId silo, CollectionId collection, int percent)
        {
        }

        void IFederationObserver.Refused(NodeAddress node, string reason)
        {
        }

        void IFederationObserver.Fault(NodeAddress node, Exception cause)
        {
        }

        private EventSourcedOptions<string, string> Options(Term term) => new() { PersistenceId = Log, Journal = Journal, Serializer = new Words(), Term = term };

        public async ValueTask DisposeAsync()
        {
            await _system.TerminateAsync(Patience);
            _leases.Dispose();
            Journal.Dispose();
            _database.Dispose();
            Network.Dispose();
        }
    }

    /// <summary>A log of words; a leader begins with its name.</summary>
    private sealed class Roll : IDecider<string, string, string, string>
    {
        public static string Initial => "";

        public static Decision<string, string> Decide(string state, string command, DateTimeOffset now) => new([command], []);

        public static string Evolve(string state, string happened) => happened;

        public static ImmutableArray<string> Lead(string state, Term term, DateTimeOffset now) => [term.Holder];

        public static ImmutableArray<string> Outstanding(string state, DateTimeOffset now) => ["say so"];
    }

    private sealed class Words : IEventSerializer<string>
    {
        public (string Tag, int Version) Describe(string happened) => ("word", 1);

        public void Write(string happened, IBufferWriter<byte> output) => output.Write(Encoding.UTF8.GetBytes($"\"{happened}\""));

        public string Read(string tag, int version, ReadOnlySpan<byte> payload) => Encoding.UTF8.GetString(payload).Trim('"');
    }
}
