using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;

namespace Fed.Simulation.Mutants;

/// <summary>Coordinator, aggregator and sites do not look at the epoch of what peers send, and remember none.</summary>
internal sealed class ForgottenEpoch : IRoundBug, IAggregationBug, ISiloBug
{
    public static Decision<RoundEvent, Effect> Decide(RoundState state, RoundCommand command, DateTimeOffset now) => RoundDecider.Decide(state, command with { From = null }, now);

    public static Decision<AggregationEvent, Effect> Decide(AggregationState state, AggregationCommand command, DateTimeOffset now) =>
        AggregationDecider.Decide(state, command with { From = null }, now);

    public static Decision<SiloEvent, Effect> Decide(SiloState state, SiloCommand command, DateTimeOffset now) => SiloDecider.Decide(state, command with { From = null }, now);
}

/// <summary>Sites and the aggregator remember the newest leader, and still listen to those of yesterday.</summary>
internal sealed class HeardYesterday : IAggregationBug, ISiloBug
{
    public static Decision<AggregationEvent, Effect> Decide(AggregationState state, AggregationCommand command, DateTimeOffset now) =>
        AggregationDecider.Decide(state, state.Leaders.Refusal(command.From) is null ? command : command with { From = null }, now);

    public static Decision<SiloEvent, Effect> Decide(SiloState state, SiloCommand command, DateTimeOffset now) =>
        SiloDecider.Decide(state, state.Leaders.Refusal(command.From) is null ? command : command with { From = null }, now);
}
