using Fed.Actors.Ports;
using static Fed.Actors.Protocol.Round.RoundCommand;
using static Fed.Actors.Protocol.Round.RoundEvent;
using static Fed.Actors.Protocol.Round.RoundPhase;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Round.RoundEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Actors.Protocol.Round;

/// <content>
/// The job is cancelled. A round fails at once unless a sum of it is sealed and not yet opened: shares for that sum may have left, and no other set of sites must ever be opened in its place. Such a sum is opened, or given up at its
/// deadline as ever; what the round would sum after it is not asked for any more.
/// </content>
public sealed partial class RoundDecider
{
    /// <summary>The reason of rounds that end with their job.</summary>
    public const string Cancelled = "the job is cancelled";

    private static Decided Cancel(RoundState state, CancelRound cancel, DateTimeOffset now)
    {
        if (state.Plan is null) return Decided.None;
        ImmutableArray<RoundEvent> record = state.IsCancelled ? [] : [new RoundsCancelled(now)];
        if (cancel.Round > state.Round || state.Phase == Idle) return new(record, [NotBegun(state, cancel.Round), .. ModelEffects(record.Aggregate(state, Evolve))]);
        if (state.Outcome is not null) return new(record, [Report(state), .. ModelEffects(record.Aggregate(state, Evolve))]);
        bool isPastReturn = state.Phase is Opening or Stepping || state.Encryption.IsFixed;   // an opener of a fixed set was lost: shares of its sum have left
        if (isPastReturn || state.Phase == Preparing) return new(record, []);   // its end is reported when it comes; what is being prepared is soon a blob, which an event must name
        if (state.Phase is Drawing or Showing)
        {
            Decided undrawn = FailGraph(state, Cancelled, now);
            return new([.. record, .. undrawn.Events], undrawn.Effects);
        }

        RoundFailed failed = new(state.Round, Cancelled, now);
        return new(
            [.. record, failed],
            [.. EndCollecting(state), .. EndCeremony(state), new Effect.CancelTimer(RetryTimer(state)), .. EndAndCloseEffects(Evolve(state, failed))]);
    }

    /// <summary>What was waited for has come: it is on record, and nothing more is asked.</summary>
    private static Decided FailCancelled(RoundState state, RoundEvent last, DateTimeOffset now)
    {
        RoundFailed failed = new(state.Round, Cancelled, now);
        return new([last, failed], [.. EndAndCloseEffects(Evolve(Evolve(state, last), failed))]);
    }

    private static Effect.Send NotBegun(RoundState state, int round) =>
        new(NodeAddress.Job, new ProtocolMessage.RoundReport(state.Plan!.Job, round, new RoundOutcome(false, state.Outcome?.State ?? state.RoundBase, null, null, Cancelled)));
}
