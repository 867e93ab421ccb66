using Fed.Actors.Ports;
using static Fed.Actors.Protocol.Round.RoundEvent;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Round.RoundEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Actors.Protocol.Round;

/// <content>
/// The models that a job leaves. When no round follows every site is told of the last and of the best one until it has them on its own disk, so that they outlive the coordinator's. The job is over without that: a site that never
/// answers keeps nobody waiting but this obligation.
/// </content>
public sealed partial class RoundDecider
{
    private const string ModelsId = "models";

    private static RoundState WithModels(RoundState state, RoundCommitted committed)
    {
        bool isLast = committed.Stop is not null || committed.Round >= state.Plan!.Rounds || state.IsCancelled;
        if (committed.Round == 0 || committed.ModelSha256 is not { } sha) return isLast ? WithModelsOwed(state) : state;
        ModelNote note = new(committed.Round, committed.Step.State, sha);
        double? score = committed.Sums.Select(static sum => sum.Step.Score).LastOrDefault(static score => score is not null);
        bool isBest = score is not null && !(state.BestScore <= score);   // the earliest of equals stays
        RoundState after = state with { Models = new JobModels(note, isBest ? note : state.Models?.Best), BestScore = isBest ? score : state.BestScore };
        return isLast ? WithModelsOwed(after) : after;
    }

    /// <summary>A job that fails, or is cancelled, leaves the models of the rounds that it has committed.</summary>
    private static RoundState WithModelsOwed(RoundState state) => state.Models is null ? state : state with { ModelsOwed = [.. state.Plan!.Silos] };

    private static IEnumerable<Effect> ModelEffects(RoundState state) =>
        state.ModelsOwed.Select(silo => new Effect.Deliver($"{ModelsId}/{silo}", NodeAddress.Silo(silo.Value), new ProtocolMessage.KeepModels(state.Plan!.Job, state.Models!)));

    private static Decided Take(RoundState state, SiloId silo)
    {
        Effect end = new Effect.EndDelivery($"{ModelsId}/{silo}");
        return state.ModelsOwed.Contains(silo) ? new([new ModelsTaken(silo)], [end]) : Answer(end);
    }
}
