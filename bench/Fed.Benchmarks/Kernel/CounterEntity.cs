using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Fed.Actors.Kernel;
using Fed.Actors.Persistence;

namespace Fed.Benchmarks.Kernel;

/// <summary>The smallest event-sourced entity: one event per command.</summary>
internal sealed class CounterEntity : IDecider<long, CounterEntity.Increase, CounterEntity.Increased, CounterEntity.Done>
{
    public sealed record Increase(long By);

    public sealed record Increased(long By);

    public sealed record Done;

    public static long Initial => 0;

    public static Decision<Increased, Done> Decide(long state, Increase command, DateTimeOffset now) => new([new Increased(command.By)], []);

    public static long Evolve(long state, Increased happened) => state + happened.By;

    public static ImmutableArray<Done> Outstanding(long state, DateTimeOffset now) => [];

    public static TaggedJsonSerializer<Increased> Serializer() => new TaggedJsonSerializer<Increased>().With("increased", CounterJson.Default.Increased);

    /// <summary>Persists events, a command each, all told at once.</summary>
    public static void Persist(IEventJournal journal, int events)
    {
        ActorSystem system = new("persist", ActorSystemOptions.Default);
        using CountdownEvent recovered = new(1), done = new(1);
        IActorRef<Increase> entity = system.Spawn(Props.Create<Increase>(() => new Host(journal, events, recovered, done)));
        recovered.Wait();
        Increase command = new(1);
        for (int i = 0; i < events; i++) entity.Tell(command);
        done.Wait();
        system.TerminateAsync(TimeSpan.FromMinutes(1)).Wait();
    }

    /// <summary>Starts an entity and waits until it has its history.</summary>
    public static void Recover(IEventJournal journal)
    {
        ActorSystem system = new("recover", ActorSystemOptions.Default);
        using CountdownEvent recovered = new(1), done = new(1);
        system.Spawn(Props.Create<Increase>(() => new Host(journal, long.MaxValue, recovered, done)));
        recovered.Wait();
        system.TerminateAsync(TimeSpan.FromMinutes(1)).Wait();
    }

    private sealed class Host(IEventJournal journal, long goal, CountdownEvent recovered, CountdownEvent done)
        : EventSourcedActor<CounterEntity, long, Increase, Increased, Done>(
            new EventSourcedOptions<Increased, long> { PersistenceId = "counter", Journal = journal, Serializer = Serializer() }, NoEffects.Instance)
    {
        protected override void OnRecovered(long state, JournalHead head) => recovered.Signal();

        protected override void OnEvolved(long state, ImmutableArray<Increased> events, JournalHead head)
        {
            if (state == goal) done.Signal();
        }
    }

    private sealed class NoEffects : IEffectRunner<Increase, Done>
    {
        public static readonly NoEffects Instance = new();

        public void Run(Done effect, EffectContext<Increase> context) { }
    }
}

[JsonSerializable(typeof(CounterEntity.Increased))]
internal sealed partial class CounterJson : JsonSerializerContext;
