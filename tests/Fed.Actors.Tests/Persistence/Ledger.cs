using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Persistence;

namespace Fed.Actors.Tests.Persistence;

/// <summary>A decider small enough to see through: a running sum, with replies as effects and one debt that outlives a crash.</summary>
internal sealed class Ledger : IDecider<Ledger.State, Ledger.Command, Ledger.Event, Ledger.Effect>
{
    public sealed record State(long Sum, int Count, ImmutableList<int> Owed);

    public abstract record Command
    {
        public sealed record Add(int Amount) : Command;
        public sealed record AddTwice(int Amount) : Command;
        public sealed record Ask : Command;
        public sealed record Nothing : Command;
        public sealed record Break : Command;
        public sealed record Poison : Command;
        public sealed record Unwritable : Command;
        public sealed record BadEffect : Command;
        public sealed record Pay(int Amount) : Command;
    }

    public abstract record Event
    {
        public sealed record Added(int Amount) : Event;
        public sealed record Paid(int Amount) : Event;
        public sealed record Unwritable : Event;
        public sealed record Rejected(string Reason) : Event;
    }

    public abstract record Effect
    {
        public sealed record Confirm(int Amount) : Effect;
        public sealed record Report(long Sum) : Effect;
        public sealed record Remind(int Amount) : Effect;
        public sealed record Throw : Effect;
    }

    public static State Initial { get; } = new(0, 0, []);

    public static Decision<Event, Effect> Decide(State state, Command command, DateTimeOffset now) => command switch
    {
        Command.Add add => new([new Event.Added(add.Amount)], [new Effect.Confirm(add.Amount), new Effect.Report(state.Sum + add.Amount)]),
        Command.AddTwice add => new([new Event.Added(add.Amount), new Event.Added(add.Amount)], [new Effect.Confirm(add.Amount)]),
        Command.Ask => new([], [new Effect.Report(state.Sum)]),
        Command.Pay pay => new([new Event.Paid(pay.Amount)], []),
        Command.Unwritable => new([new Event.Added(1000), new Event.Unwritable()], [new Effect.Confirm(1000)]),
        Command.BadEffect => new([new Event.Added(7)], [new Effect.Throw(), new Effect.Confirm(7)]),
        Command.Poison => throw new InvalidOperationException("poison"),
        Command.Break => throw new InvalidOperationException("our bug"),
        _ => Decision<Event, Effect>.None,
    };

    /// <summary>Only a poisonous command of one kind is put on record, so that both ways are under test.</summary>
    public static ImmutableArray<Event> Rejected(State state, Command command, string reason, DateTimeOffset now) =>
        command is Command.Poison ? [new Event.Rejected(reason)] : [];

    /// <summary>Leaders of a name that says so begin with an amount, so that both ways are under test.</summary>
    public static ImmutableArray<Event> Lead(State state, Term term, DateTimeOffset now) =>
        term.Holder.StartsWith("leads with ", StringComparison.Ordinal) ? [new Event.Added(int.Parse(term.Holder["leads with ".Length..]))] : [];

    public static State Evolve(State state, Event happened) => happened switch
    {
        Event.Added added => new(state.Sum + added.Amount, state.Count + 1, state.Owed.Add(added.Amount)),
        Event.Paid paid => state with { Count = state.Count + 1, Owed = state.Owed.Remove(paid.Amount) },
        _ => state,
    };

    public static ImmutableArray<Effect> Outstanding(State state, DateTimeOffset now) => [.. state.Owed.Select(amount => new Effect.Remind(amount))];

    /// <summary>Events as short text.</summary>
    internal sealed class Serializer : IEventSerializer<Event>
    {
        public (string Tag, int Version) Describe(Event happened) => happened switch
        {
            Event.Paid => ("paid", 1),
            Event.Rejected => ("rejected", 1),
            _ => ("added", 1),
        };

        public void Write(Event happened, IBufferWriter<byte> output)
        {
            int amount = happened switch
            {
                Event.Added added => added.Amount,
                Event.Paid paid => paid.Amount,
                Event.Rejected => 0,
                _ => throw new InvalidOperationException("cannot be written"),
            };
            output.Write(Encoding.UTF8.GetBytes($"{{\"amount\":{amount}}}"));
        }

        public Event Read(string tag, int version, ReadOnlySpan<byte> payload)
        {
            int amount = int.Parse(Encoding.UTF8.GetString(payload[10..^1]));
            return tag switch
            {
                "added" => new Event.Added(amount),
                "paid" => new Event.Paid(amount),
                "rejected" => new Event.Rejected("read back"),
                _ => throw new JournalFormatException($"unknown event '{tag}'"),
            };
        }
    }

    /// <summary>States as bytes.</summary>
    internal sealed class Snapshots : ISnapshotSerializer<State>
    {
        public int Version => 1;

        public void Write(State state, IBufferWriter<byte> output)
        {
            Span<byte> span = output.GetSpan(12 + (4 * state.Owed.Count));
            BinaryPrimitives.WriteInt64LittleEndian(span, state.Sum);
            BinaryPrimitives.WriteInt32LittleEndian(span[8..], state.Count);
            for (int i = 0; i < state.Owed.Count; i++) BinaryPrimitives.WriteInt32LittleEndian(span[(12 + (4 * i))..], state.Owed[i]);
            output.Advance(12 + (4 * state.Owed.Count));
        }

        public State Read(int version, ReadOnlySpan<byte> payload)
        {
            ImmutableList<int> owed = [];
            for (int at = 12; at < payload.Length; at += 4) owed = owed.Add(BinaryPrimitives.ReadInt32LittleEndian(payload[at..]));
            return new State(BinaryPrimitives.ReadInt64LittleEndian(payload), BinaryPrimitives.ReadInt32LittleEndian(payload[8..]), owed);
        }
    }
}
