using System.Collections.Immutable;
using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Fed.Actors.Shell;
using Fed.TestKit.Federation;
using AggregationDecided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Aggregation.AggregationEvent, Fed.Actors.Protocol.Effect>;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Silo.SiloEvent, Fed.Actors.Protocol.Effect>;
using RoundDecided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Round.RoundEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Simulation.Mutants;

/// <summary>A site confirms a second list within an attempt.</summary>
internal sealed class SecondListConfirmed : ISiloBug
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now) => command switch
    {
        SiloCommand.ConfirmContributors m => SiloDecider.Decide(Without(state, m.Collection), command, now),
        SiloCommand.ReleaseShares m => SiloDecider.Decide(Without(state, m.Collection), command, now),
        _ => SiloDecider.Decide(state, command, now),
    };

    internal static SiloState Without(SiloState state, CollectionId id) => state with { Confirmed = state.Confirmed.Remove((id.Round, id.Sum)) };
}

/// <summary>A new attempt lets a site forget the list that it has confirmed.</summary>
internal sealed class ListForgottenWithAttempt : ISiloBug
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now) => command switch
    {
        SiloCommand.Invite m => SiloDecider.Decide(IsNewer(state, m.Collection) ? SecondListConfirmed.Without(state, m.Collection) : state, command, now),
        SiloCommand.KeysMade m => SiloDecider.Decide(IsNewer(state, m.Collection) ? SecondListConfirmed.Without(state, m.Collection) : state, command, now),
        _ => SiloDecider.Decide(state, command, now),
    };

    public static SiloState Evolve(SiloState state, SiloEvent happened) =>
        happened is SiloEvent.KeysAdvertised { Collection: var id } ? SecondListConfirmed.Without(SiloDecider.Evolve(state, happened), id) : SiloDecider.Evolve(state, happened);

    private static bool IsNewer(SiloState state, CollectionId id) => state.Confirmed.TryGetValue((id.Round, id.Sum), out ConfirmedList? confirmed) && confirmed.Collection.Attempt < id.Attempt;
}

/// <summary>Shares leave without any signature over the list.</summary>
internal sealed class UncountedConfirmations : ISiloBug
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now) => SiloDecider.Decide(
        state, command is SiloCommand.ReleaseShares m ? m with { ConfirmedBy = m.Contributions.ToImmutableSortedDictionary(static contribution => contribution.Silo, contribution => m.ConfirmedBy.GetValueOrDefault(contribution.Silo)) } : command, now);
}


/// <summary>A list of any length is confirmed and opened.</summary>
internal sealed class NoMinimum : ISiloBug
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now)
    {
        if (command is not (SiloCommand.ShareKeys or SiloCommand.MaskInput or SiloCommand.ConfirmContributors or SiloCommand.ReleaseShares)) return SiloDecider.Decide(state, command, now);
        SiloState weak = With(state, static plan => new SecAggPlan(Colluding: -2 * SecAggPlan.SitesMax, Threshold: 1, MinimumContributors: 1));
        return SiloDecider.Decide(weak.Plan is null ? weak : weak with { Plan = weak.Plan with { Participation = weak.Plan.Participation with { QuorumCount = 1 } } }, command, now);
    }

    internal static SiloState With(SiloState state, Func<SecAggPlan, SecAggPlan> weaker) =>
        state.Plan?.SecAgg is { } plan ? state with { Plan = state.Plan with { SecAgg = weaker(plan) } } : state;
}

/// <summary>Shares that were made anew, from an older copy of the secrets, are answered with.</summary>
internal sealed class OtherSharesAnswered : ISiloBug
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now) => command switch
    {
        SiloCommand.SharesMade m => SiloDecider.Decide(With(state, m.Collection, known => known.Members.IsEmpty ? known : known with { Dealt = Digest.Of(m.Dealt.Span) }), command, now),
        SiloCommand.KeysMade m => SiloDecider.Decide(With(state, m.Collection, known => known with { Advert = Digest.Of(m.Advert.Span) }), command, now),
        _ => SiloDecider.Decide(state, command, now),
    };

    private static SiloState With(SiloState state, CollectionId id, Func<SiloCeremony, SiloCeremony> changed) =>
        state.Ceremonies.TryGetValue((id.Round, id.Sum), out SiloCeremony? known) && known.Collection == id ? state with { Ceremonies = state.Ceremonies.SetItem((id.Round, id.Sum), changed(known)) } : state;
}

/// <summary>A site that has noticed that its memory is an old copy goes on as if it had not.</summary>
internal sealed class RestoreIgnored : ISiloBug
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now) =>
        SiloDecider.Decide(state with { Restored = null }, command is SiloCommand.Invite invite ? invite with { Settled = state.Restored is null ? invite.Settled : null } : command, now);
}

/// <summary>A restored site hears neither what its peers know of it nor what the coordinator does.</summary>
internal sealed class NothingHeard : ISiloBug
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now) => SiloDecider.Decide(
        state,
        command switch
        {
            SiloCommand.InputMade made => made with { Heard = made.Heard.Clear() },
            SiloCommand.Invite invite => invite with { Settled = null },
            SiloCommand.CloseRound close => close with { Settled = null },
            _ => command,
        },
        now);
}

/// <summary>Secrets of attempts that are over stay where they are.</summary>
internal sealed class NothingErased : ISiloBug
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now) => SiloBugs.WithoutWork(SiloDecider.Decide(state, command, now), static item => item is WorkItem.EraseSecrets);
}

/// <summary>An update whose masks belong to another ceremony is counted.</summary>
internal sealed class IgnoredCeremony : IAggregationBug
{
    public static AggregationDecided Decide(AggregationState state, AggregationCommand command, DateTimeOffset now)
    {
        (CollectionId Collection, UpdateManifest Manifest)? update = command switch
        {
            AggregationCommand.OfferUpdate offer => (offer.Collection, offer.Manifest),
            AggregationCommand.UpdateArrived arrived => (arrived.Collection, arrived.Manifest),
            _ => null,
        };
        if (update is not var (id, manifest) || state.Find(id) is not { } collection) return AggregationDecider.Decide(state, command, now);
        return AggregationDecider.Decide(state.With(collection with { Request = collection.Request with { Ceremony = manifest.Ceremony } }), command, now);
    }
}

/// <summary>A phase is closed over however many have answered.</summary>
internal sealed class PhaseClosedTooEarly : IRoundBug
{
    public static RoundDecided Decide(RoundState state, RoundCommand command, DateTimeOffset now) =>
        command is RoundCommand.KeysPublished or RoundCommand.SharesPublished && state.Plan?.SecAgg is not null
            ? RoundDecider.Decide(state with { Plan = state.Plan with { SecAgg = new SecAggPlan(-2 * SecAggPlan.SitesMax, 1, 1) }, }, command, now)
            : RoundDecider.Decide(state, command, now);
}

/// <summary>Sites that take every signature for a good one.</summary>
internal sealed class CredulousSites : FederationRoles
{
    public override IActorRef StartSilo(NodeServices services, JobId job, SiloId silo, ILocalComputation computation) =>
        base.StartSilo(services with { Signer = new CredulousSigner(services.Signer) }, job, silo, computation);

    private sealed class CredulousSigner(ISigner inner) : ISigner
    {
        public Digest KeyId => inner.KeyId;

        public ReadOnlyMemory<byte> PublicKey => inner.PublicKey;

        public ReadOnlyMemory<byte> Sign(string purpose, ReadOnlySpan<byte> content) => inner.Sign(purpose, content);

        public bool Verify(string purpose, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey) => true;
    }
}
