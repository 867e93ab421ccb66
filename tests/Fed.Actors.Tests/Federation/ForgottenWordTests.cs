using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;
using Fed.Simulation.Mutants;
using Fed.TestKit.Federation;
using Xunit;

namespace Fed.Actors.Tests.Federation;

/// <summary>
/// Under a common key a site whose memory lacks the word that it gave in round 1, as after the restore of an older copy: whole federations, in which everything that makes it notice goes over the wire, is
/// signed by one and verified by another, and the key is made anew.
/// </summary>
public sealed class ForgottenWordTests
{
    private const string Forgetful = "site-01";

    private static readonly FederationScenario Five = FederationScenario.Quiet(5, 4) with
    {
        Ckks = FederationScenario.Counted(new CkksPlan(0, 4, CkksPlan.ContributorsMin, SumCheckLevel.Fingerprint), evaluates: false),
        Participation = ParticipationRule.All with { QuorumCount = CkksPlan.ContributorsMin, QuorumPpm = 0 },
        Retain = 0,
    };

    [Fact]
    public void It_sees_its_own_word_before_it_opens_the_sum() => RunsTo(MutantRoles.Silo<SiloMutant<Forgets>>(), noticedIn: 1, isOwn: true, rekeyedBefore: 2);

    [Fact]
    public void It_sees_its_own_word_at_the_end_of_the_round() => RunsTo(MutantRoles.Silo<SiloMutant<NotShownWhenOpening>>(), noticedIn: 1, isOwn: true, rekeyedBefore: 3);

    [Fact]
    public void It_hears_of_it_from_those_who_confirm_the_next_sum_before_any_share_leaves() => RunsTo(MutantRoles.Silo<SiloMutant<NotShown>>(), noticedIn: 2, isOwn: false, rekeyedBefore: 3);

    [Fact]
    public void Nobody_notices_anything_where_nothing_was_forgotten()
    {
        List<string> trace = [];
        Assert.True(SimulatedFederation.Run(Five, trace.Add).IsCompleted);
        Assert.DoesNotContain(trace, static line => line.Contains("RestoreNoticed", StringComparison.Ordinal));
        Assert.Single(trace, static line => line.Contains("job KeyEstablished", StringComparison.Ordinal));
    }

    private static void RunsTo(FederationRoles roles, int noticedIn, bool isOwn, int rekeyedBefore)
    {
        List<string> trace = [];
        using SimulatedFederation federation = new(Five, trace.Add, wrapJournal: null, roles);
        federation.Jobs[0].Checks.Forgetful = new SiloId(Forgetful);
        FederationResult result = federation.RunToEnd();
        Assert.True(result.IsCompleted, result.Reason);

        SiloEvent[] said = [.. federation.EventsOf<SiloEvent>(federation.Silos[1].Address)];
        SiloEvent.RestoreNoticed noticed = Assert.Single(said.OfType<SiloEvent.RestoreNoticed>());
        Assert.Equal(noticedIn, noticed.Collection.Round);
        Assert.Equal(isOwn, noticed.Peer.Value == Forgetful);
        Assert.DoesNotContain(said.SkipWhile(e => e != noticed).TakeWhile(static e => e is not SiloEvent.KeyHeld), static e => e is SiloEvent.ContributorsConfirmed or SiloEvent.OpeningReleased or SiloEvent.InputCommitted);
        Assert.Contains(said.SkipWhile(e => e != noticed).SkipWhile(static e => e is not SiloEvent.KeyHeld), static e => e is SiloEvent.ContributorsConfirmed);   // with the new key it takes part again

        JobEvent[] job = [.. federation.EventsOf<JobEvent>(NodeAddress.Job)];
        JobEvent.KeyCeremonyStarted started = Assert.Single(job.OfType<JobEvent.KeyCeremonyStarted>(), static e => e.Restored is not null);
        Assert.Equal(Forgetful, Assert.Single(started.Restored!).Value);
        Assert.Equal(rekeyedBefore, job.OfType<JobEvent.KeyEstablished>().Last().FirstRound);
        Assert.All(federation.Silos.Where(static site => site.Site != 1), site => Assert.DoesNotContain(federation.EventsOf<SiloEvent>(site.Address), static e => e is SiloEvent.RestoreNoticed));
    }

    private static SiloState Forgetting(SiloState state, SiloEvent happened)
    {
        SiloState next = SiloDecider.Evolve(state, happened);
        return state.Silo.Value == Forgetful && happened is SiloEvent.ContributorsConfirmed { Collection.Round: 1 } ? next with { Epochs = state.Epochs } : next;
    }

    /// <summary>Its word of round 1 is not in its memory.</summary>
    private sealed class Forgets : ISiloBug
    {
        public static SiloState Evolve(SiloState state, SiloEvent happened) => Forgetting(state, happened);
    }

    /// <summary>And a server keeps the word from it when the sum is opened.</summary>
    private sealed class NotShownWhenOpening : ISiloBug
    {
        public static SiloState Evolve(SiloState state, SiloEvent happened) => Forgetting(state, happened);

        public static Decision<SiloEvent, Effect> Decide(SiloState state, SiloCommand command, DateTimeOffset now) =>
            SiloDecider.Decide(state, command is SiloCommand.PrepareOpening { Collection.Round: 1 } prepare ? prepare with { Own = null } : command, now);
    }

    /// <summary>And when the round is over, too.</summary>
    private sealed class NotShown : ISiloBug
    {
        public static SiloState Evolve(SiloState state, SiloEvent happened) => Forgetting(state, happened);

        public static Decision<SiloEvent, Effect> Decide(SiloState state, SiloCommand command, DateTimeOffset now) => command is SiloCommand.CloseRound { Round: 1 } close && state.Silo.Value == Forgetful
            ? SiloDecider.Decide(state, close with { Confirmed = close.Confirmed.ToImmutableSortedDictionary(static pair => pair.Key, pair => pair.Value.Remove(state.Silo)) }, now)
            : NotShownWhenOpening.Decide(state, command, now);
    }
}
