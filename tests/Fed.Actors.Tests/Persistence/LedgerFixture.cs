using System.Collections.Immutable;
using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.TestKit;

namespace Fed.Actors.Tests.Persistence;

/// <summary>A ledger in a simulated system, and a note of all it did.</summary>
internal sealed class LedgerFixture : IEffectRunner<Ledger.Command, Ledger.Effect>
{
    public LedgerFixture(IEventJournal journal, Func<EventSourcedOptions<Ledger.Event, Ledger.State>, EventSourcedOptions<Ledger.Event, Ledger.State>>? configure = null, ulong seed = 1)
    {
        Sim = new SimulatedSystem(seed, options => options with
        {
            GuardianStrategy = SupervisorStrategy.OneForOne(cause =>
            {
                Failures.Add(cause);
                return Verdict ?? SupervisorStrategy.DefaultDecider(cause);
            }),
        });
        EventSourcedOptions<Ledger.Event, Ledger.State> options = new()
        {
            PersistenceId = "ledger",
            Journal = journal,
            Serializer = new Ledger.Serializer(),
            OnDecisionFailed = failure => Notes.Add($"decision failed: {failure.Cause.Message}"),
        };
        Actor = Sim.System.Spawn(Props.Create<Ledger.Command>(() => new LedgerActor(configure?.Invoke(options) ?? options, this)), "ledger");
    }

    public SimulatedSystem Sim { get; }

    public IActorRef<Ledger.Command> Actor { get; }

    public List<string> Notes { get; } = [];

    public List<Exception> Failures { get; } = [];

    public Directive? Verdict { get; set; }

    public bool IsAlive => Sim.System.Actors().Length == 1;

    public void Tell(params Ledger.Command[] commands)
    {
        foreach (Ledger.Command command in commands) Actor.Tell(command);
        Sim.Run();
    }

    public void Run(Ledger.Effect effect, EffectContext<Ledger.Command> context)
    {
        if (effect is Ledger.Effect.Throw) throw new InvalidOperationException("effect");
        Notes.Add($"{effect} @{context.Position.Sequence}");
    }

    private sealed class LedgerActor(EventSourcedOptions<Ledger.Event, Ledger.State> options, LedgerFixture fixture)
        : EventSourcedActor<Ledger, Ledger.State, Ledger.Command, Ledger.Event, Ledger.Effect>(options, fixture)
    {
        protected override void OnRecovered(Ledger.State state, JournalHead head) => fixture.Notes.Add($"recovered {state.Sum} @{head.Sequence}");

        protected override void OnEvolved(Ledger.State state, ImmutableArray<Ledger.Event> events, JournalHead head) =>
            fixture.Notes.Add($"evolved {events.Length} to {state.Sum} @{head.Sequence}");
    }
}
