using System.Collections.Immutable;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Silo.SiloEvent, Fed.Actors.Protocol.Effect>;
using RoundDecided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Round.RoundEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Simulation.Mutants;

/// <summary>A site confirms a second set of contributors to a sum of a round.</summary>
internal sealed class SecondSetConfirmed : ISiloBug
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now) => command switch
    {
        SiloCommand.Invite m => SiloDecider.Decide(SecondListConfirmed.Without(state, m.Collection), command, now),
        SiloCommand.ReprotectInput m => SiloDecider.Decide(SecondListConfirmed.Without(state, m.Collection), command, now),
        SiloCommand.InputEncrypted m => SiloDecider.Decide(SecondListConfirmed.Without(state, m.Collection), command, now),
        SiloCommand.ConfirmContributors m => SiloDecider.Decide(SecondListConfirmed.Without(state, m.Collection), command, now),
        SiloCommand.PrepareOpening m => SiloDecider.Decide(SecondListConfirmed.Without(state, m.Collection), command, now),
        SiloCommand.EvaluateSum m => SiloDecider.Decide(SecondListConfirmed.Without(state, m.Collection), command, now),
        _ => SiloDecider.Decide(state, command, now),
    };
}

/// <summary>An opening is prepared, whoever has confirmed its contributors.</summary>
internal sealed class UncountedSigners : ISiloBug
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now) =>
        SiloDecider.Decide(state, command is SiloCommand.PrepareOpening m ? m with { ConfirmedBy = m.Opening.Contributors() } : command, now);
}

/// <summary>A site that has released its shares takes part in another opening of the attempt.</summary>
internal sealed class SecondOpening : ISiloBug
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now) => command switch
    {
        SiloCommand.PrepareOpening m => SiloDecider.Decide(Without(state, m.Collection), command, now),
        SiloCommand.NonceMade m => SiloDecider.Decide(Without(state, m.Collection), command, now),
        _ => SiloDecider.Decide(state, command, now),
    };

    private static SiloState Without(SiloState state, CollectionId id) => EncryptedState.With(state, id, static known => known with { Released = null });
}

/// <summary>Shares leave although other openers have not signed that they are ready.</summary>
internal sealed class UncountedReadies : ISiloBug
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now) =>
        SiloDecider.Decide(state, command is SiloCommand.ReleaseOpening m ? m with { ReadyBy = m.Opening.Openers } : command, now);
}

/// <summary>A set of any size is confirmed and opened, as if the plan invited nobody but as many as open.</summary>
internal sealed class NoMinimumOfCiphertexts : ISiloBug
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now)
    {
        if (command is not (SiloCommand.ConfirmContributors or SiloCommand.PrepareOpening or SiloCommand.EvaluateSum) || state.Plan?.Ckks is not { } ckks) return SiloDecider.Decide(state, command, now);
        JobPlan weak = state.Plan with
        {
            Ckks = ckks with { MinimumContributors = 1 },
            Participation = new ParticipationRule(FractionPpm: 1, OverSelectionPpm: 1_000_000, QuorumCount: 1, QuorumPpm: 0),
            StartSums = [.. state.Plan.StartSums.Select(static sum => sum with { Everyone = false })],
            RoundSums = [.. state.Plan.RoundSums.Select(static sum => sum with { Everyone = false })],
        };
        return SiloDecider.Decide(state with { Plan = weak }, command, now);
    }
}

/// <summary>A site signs a second list of commitments back.</summary>
internal sealed class SecondListSigned : ISiloBug
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now) => command switch
    {
        SiloCommand.SignList m => SiloDecider.Decide(EncryptedState.With(state, m.Collection, known => known.List == m.List ? known : known with { List = null }), command, now),
        SiloCommand.ListApproved m => SiloDecider.Decide(EncryptedState.With(state, m.Collection, known => known.List == m.List ? known : known with { List = null }), command, now),
        _ => SiloDecider.Decide(state, command, now),
    };
}

/// <summary>A site uploads as soon as it has signed a list, whoever else has.</summary>
internal sealed class UncountedSignatures : ISiloBug
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now) =>
        SiloDecider.Decide(state, command is SiloCommand.UploadInput m ? m with { SignedBy = [.. state.Plan!.Silos] } : command, now);
}

/// <summary>A site encrypts anew each time that it is invited, and says so.</summary>
internal sealed class EncryptedAnew : ISiloBug
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now) => command switch
    {
        SiloCommand.Invite m => SiloDecider.Decide(Without(state, m.Collection), command, now),
        SiloCommand.InputEncrypted m => SiloDecider.Decide(Without(state, m.Collection), command, now),
        _ => SiloDecider.Decide(state, command, now),
    };

    private static SiloState Without(SiloState state, CollectionId id) => state with { Encryptions = state.Encryptions.Remove((id.Round, id.Sum)) };
}

/// <summary>Shares of rounds that are settled, and parts of keys that nobody needs, stay where they are.</summary>
internal sealed class KeysKept : ISiloBug
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now) =>
        SiloBugs.WithoutWork(SiloDecider.Decide(state, command, now), static item => item is WorkItem.EraseKeys or WorkItem.DropShares);
}

/// <summary>Lists of commitments are closed over however many there are.</summary>
internal sealed class ListClosedTooEarly : IRoundBug
{
    public static RoundDecided Decide(RoundState state, RoundCommand command, DateTimeOffset now) => command is RoundCommand.CommitmentsPublished && state.Plan?.Ckks is { } ckks
        ? RoundDecider.Decide(
            state with
            {
                Plan = state.Plan with
                {
                    Ckks = ckks with { MinimumContributors = 1, Threshold = 1, Colluding = -2 * CkksPlan.SitesMax },
                    Participation = state.Plan.Participation with { QuorumCount = 1, QuorumPpm = 0 },
                },
            },
            command,
            now)
        : RoundDecider.Decide(state, command, now);
}

/// <summary>Other openers are drawn for ciphertexts of which shares may have left.</summary>
internal sealed class OpenersDrawnAgain : IRoundBug
{
    public static RoundDecided Decide(RoundState state, RoundCommand command, DateTimeOffset now)
    {
        RoundDecided decided = RoundDecider.Decide(state, command, now);
        if (decided.IsNone || decided.Events.IsDefaultOrEmpty || decided.Events[0] is not RoundEvent.ReprotectionStarted started || state.Phase != RoundPhase.Opening) return decided;
        ImmutableSortedSet<SiloId> others = [.. state.Confirmations.Select(static known => known.Silo).Except(started.Lost).Take(state.Plan!.Ckks!.Threshold)];
        return new([new RoundEvent.OpenersDrawn(state.Collection, others, started.Lost)], []);
    }
}

/// <summary>What is known of an attempt under a common key.</summary>
internal static class EncryptedState
{
    public static SiloState With(SiloState state, CollectionId id, Func<SiloEncryption, SiloEncryption> changed) =>
        state.Encryptions.TryGetValue((id.Round, id.Sum), out SiloEncryption? known) && known.Collection == id ? state with { Encryptions = state.Encryptions.SetItem((id.Round, id.Sum), changed(known)) } : state;
}
